import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { leastRequest } from '../../../src/balancer/strategies/least_request.ts';
import { peakEwma } from '../../../src/balancer/strategies/peak_ewma.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { type Random, randomStream } from '../../../src/core/random.ts';
import type { PickNote } from '../../../src/run/replay/events.ts';
import { watchedStrategies } from '../../../src/run/replay/watched_strategy.ts';
import { balancerOf, balancerWith, hostNamed, instance, sequence } from '../../helpers/balancing.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { expectTwins, Oracle } from '../../helpers/twins.ts';

const finagle = (maxEffort: number): WrittenOptions => ({ weights: 'ignore', replacement: false, maxEffort });
const p2c = (maxEffort: number, random: Random): Strategy =>
  leastRequest.create({ options: finagle(maxEffort), ...ports({ random }) });

/** The same stream, its draws counted. */
function counted(random: Random): { readonly random: Random; draws: number } {
  const counting = {
    draws: 0,
    random: {
      ...random,
      int: (n: number) => {
        counting.draws++;
        return random.int(n);
      },
    },
  };
  return counting;
}

// P2CSuite.scala of finagle-core: 100 nodes, 100,000 requests none of which ends.
const N = 100;
const R = 100_000;
const nodes = (count: number): Host[] => hostsOf(Array.from({ length: count }, (_, i) => ({ id: `node${i}` })));

// P2CPanicModeTest.scala: the share of requests that panic with 10, 20, ... 100 of them down, within 1%. Its names.
describe.each([
  ['Panic Mode threshold of 10% unhealthy', 1, [0.01, 0.04, 0.09, 0.16, 0.25, 0.36, 0.49, 0.64, 0.81, 1]],
  ['Panic mode threshold of 20-30% unhealthy', 2, [0, 0, 0.008, 0.026, 0.063, 0.13, 0.24, 0.41, 0.656, 1]],
  ['Panic mode threshold of 40% unhealthy', 3, [0, 0, 0, 0.004, 0.016, 0.047, 0.118, 0.262, 0.531, 1]],
  ['Panic mode threshold of 50% unhealthy', 4, [0, 0, 0, 0, 0.004, 0.017, 0.058, 0.168, 0.431, 1]],
  ['Panic Mode threshold of majority unhealthy', 5, [0, 0, 0, 0, 0, 0.006, 0.028, 0.107, 0.349, 1]],
] as const)('%s. maxEffort=%i', (_, maxEffort, expected) => {
  test('the share of requests that panic', () => {
    const hosts = nodes(N);
    const counting = counted(randomStream('panic'));
    const strategy = p2c(maxEffort, counting.random);
    for (const [tenth, share] of expected.entries()) {
      const down = 10 * (tenth + 1);
      rebuilt(strategy, hosts, hosts.slice(down));
      let panics = 0;
      let sentDown = 0;
      for (let i = 0; i < R; i++) {
        counting.draws = 0;
        const host = pickOf(strategy);
        host.inFlight++;
        if (counting.draws > 2 * maxEffort) panics++;
        if (host.slot < down) sentDown++;
      }
      expect(Math.abs(panics / R - share)).toBeLessThan(0.01);
      // Whoever is drawn in panic may be well.
      expect(Math.abs(sentDown / R - (down / N) ** (2 * maxEffort + 2))).toBeLessThan(0.01);
    }
  });
});

test('Balance all-downed nodes (P2CLeastLoadedTest.scala)', () => {
  const hosts = nodes(N);
  const strategy = p2c(5, randomStream('all down'));
  const send = (): void => {
    for (let i = 0; i < R; i++) pickOf(strategy).inFlight++;
  };
  const expectEven = (some: readonly Host[]): void => {
    // Its mean load, of a load that only grows, is half of that.
    for (const host of some) expect(Math.abs(host.inFlight - some[0].inFlight) / 2).toBeLessThan(0.0001 * R);
  };
  rebuilt(strategy, hosts);
  send();
  const { inFlight } = hosts[0];
  rebuilt(strategy, hosts, []);
  send();
  expectEven(hosts);
  expect(Math.abs(2 * inFlight - hosts[0].inFlight)).toBeLessThan(0.0001 * R);
  const before = hosts[0].inFlight;
  rebuilt(strategy, hosts, hosts.slice(N / 2));
  send();
  expect(hosts[0].inFlight - before).toBeLessThanOrEqual(0.001 * R);
  expectEven(hosts.slice(0, N / 2));
  expectEven(hosts.slice(N / 2));
});

describe.each([
  ['least-request', leastRequest, finagle(2)],
  ['peak-ewma', peakEwma, { maxEffort: 2 }],
  // Equal weights: a column of the table is all its own, so that each draw is one number; the second is drawn until it differs.
  ['peak-ewma by weight', peakEwma, { maxEffort: 2, weighted: true }],
] as const)('%s', (name, definition, options) => {
  const isWeighted = 'weighted' in options;
  /** Draws that lead to these two places. */
  const two = (a: number, b: number): number[] => (isWeighted || b < a ? [a, b] : [a, b - 1]);
  const pick = (draws: readonly number[], busy: number): [string, string | undefined] => {
    const hosts = nodes(5);
    hosts[busy].inFlight = 3;
    const random = scriptedRandom(draws);
    const strategy = definition.create({ options, ...ports({ random }) });
    rebuilt(strategy, hosts, hosts.slice(0, 2));
    const host = pickOf(strategy);
    const reason = strategy.explain?.({ host, key: NO_KEY, attempt: 0, draw: 0, drawn: draws });
    const compared = reason?.compared?.hosts.map(({ id }) => id).join(' ');
    return [host.instance.id, `${reason?.rule.split(/, |: /)[0]}; ${compared}`];
  };
  const rule =
    name === 'least-request' ? 'the fewest in flight of 2 different ones drawn' : 'the lower load of two drawn';

  const only = 'the only one of those drawn that can be picked';

  test('one that can be picked wins, first or second, however busy', () => {
    expect(pick(two(0, 2), 0)).toEqual(['node0', `${only}; undefined`]);
    expect(pick(two(2, 0), 0)).toEqual(['node0', `${only}; undefined`]);
  });

  test('of two that can be picked the less busy wins, the first among equals', () => {
    expect(pick(two(0, 1), 0)).toEqual(['node1', `${rule}; node0 node1`]);
    expect(pick(two(1, 0), 3)).toEqual(['node1', `${rule}; node1 node0`]);
  });

  test('draws again where neither can be picked', () => {
    expect(pick([...two(2, 3), ...two(1, 3)], 0)).toEqual(['node1', 'nobody who can be picked in 1 try; undefined']);
  });

  test('after as many tries in vain the last draw goes, by load and whoever it is', () => {
    const vain = [...two(2, 3), ...two(3, 4)];
    expect(pick([...vain, ...two(2, 4)], 2)).toEqual(['node4', 'nobody who can be picked in 3 tries; node2 node4']);
    expect(pick([...vain, ...two(3, 1)], 2)).toEqual(['node1', 'nobody who can be picked in 2 tries; undefined']);
  });

  test('in a balancer: serves where nobody can be picked', () => {
    const balancer = balancerOf(definition.withOptions(options), [1, 1, 1]);
    for (const host of balancer.members) balancer.setHealthy(host, false);
    expect(balancer.eligible).toEqual([]);
    const picked = new Set(Array.from({ length: 100 }, () => balancer.pick(NO_KEY, 0)));
    expect(picked).toEqual(new Set(balancer.members));
  });
});

// Nor has it priorities: an aperture that is made anew may leave nobody of the one that was picked from.
test.each([
  ['least-request', leastRequest, finagle(1)],
  ['finagle-aperture', leastRequest, { algorithm: 'finagle-aperture', maxEffort: 1 }],
  ['peak-ewma', peakEwma, { maxEffort: 1 }],
  ['peak-ewma by class', peakEwma, { maxEffort: 1, weights: 'classes' }],
  ['peak-ewma by weight', peakEwma, { maxEffort: 1, weighted: true }],
] as const)('%s: where that is so, the next pick is of another priority', (_, definition, options) => {
  const notes: PickNote[] = [];
  const watcher = { wanted: true, note: (note: PickNote) => notes.push(note) };
  const picked = (tokens: readonly number[]): string => {
    const settings = { subsetting: { name: 'random-aperture', options: {} }, initiallyHealthy: true };
    const script = scriptedRandom([...tokens, ...Array(30).fill(0)]);
    const random = { ...script, fork: () => script };
    const strategy = watchedStrategies(definition.withOptions(options), 'doc', watcher);
    const balancer = balancerWith({ strategy, random, ...settings });
    balancer.update([...'ab'].map((id, priority) => ({ ...instance(id), priority })));
    balancer.setHealthy(balancer.eligible[0], false);
    return [0, 1].map(() => balancer.pick(NO_KEY, 0)?.instance.id).join('');
  };
  // The tries are in vain, and a gets it even so; b is healthy, but without a host of the first priority nobody is asked.
  expect([picked([1, 2]), picked([2, 1])]).toEqual(['ab', 'aa']);
  expect(notes.map(({ instance: id, eligible }) => [id, ...eligible.map((host) => host.id)].join())).toEqual([
    'a,a',
    'b,b',
    'a,a',
    'a,a',
  ]);
  const rule = 'the last one drawn in vain, since the subset was made anew with nobody of this set';
  expect(notes.map(({ reason }) => reason?.rule.endsWith(rule))).toEqual([true, false, false, false]);
});

test.each([false, true])(
  'nor does a healthy host count that is of another subset by metadata; there: %s',
  (isThere) => {
    const script = scriptedRandom([2, 1, 3, ...Array(30).fill(0)]);
    const balancer = balancerWith({
      strategy: leastRequest.withOptions(finagle(1)),
      subsetting: { name: 'random-aperture', options: {} },
      subset: { match: { stage: 'x' }, selectors: [{ keys: ['stage'] }], fallback: 'none', defaultSubset: {} },
      random: { ...script, fork: () => script },
    });
    const of = (id: string, priority: number, stage: string) => ({ ...instance(id), priority, metadata: { stage } });
    balancer.update([of('a', 0, 'x'), of('b', 1, 'x'), ...(isThere ? [of('c', 0, 'y')] : [])]);
    expect(balancer.eligible.map((host) => host.instance.id)).toEqual(['b']);
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    // Of b's priority nobody is asked, while a can serve.
    expect(balancer.pick(NO_KEY, 0)?.instance.id).toBe('a');
  },
);

// Finagle has no backups. Who is held back is not down: panic is a matter among those whose turn it is.
describe.each([
  ['least-request', leastRequest, finagle(1)],
  ['finagle-aperture', leastRequest, { algorithm: 'finagle-aperture', maxEffort: 1 }],
  ['finagle-heap', leastRequest, { algorithm: 'finagle-heap' }],
  ['peak-ewma', peakEwma, { maxEffort: 1 }],
  ['peak-ewma by weight', peakEwma, { maxEffort: 1, weighted: true }],
] as const)('%s beside backups', (_, definition, options) => {
  const picked = (backups: 'all' | 'first', down: string): string => {
    const balancer = balancerWith({ strategy: definition.withOptions(options), backups });
    balancer.update([...'abcde'].map((id) => ({ ...instance(id), backup: id > 'b' })));
    for (const id of down) balancer.setHealthy(hostNamed(balancer, id), false);
    return [...new Set(sequence(balancer, 200))].toSorted().join('');
  };

  test('where the first one serves that can, no other does', () => {
    expect([picked('first', 'ab'), picked('first', 'abc'), picked('first', 'abcd')]).toEqual(['c', 'd', 'e']);
  });

  test('where all serve, all that can do', () => {
    expect(picked('all', 'ab')).toBe('cde');
  });

  test('where nobody can, none of them is asked', () => {
    expect([picked('first', 'abcde'), picked('all', 'abcde')]).toEqual(['ab', 'ab']);
  });
});

test('a member alone gets everything without a draw', () => {
  const [host] = nodes(1);
  expect(pickOf(rebuilt(p2c(4, scriptedRandom([])), [host], []))).toBe(host);
});

test('what is not for Finagle has no panic mode', () => {
  for (const options of [{}, { sampling: 'tower', ...finagle(0) }, { algorithm: 'full-scan' }]) {
    expect(leastRequest.variantOf({ ...options, maxEffort: 4 }).traits.beyond).toBeUndefined();
  }
  expect(peakEwma.variantOf({ sampling: 'tower', maxEffort: 4 }).traits.beyond).toBeUndefined();
});

/** Places are left out of a list of those not drawn yet. */
class Tries extends Oracle {
  private readonly maxEffort: number;
  private readonly random: Random;

  constructor(maxEffort: number, random: Random) {
    super();
    this.maxEffort = maxEffort;
    this.random = random;
  }

  pick(): Host {
    let found = this.bestOfTwo();
    for (let tries = 1; tries <= this.maxEffort && !this.hosts.includes(found); tries++) found = this.bestOfTwo();
    return found;
  }

  private bestOfTwo(): Host {
    const left = [...this.members];
    const drawn = [0, 1].map(() => left.splice(this.random.uint32() % left.length, 1)[0]);
    const isDown = (host: Host): number => (this.hosts.includes(host) ? 0 : 1);
    return drawn.toSorted((a, b) => isDown(a) - isDown(b) || a.inFlight - b.inFlight)[0];
  }
}

test.each([1, 3, 5])('maxEffort %i: as the rule told another way would pick', (maxEffort) => {
  expectTwins(leastRequest, finagle(maxEffort), (random) => new Tries(maxEffort, random));
});
