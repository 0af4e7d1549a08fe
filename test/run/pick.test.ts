import { describe, expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { type PickOptions, pick } from '../../src/run/pick.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { fakeTrial } from '../helpers/fake_report.ts';
import { SESSIONS } from '../helpers/sessions.ts';
import { traceOf } from '../helpers/trial.ts';

interface Given {
  readonly id: string;
  readonly weight?: number;
  readonly zone?: string;
  readonly priority?: number;
  readonly backup?: boolean;
}

const [like] = fakeTrial('ring').instances;

function instancesOf(given: readonly Given[]): TrialConfig['instances'] {
  return given.map((each, i) => ({ ...like, weight: 1, zone: null, address: `10.0.0.${i + 1}:8080`, ...each }));
}

const abc = instancesOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
const weighted = instancesOf([{ id: 'a', weight: 5 }, { id: 'b' }, { id: 'c' }]);
const keys = Array.from({ length: 200 }, (_, i) => `user-${i}`);

function trialOf(strategy: TrialConfig['strategy'], changes: Partial<TrialConfig> = {}): TrialConfig {
  return fakeTrial(strategy.name, { strategy, instances: abc, ...changes });
}

function ask(trial: TrialConfig, options: Partial<Omit<PickOptions, 'trial'>> = {}) {
  return pick({ trial, seed: 1, picks: 7, after: null, ...options });
}

const idsOf = (picks: readonly { instance: string | null }[]) => picks.map(({ instance }) => instance).join(' ');

describe('pick by pick', () => {
  it.each([
    // nginx's own example of its smooth weighted round robin: see weighted_round_robin.test.ts.
    [{ name: 'weighted-round-robin', options: {} }, weighted, 'a a b a c a a'],
    // S(n+1) = (S(n) + 1) mod N, from where the seed says.
    [{ name: 'ring', options: {} }, abc, 'b c a b c a b'],
  ])('%j', (strategy, instances, expected) => {
    const { before, after, moves } = ask(trialOf(strategy, { instances }));
    expect(idsOf(before.picks)).toBe(expected);
    expect(before.picks.every((each) => !('key' in each))).toBe(true);
    expect([after, moves]).toEqual([null, []]);
  });

  it('counts what each got beside what it was due', () => {
    const { before } = ask(trialOf({ name: 'weighted-round-robin', options: {} }, { instances: weighted }));
    expect(before.shares).toEqual([
      { id: 'a', weight: 5, picks: 5, due: 5 / 7 },
      { id: 'b', weight: 1, picks: 1, due: 1 / 7 },
      { id: 'c', weight: 1, picks: 1, due: 1 / 7 },
    ]);
  });

  it('every strategy there is answers, over any instances, with and without keys', () => {
    for (const { name } of strategies) {
      for (const picks of [50, keys]) {
        const { before } = ask(trialOf({ name, options: {} }, { instances: weighted }), { picks });
        expect(
          before.picks.every(({ instance }) => instance !== null && 'abc'.includes(instance)),
          name,
        ).toBe(true);
      }
    }
  });

  it('each answered before the next: nothing is ever in flight', () => {
    const strategy = { name: 'ring-hash', options: { hashBalanceFactor: 100 } };
    const { picks } = ask(trialOf(strategy), { picks: Array(30).fill('one key') }).before;
    expect(new Set(picks.map(({ instance }) => instance)).size).toBe(1);
  });

  it('nobody, where nobody may be picked', () => {
    const loadBalancer = {
      ...PLAIN_LOAD_BALANCER,
      subset: { selectors: [{ keys: ['stage'] }], match: { stage: 'prod' } },
    };
    const { before } = ask(trialOf({ name: 'ring', options: {} }, { loadBalancer }), { picks: 2 });
    expect(before.picks).toEqual([{ instance: null }, { instance: null }]);
    expect(before.shares.map(({ picks, due }) => [picks, due])).toEqual(Array(3).fill([0, 0]));
  });
});

describe('the picks of a run', () => {
  // None of these looks at what is in flight, so a run's sends are the balancer's picks and nothing else.
  const own = { durationMs: 400, load: { arrivals: 'constant', ratePerMs: 0.1, keys: null } } as const;
  const keyed = { ...own, load: { ...own.load, keys: { kind: 'zipf', count: 50, exponent: 1 } } } as const;
  const subsetting = { name: 'rendezvous', options: { size: 2 } };
  it.each([
    ['drawn', 'random', own],
    ['from where the seed says', 'round-robin', own],
    ['by the keys of its requests', 'rendezvous', keyed],
    ['remembered by its sessions', 'random', { ...keyed, loadBalancer: sessions() }],
    ['among its subset', 'random', { ...own, loadBalancer: { ...PLAIN_LOAD_BALANCER, subsetting } }],
  ] as const)('%s: %s', (_, name, changes) => {
    const trial = trialOf({ name, options: {} }, changes);
    for (const seed of [1, 2, 3]) {
      const { sends } = traceOf(trial, seed);
      const { before } = ask(trial, { seed, picks: sends.length });
      expect(sends.length).toBe(40);
      expect(idsOf(before.picks)).toBe(sends.map(({ instance }) => abc[instance]?.id).join(' '));
    }
  });

  it('are those of another seed otherwise', () => {
    const trial = trialOf({ name: 'random', options: {} });
    expect(idsOf(ask(trial, { seed: 2, picks: 40 }).before.picks)).not.toBe(
      idsOf(ask(trial, { picks: 40 }).before.picks),
    );
  });
});

function sessions() {
  return { ...PLAIN_LOAD_BALANCER, sessionAffinity: SESSIONS };
}

describe('keys', () => {
  it('equal texts are one key', () => {
    const trial = trialOf({ name: 'random', options: {} }, { loadBalancer: sessions() });
    const { picks } = ask(trial, { picks: [...keys, ...keys] }).before;
    expect(picks.map(({ key }) => key)).toEqual([...keys, ...keys]);
    expect(idsOf(picks.slice(200))).toBe(idsOf(picks.slice(0, 200)));
  });

  it('are hashed by their text: their order does not matter', () => {
    const trial = trialOf({ name: 'rendezvous', options: {} });
    const homeOf = (texts: readonly string[]) =>
      Object.fromEntries(ask(trial, { picks: texts }).before.picks.map(({ key, instance }) => [key, instance]));
    expect(homeOf(keys.toReversed())).toEqual(homeOf(keys));
  });

  it('come from load.keys, drawn as a run draws them, where the file has none', () => {
    const load = { arrivals: 'poisson', ratePerMs: 0.1, keys: { kind: 'uniform', count: 5 } } as const;
    const trial = trialOf({ name: 'ring', options: {} }, { load, durationMs: 1000 });
    const { arrivals } = traceOf(trial);
    const { picks } = ask(trial, { picks: arrivals.length }).before;
    expect(picks.map(({ key }) => key)).toEqual(arrivals.map(({ key }) => String(key)));
  });
});

describe('what moves', () => {
  const movedOf = ({ moves }: ReturnType<typeof ask>) => moves.reduce((sum, { picks }) => sum + picks, 0);
  const without = (id: string) => abc.filter((instance) => instance.id !== id);

  it('rendezvous: the keys of the one that left, and no other', () => {
    const result = ask(trialOf({ name: 'rendezvous', options: {} }), { picks: keys, after: without('b') });
    const ofB = result.before.shares.find(({ id }) => id === 'b')?.picks;
    expect(ofB).toBeGreaterThan(0);
    expect(result.moves.every(({ from }) => from === 'b')).toBe(true);
    expect(movedOf(result)).toBe(ofB);
    expect(result.after?.shares.map(({ id, due }) => [id, due])).toEqual([
      ['a', 0.5],
      ['c', 0.5],
    ]);
  });

  it('sessions: those of the one that left, since the same balancer is asked again', () => {
    const trial = trialOf({ name: 'random', options: {} }, { loadBalancer: sessions() });
    const result = ask(trial, { picks: keys, after: without('b') });
    expect(new Set(result.moves.map(({ from }) => from))).toEqual(new Set(['b']));
  });

  it('without homes another balancer begins anew, with the same random numbers', () => {
    const round = ask(trialOf({ name: 'ring', options: {} }), { after: without('b') });
    expect(idsOf(round.after?.picks ?? [])).toBe('a c a c a c a');
    // Before, b c a b c a b: the second and the third stay.
    expect(movedOf(round)).toBe(5);
    const keyed = ask(trialOf({ name: 'ring', options: {} }), { picks: keys, after: without('b') });
    expect(idsOf(keyed.after?.picks ?? [])).toMatch(/^a c a c/);
    for (const name of ['random', 'rendezvous']) {
      expect(movedOf(ask(trialOf({ name, options: {} }), { picks: 100, after: abc })), name).toBe(0);
    }
  });

  it('is counted by where from and where to, most first', () => {
    const { moves } = ask(trialOf({ name: 'weighted-round-robin', options: {} }, { instances: weighted }), {
      after: instancesOf([{ id: 'd' }]),
    });
    expect(moves).toEqual([
      { from: 'a', to: 'd', picks: 5 },
      { from: 'b', to: 'd', picks: 1 },
      { from: 'c', to: 'd', picks: 1 },
    ]);
  });

  it('nowhere, where nobody is left', () => {
    const { after, moves } = ask(trialOf({ name: 'ring', options: {} }), { after: [], picks: 3 });
    expect(after?.picks).toEqual(Array(3).fill({ instance: null }));
    expect(moves.map(({ to }) => to)).toEqual([null, null, null]);
  });
});

describe('what each is due', () => {
  const dueOf = (name: string, changes: Partial<TrialConfig>) =>
    ask(trialOf({ name, options: {} }, changes)).before.shares.map(({ due }) => due);
  const locality = (weights: Record<string, number>) => ({
    ...PLAIN_LOAD_BALANCER,
    locality: { kind: 'weighted', weights } as const,
  });
  const zoned = instancesOf([
    { id: 'a', zone: 'x', weight: 3 },
    { id: 'b', zone: 'x' },
    { id: 'c', zone: 'y' },
  ]);

  it('by weight, or equal parts where weights do not count', () => {
    expect(dueOf('ring', { instances: weighted })).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(dueOf('rendezvous', { instances: weighted })).toEqual([5 / 7, 1 / 7, 1 / 7]);
    const two = { strategy: { name: 'least-request', options: { algorithm: 'nginx-random-two' } } };
    expect(dueOf('least-request', { ...two, instances: weighted })).toEqual([null, null, null]);
    expect(dueOf('least-request', two)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it('nothing, for those that are not used', () => {
    const instances = instancesOf([{ id: 'a' }, { id: 'b', priority: 1 }, { id: 'c', backup: true }]);
    expect(dueOf('ring', { instances })).toEqual([1, 0, 0]);
    expect(dueOf('ring', { instances: instancesOf([{ id: 'a' }, { id: 'b', weight: 0 }, { id: 'c' }]) })).toEqual([
      0.5, 0, 0.5,
    ]);
  });

  it('within the share of its zone', () => {
    const loadBalancer = locality({ y: 3 });
    const shares = [0.25 * 0.75, 0.25 * 0.25, 0.75];
    expect(dueOf('weighted-round-robin', { instances: zoned, loadBalancer })).toEqual(shares);
    expect(dueOf('rendezvous', { instances: zoned, loadBalancer })).toEqual(shares);
    expect(dueOf('ring', { instances: zoned, loadBalancer })).toEqual([0.125, 0.125, 0.75]);
    expect(dueOf('ring', { instances: zoned, loadBalancer: locality({ x: 0 }) })).toEqual([0, 0, 1]);
    expect(dueOf('ring', { instances: zoned, loadBalancer: locality({ x: 0, y: 0 }) })).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it('is what the picks come to', () => {
    const trial = trialOf(
      { name: 'weighted-round-robin', options: {} },
      { instances: zoned, loadBalancer: locality({ y: 3 }) },
    );
    for (const { picks, due } of ask(trial, { picks: 1_600 }).before.shares) {
      expect(Math.abs(picks / 1_600 - (due ?? Number.NaN))).toBeLessThan(0.005);
    }
  });

  it('is not said where more than weights decides', () => {
    const subsetting = { name: 'rendezvous', options: { size: 2 } };
    expect(dueOf('ring', { loadBalancer: { ...PLAIN_LOAD_BALANCER, subsetting } })).toEqual([null, null, null]);
    const spilling = { ...PLAIN_LOAD_BALANCER, overprovisioningPercent: 50 };
    const instances = instancesOf([{ id: 'a' }, { id: 'b', priority: 1 }]);
    expect(dueOf('ring', { instances, loadBalancer: spilling })).toEqual([null, null]);
    expect(dueOf('peak-ewma', {})).not.toContain(undefined);
  });
});
