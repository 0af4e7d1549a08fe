import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import type { Host } from '../../../src/balancer/host.ts';
import { leastRequest } from '../../../src/balancer/strategies/least_request.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import type { Random } from '../../../src/core/random.ts';
import { balancerOf, countsOf, hostNamed, instancesOf } from '../../helpers/balancing.ts';
import { FLOYD_DRAWS } from '../../helpers/floyd_draws.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { expectTwins, Oracle } from '../../helpers/twins.ts';

/** Brings each member's attempts in flight to these counts. */
function load(balancer: Balancer, inFlight: readonly number[]): void {
  balancer.members.forEach((host, i) => {
    while (host.inFlight < inFlight[i]) balancer.acquire(host);
    while (host.inFlight > inFlight[i]) balancer.release(host, 1, 0);
  });
}

function least(
  draws: readonly number[],
  inFlight: readonly number[],
  options: WrittenOptions = {},
  weights = Array<number>(inFlight.length).fill(1),
): Balancer {
  const strategy = leastRequest.create({ options, ...ports({ random: scriptedRandom(draws) }) });
  const balancer = balancerOf(strategy, weights);
  load(balancer, inFlight);
  return balancer;
}

/** The ids of the next picks, none of them sent. */
function picks(balancer: Balancer, count: number): string {
  return Array.from({ length: count }, () => balancer.pick(NO_KEY, 0)?.instance.id).join('');
}

/** Envoy draws its seed once, and one number for the priority before each pick. */
const [SEED, PRIORITY] = [0, 0];

describe('Envoy, equal weights', () => {
  test.each([
    // in flight a b c; draws; picked
    [[0, 0, 0], [2, 1], 'c', 'the first drawn wins a tie'],
    [[1, 0, 0], [0, 1], 'b', 'fewer in flight wins'],
    [[1, 0, 0], [1, 0], 'b', 'wherever it was drawn'],
    [[1, 0, 0], [0, 0], 'a', 'drawn with replacement: the busy one can be both'],
    [[1, 2, 0], [4, 3], 'a', 'draws are taken modulo n'],
  ])('%j in flight, draws %j: %s (%s)', (inFlight, draws, expected) => {
    expect(picks(least([SEED, PRIORITY, ...draws], inFlight), 1)).toBe(expected);
  });

  // Figures of LeastRequestLoadBalancerTest: SingleHost, Normal and PNC. Its draws include that for the priority.
  test.each([
    [[0], [0, 2, 3], 2, 'a'],
    [[1, 2], [0, 2, 3], 2, 'a'],
    [[2, 1], [0, 2, 3], 2, 'b'],
    [[4, 3, 2, 1], [0, 0, 0], 2, 'a'],
    [[4, 3, 2, 1], [0, 0, 0, 0, 0, 0], 5, 'a'],
    [[4, 3, 2, 1], [0, 3, 0, 3, 2, 1], 5, 'd'],
  ])('%j in flight, draws %j, %i choices: %s', (inFlight, draws, choiceCount, expected) => {
    const balancer = least([SEED, ...draws], inFlight, { choiceCount });
    expect(picks(balancer, 1)).toBe(expected);
    // Nothing more was drawn, and nothing less.
    expect(() => picks(balancer, 1)).toThrow(`the script has ${1 + draws.length} draws`);
  });

  test('counts what this caller has in flight now, not what it sent', () => {
    const balancer = least([SEED, PRIORITY, 0, 1, PRIORITY, 0, 1], [0, 0]);
    const a = hostNamed(balancer, 'a');
    balancer.acquire(a);
    expect(picks(balancer, 1)).toBe('b');
    balancer.release(a, 5, 0);
    expect(picks(balancer, 1)).toBe('a');
  });
});

describe('without replacement', () => {
  test.each([
    // Draws of 3 and of 2, as in Finagle's P2CPick: the hole of the first is skipped.
    [[0, 0], 'ab'],
    [[0, 1], 'ac'],
    [[1, 0], 'ba'],
    [[1, 1], 'bc'],
    [[2, 0], 'ca'],
    [[2, 1], 'cb'],
  ])('draws %j: %s; the first wins a tie, else the less busy', (draws, [first, second]) => {
    const options = { replacement: false, weights: 'ignore' };
    expect(picks(least(draws, [0, 0, 0], options), 1)).toBe(first);
    const inFlight = [...'abc'].map((id) => (id === first ? 2 : id === second ? 1 : 0));
    expect(picks(least(draws, inFlight, options), 1)).toBe(second);
  });

  test('one host alone takes no draw; with as many choices as hosts all are looked at', () => {
    expect(picks(least([], [3], { replacement: false, weights: 'ignore' }), 2)).toBe('aa');
    const all = { replacement: false, weights: 'ignore', choiceCount: 9 };
    expect(picks(least([3, 0, 1, 0], [4, 2, 1, 3], all), 1)).toBe('c');
    expect(() => picks(least([3, 0, 1], [4, 2, 1, 3], all), 1)).toThrow('asked for one more');
  });

  /** Takes each host drawn out of the hat. */
  class Hat extends Oracle {
    private readonly random: Random;

    constructor(random: Random) {
      super();
      this.random = random;
    }

    pick(): Host {
      const hat = [...this.hosts];
      if (hat.length === 1) return hat[0];
      const drawn = Array.from(
        { length: Math.min(3, hat.length) },
        () => hat.splice(this.random.int(hat.length), 1)[0],
      );
      return drawn.toSorted((a, b) => a.inFlight - b.inFlight)[0];
    }
  }

  test('as one would draw from a hat', () => {
    const options = { replacement: false, weights: 'ignore', choiceCount: 3 };
    expectTwins(leastRequest, options, (random) => new Hat(random));
  });
});

describe('sampling: tower', () => {
  const options = { replacement: false, weights: 'ignore', sampling: 'tower' };

  test.each(FLOYD_DRAWS)('draws %j: %s; the first wins a tie, else the less busy', (draws, [first, second]) => {
    expect(picks(least(draws, [0, 0, 0], options), 1)).toBe(first);
    const inFlight = [...'abc'].map((id) => (id === first ? 2 : id === second ? 1 : 0));
    expect(picks(least(draws, inFlight, options), 1)).toBe(second);
  });

  test('one host alone takes no draw', () => {
    expect(picks(least([], [3], options), 2)).toBe('aa');
  });

  test('three of four: each three by as many of all draws', () => {
    const draws = [0, 1].flatMap((i) => [0, 1, 2].flatMap((j) => [0, 1, 2, 3].map((k) => [i, j, k])));
    // A pick moves hosts, so each is the first of its own.
    const picked = draws.map((three) => picks(least(three, [3, 2, 1, 0], { ...options, choiceCount: 3 }), 1));
    // The least busy is left out of one three in four, and then it is the next.
    expect(picked.toSorted().join('')).toBe('c'.repeat(6) + 'd'.repeat(18));
  });
});

test('weights: ignore draws neither a seed nor for the priority, and stays as it is with unequal weights', () => {
  expect(picks(least([0, 1, 1, 0], [0, 0], { weights: 'ignore' }, [1, 9]), 2)).toBe('ab');
});

// gRPC A48: values above 10 are read as 10.
test.each([
  [{ weights: 'ignore', choiceCount: 9 }, 9],
  [{ weights: 'ignore', choiceCount: 10 }, 10],
  [{ weights: 'ignore', choiceCount: 11 }, 10],
  [{ weights: 'ignore', choiceCount: 100 }, 10],
  // Neither Envoy (whose first two draws are its seed and that for the priority) nor those without replacement do so.
  [{ choiceCount: 11 }, 2 + 11],
  [{ weights: 'ignore', replacement: false, choiceCount: 11 }, 11],
])('%j: %i draws for the first pick', (options, draws) => {
  const balancer = least(Array(draws).fill(0), Array(20).fill(0), options);
  picks(balancer, 1);
  expect(() => picks(balancer, 1)).toThrow(`the script has ${draws} draws`);
});

test('more than 100 choices are turned down', () => {
  const create = (choiceCount: number) => leastRequest.create({ options: { choiceCount }, ...ports() });
  expect(() => create(101)).toThrow("option 'choiceCount' must be at most 100");
  expect(() => create(100)).not.toThrow();
});

// Without regard to weights it is the same scan, of hosts of any weights, without Envoy's draws ahead of it.
describe.each([
  [{ algorithm: 'full-scan' }, [SEED, PRIORITY], [1, 1, 1, 1, 1]],
  [{ algorithm: 'full-scan', weights: 'ignore' }, [], [5, 4, 3, 2, 1]],
])('Envoy, full scan: %j', (options, ahead, weights) => {
  const scan = (draws: readonly number[], inFlight: readonly number[]): Balancer =>
    least([...ahead, ...draws], inFlight, options, weights);

  // LeastRequestLoadBalancerTest, FullScanOneHostWithLeastRequests.
  test('the least of all, without a draw while nobody ties for it', () => {
    expect(picks(scan([], [4, 3, 2, 1, 5]), 1)).toBe('d');
  });

  test('each tie takes the place where its draw is 0 modulo the number tied so far', () => {
    // In flight as in FullScanMultipleHostsWithLeastRequests; a and b tie first: one draw of 2, then one of 2 and one of 3.
    const inFlight = [3, 3, 1, 1, 1];
    expect(picks(scan([0, 1, 1], inFlight), 1)).toBe('c');
    expect(picks(scan([0, 2, 1], inFlight), 1)).toBe('d');
    expect(picks(scan([1, 0, 3], inFlight), 1)).toBe('e');
  });

  test('the tied are drawn uniformly', () => {
    const strategy = leastRequest.create({ options, ...ports() });
    const balancer = balancerOf(strategy, weights);
    load(balancer, [3, 3, 1, 1, 1]);
    const picked = Array.from({ length: 30_000 }, () => balancer.pick(NO_KEY, 0) as Host);
    const counts = countsOf(balancer, picked);
    expect(counts.slice(0, 2)).toEqual([0, 0]);
    // 4.8 standard deviations of a count of 30,000 with probability 1/3.
    for (const count of counts.slice(2))
      expect(Math.abs(count - 10_000)).toBeLessThan(4.8 * Math.sqrt(30_000 * (2 / 9)));
  });
});

describe('Envoy, unequal weights', () => {
  const zeros = Array<number>(100).fill(0);

  // LeastRequestLoadBalancerTest, WeightImbalance and WeightImbalanceWithInvalidActiveRequestBias.
  test.each([{}, { activeRequestBias: -1 }, { algorithm: 'full-scan' }])(
    '%j: in turn by weight and load',
    (options) => {
      const balancer = least(zeros, [0, 0], options, [1, 2]);
      expect(picks(balancer, 6)).toBe('babbab');
      load(balancer, [0, 1]);
      expect(picks(balancer, 5)).toBe('babab');
      load(balancer, [1, 0]);
      expect(picks(balancer, 10)).toBe('abbbabbbba');
    },
  );

  // docs: load_balancing/load_balancers.rst: a host of weight 2 with 4 requests counts for 2 / (4 + 1) = 0.4.
  test('weight 2 with 4 requests against an idle one of weight 1: 2 picks to 5', () => {
    const balancer = least(zeros, [4, 0], {}, [2, 1]);
    const picked = picks(balancer, 70);
    expect(picked.replaceAll('b', '')).toHaveLength(20);
  });

  // WeightImbalanceWithCustomActiveRequestBias.
  test('bias 0: by weight alone', () => {
    expect(picks(least(zeros, [0, 1], { activeRequestBias: 0 }, [1, 2]), 6)).toBe('babbab');
  });

  // WeightImbalanceCallbacks.
  test('turns back when equal weights, or one host, are left', () => {
    const balancer = least([SEED, PRIORITY, PRIORITY, PRIORITY, 0, 0], [0, 0], {}, [1, 2]);
    expect(picks(balancer, 2)).toBe('ba');
    balancer.update(instancesOf([1]));
    expect(picks(balancer, 1)).toBe('a');
  });

  /** The schedule is made at once for these weights and loads; the picks are made under other loads. */
  function eased(options: WrittenOptions, weights: readonly number[], before: readonly number[]) {
    const strategy = leastRequest.create({ options, ...ports({ random: scriptedRandom(zeros) }) });
    const hosts = hostsOf(weights.map((weight, i) => ({ id: 'ab'[i], weight })));
    const inFlight = (counts: readonly number[]) => {
      for (const [i, host] of hosts.entries()) host.inFlight = counts[i];
    };
    inFlight(before);
    rebuilt(strategy, hosts);
    return (after: readonly number[], count: number): string => {
      inFlight(after);
      return Array.from({ length: count }, () => pickOf(strategy).instance.id).join('');
    };
  }

  // EdfLoadBalancerBase::refresh: no schedule only where weights are equal and nobody is in slow start.
  test('equal weights have a schedule, and no draws of hosts, while anybody is in slow start', () => {
    const strategy = leastRequest.create({ options: {}, ...ports({ random: scriptedRandom([SEED]) }) });
    const hosts = hostsOf([{ id: 'a' }, { id: 'b' }]);
    strategy.rebuild(hosts, hosts, () => 0.5, true);
    expect(Array.from({ length: 4 }, () => strategy.pick(NO_KEY, 0, 0)?.instance.id).join('')).toBe('abab');
  });

  // SlowStartNoWait: weights of 1 and of what slow start leaves of it.
  test('weights eased in by slow start count as any', () => {
    expect(eased({}, [1, 10 / 60], [0, 0])([1, 0], 4)).toBe('aaab');
    expect(eased({}, [1, 40 / 60], [1, 0])([1, 0], 7)).toBe('bababab');
  });

  // SlowStartWithActiveHC: bias and aggression 0.9, then 1; both hosts in slow start, then the first, then the second.
  test('a bias of its own', () => {
    const [seven, eight] = [0.7, 0.8].map((part) => part ** (1 / 0.9));
    const bias = { activeRequestBias: 0.9 };
    expect(eased(bias, [seven, eight], [1, 0])([1, 0], 13)).toBe('bbabbabbabbab');
    expect(eased(bias, [eight, 1], [1, 0])([1, 2], 11)).toBe('bababababaa');
    expect(eased({}, [1, 0.5], [0, 0])([0, 0], 6)).toBe('abaaba');
  });

  test('the seed is how many picks the schedule is ahead', () => {
    for (const seed of [0, 1, 2, 3, 7, 300]) {
      const ahead = picks(least([seed, ...zeros], [0, 0, 0], {}, [1, 2, 4]), 14);
      expect(ahead).toBe(
        picks(least([0, ...Array(400).fill(0)], [0, 0, 0], {}, [1, 2, 4]), (seed % 7) + 14).slice(seed % 7),
      );
    }
  });

  /** The list is searched for the earliest deadline, and among equals for the first put in. */
  class Deadlines extends Oracle {
    private readonly random: Random;
    private readonly bias: number;
    private entries: { host: Host; deadline: number; order: number }[] = [];
    private order = 0;

    constructor(random: Random, bias: number) {
      super();
      this.random = random;
      this.bias = bias;
    }

    override rebuild(...given: Parameters<Oracle['rebuild']>): void {
      super.rebuild(...given);
      this.entries = this.hosts.map((host, order) => ({ host, deadline: 1 / (this.weightAt(host) + 1e-13), order }));
      this.order = this.hosts.length;
    }

    selector(): number {
      return this.random.uint32();
    }

    pick(): Host {
      if (new Set(this.hosts.map(this.weightOf)).size === 1) {
        const [a, b] = [this.random, this.random].map((random) => this.hosts[random.int(this.hosts.length)]);
        return b.inFlight < a.inFlight ? b : a;
      }
      const [first] = this.entries.toSorted((a, b) => a.deadline - b.deadline || a.order - b.order);
      first.deadline += 1 / this.weightAt(first.host);
      first.order = this.order++;
      return first.host;
    }

    private weightAt(host: Host): number {
      return this.weightOf(host) / (host.inFlight + 1) ** this.bias;
    }
  }

  test.each([0, 0.5, 1, 2])('bias %d: as a search of the deadlines would find', (activeRequestBias) => {
    // The oracle does not know how to be ahead: the seed is drawn, and taken for 0.
    const oracleOf = (random: Random) => new Deadlines(random, activeRequestBias);
    expectTwins(leastRequest, { activeRequestBias }, oracleOf, { seed: () => 0 });
  });
});

// Envoy, EdfLoadBalancerBase::refresh: no schedule only where noHostsAreInSlowStart and all weights are equal.
test('goes by the schedule while somebody is in slow start, though all weights are equal', () => {
  const hosts = hostsOf([{ id: 'a' }, { id: 'b' }]);
  // The seed, and no draw for the hosts.
  const strategy = leastRequest.create({ options: {}, ...ports({ random: scriptedRandom([0]) }) });
  strategy.rebuild(hosts, hosts, () => 1, true);
  expect(Array.from({ length: 4 }, () => strategy.pick(NO_KEY, 0, 0)?.instance.id).join('')).toBe('abab');
});
