import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Random, randomStream } from '../../../src/core/random.ts';
import type { RegistrationChecks } from '../../../src/mesh/checked_registration.ts';
import type { Snapshot } from '../../../src/registry/discovery.ts';
import { createConsulAgent } from '../../../src/sim/registries/consul/agent.ts';
import { createAntiEntropy, syncScale } from '../../../src/sim/registries/consul/anti_entropy.ts';
import {
  type CatalogAnswer,
  type ConsulEntry,
  createConsulCatalog,
} from '../../../src/sim/registries/consul/catalog.ts';
import { createConsulQueries, noLeaderMs } from '../../../src/sim/registries/consul/queries.ts';
import { drawNodeDeath, suspicionTimeoutMs } from '../../../src/sim/registries/consul/serf_failure.ts';
import { CONSUL, type ConsulSettings } from '../../../src/sim/registries/consul/settings.ts';
import { consulDiscovery, retryMs } from '../../../src/sim/registries/consul/watch.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

const instance = (id: string) => ({ id, address: `${id}:80`, zone: null, weight: 1 });

/** No jitter: every draw is the least. */
const least: Random = { ...randomStream('least'), unit: () => 0 };

/** One caller of a catalog, with what it was told and every query it made. */
function watching({ waitMs = 300_000, latencyMs = 1, queryRatePerMs = null as number | null, random = least } = {}) {
  const clock = new ManualClock();
  const catalog = createConsulCatalog(clock);
  const instances = new Map<string, ReturnType<typeof instance>>();
  const world = { cutOff: false, stale: false };
  const queries = createConsulQueries({
    clock,
    random,
    catalog,
    waitMs,
    isCutOff: () => world.cutOff,
    isStale: () => world.stale,
  });
  const asked: { atMs: number; index: number }[] = [];
  const answered: { atMs: number; index: number | null }[] = [];
  const told: { atMs: number; snapshot: Snapshot }[] = [];
  const put = (id: string, passing = true, evidenceAtMs = clock.now()): void => {
    const known = instances.get(id) ?? instance(id);
    instances.set(id, known);
    catalog.sync(id, { instance: known, passing, evidenceAtMs });
  };
  put('a');
  put('b');
  consulDiscovery({
    clock,
    ask: (index, version, done) => {
      asked.push({ atMs: clock.now(), index });
      queries.ask(index, version, (answer) => {
        answered.push({ atMs: clock.now(), index: answer?.index ?? null });
        done(answer);
      });
    },
    first: () => catalog.read(-1),
    latencyMs: () => latencyMs,
    queryRatePerMs,
  }).watch('web', (snapshot) => void told.push({ atMs: clock.now(), snapshot }));
  const outage = (what: 'cutOff' | 'stale', on: boolean): void => {
    world[what] = on;
    queries.outageChanged();
  };
  return { clock, catalog, put, asked, answered, told, outage };
}

describe('blocking queries, as measured of Consul 1.8.7 (registries.md, section 1)', () => {
  it('wait=2s is held 2 s and up to a sixteenth more', () => {
    const { clock, asked, answered } = watching({ waitMs: 2000, random: randomStream('wait') });
    clock.advance(60 * 2200);
    const holds = answered.map(({ atMs }, i) => atMs - (asked[i]?.atMs ?? Number.NaN));
    expect(holds.length).toBeGreaterThanOrEqual(60);
    for (const hold of holds) {
      expect(hold).toBeGreaterThanOrEqual(2000);
      expect(hold).toBeLessThanOrEqual(2125);
    }
    // The mean of 60 draws from U(2000, 2125): 2062.5, and 36.1 / sqrt(60) = 4.7 of standard error.
    expect(Math.abs(holds.reduce((a, b) => a + b) / holds.length - 2062.5)).toBeLessThan(4 * 4.7);
  });

  it('a change arrives at once; those made while an answer is on its way come with the next: 20 give 2 wakes', () => {
    const { clock, put, told } = watching();
    for (let i = 0; i < 20; i++) put(`c${i}`);
    clock.advance(100);
    expect(told.length).toBe(2); // the first view and all twenty, in one answer: the query had not arrived yet
    for (let i = 0; i < 20; i++) put(`c${i}`, false, 50 + i);
    clock.advance(100);
    expect(told.slice(2).map(({ atMs, snapshot }) => [atMs, snapshot.instances.length, snapshot.evidenceAtMs])).toEqual(
      [
        [101, 21, 50],
        [103, 2, 51], // the oldest of nineteen
      ],
    );
  });

  it('wakes for an instance that does not pass, and says nothing new', () => {
    const { clock, catalog, put, told, answered } = watching();
    put('c', false);
    clock.advance(10);
    const wakes = answered.length;
    catalog.sync('c', null);
    clock.advance(10);
    expect(answered.length).toBe(wakes + 1);
    expect(told).toHaveLength(1);
  });

  it('finds no leader for 7 s, fails, keeps its index and its view, and asks again ever later', () => {
    const { clock, put, asked, answered, told, outage } = watching();
    clock.advance(1000);
    outage('cutOff', true);
    put('b', false, 1000);
    clock.advance(40_000);
    expect(told).toHaveLength(1);
    expect(answered.map(({ atMs, index }) => [atMs, index])).toEqual([
      [8000, null],
      [8001 + 5000 + 1 + 7000, null],
    ]);
    expect(retryMs(2)).toBe(20_000);
    expect([1, 2, 3, 5, 6, 7].map(retryMs)).toEqual([5000, 20_000, 45_000, 125_000, 180_000, 180_000]);
    outage('cutOff', false);
    clock.advance(20_000);
    expect(told.map(({ snapshot }) => snapshot.instances.length)).toEqual([2, 1]);
    expect(new Set(asked.slice(0, 3).map(({ index }) => index)).size).toBe(1);
  });

  it('without a leader an answer comes after 7.0 to 7.44 s (measured 7.1 to 7.4)', () => {
    const random = randomStream('hold');
    const holds = Array.from({ length: 200 }, () => noLeaderMs(random));
    expect(Math.min(...holds)).toBeGreaterThanOrEqual(7000);
    expect(Math.max(...holds)).toBeLessThanOrEqual(7437.5);
    expect(Math.max(...holds)).toBeGreaterThan(7400);
  });

  it('counts failures anew after an answer', () => {
    const { clock, put, asked, outage } = watching();
    clock.advance(1000);
    for (const turn of [0, 1]) {
      outage('cutOff', true);
      clock.advance(10_000);
      outage('cutOff', false);
      clock.advance(10_000);
      put('b', turn === 1);
      clock.advance(1000);
    }
    // 7 s without a leader and 5 s of back-off, both times.
    expect(asked.filter(({ atMs }) => atMs > 1000)[0]?.atMs).toBe(1000 + 7000 + 1 + 5000 + 1);
    expect(asked.filter(({ atMs }) => atMs > 22_010)[0]?.atMs).toBe(22_000 + 7000 + 1 + 5000 + 1);
  });

  it('an instance whose node is dead is not shown, however its checks stand', () => {
    const { clock, catalog, put, told } = watching();
    clock.advance(10);
    catalog.setNode('b', false, 5);
    put('b', false);
    put('b', true);
    clock.advance(10);
    expect(told.at(-1)?.snapshot.instances.map(({ id }) => id)).toEqual(['a']);
    catalog.setNode('b', true, 20);
    clock.advance(10);
    expect(told.at(-1)?.snapshot.instances).toHaveLength(2);
  });

  it('a leader that is back within 7 s goes on as if nothing had been', () => {
    const { clock, put, told, outage } = watching();
    clock.advance(1000);
    outage('cutOff', true);
    put('b', false, 1000);
    clock.advance(6900);
    outage('cutOff', false);
    clock.advance(1);
    expect(told.at(-1)).toMatchObject({ atMs: 7901, snapshot: { evidenceAtMs: 1000 } });
  });

  it('a stale server tells what was true', () => {
    const { clock, put, told, outage } = watching({ waitMs: 2000 });
    clock.advance(1000);
    outage('stale', true);
    put('b', false, 1000);
    clock.advance(60_000);
    expect(told).toHaveLength(1);
    outage('stale', false);
    clock.advance(10);
    expect(told.at(-1)?.snapshot.instances).toHaveLength(1);
  });

  it('an index that went backwards starts the loop over', () => {
    const clock = new ManualClock();
    const snapshot = (version: number): Snapshot => ({ version, atMs: 0, evidenceAtMs: 0, instances: [] });
    const script: (CatalogAnswer | null)[] = [
      { index: 9, snapshot: snapshot(2) },
      { index: 3, snapshot: snapshot(3) },
      { index: 3, snapshot: snapshot(3) },
      { index: 0, snapshot: snapshot(3) },
    ];
    const asked: number[] = [];
    const versions: number[] = [];
    consulDiscovery({
      clock,
      ask: (index, _version, done) => {
        asked.push(index);
        const answer = script[asked.length - 1];
        if (answer !== undefined) done(answer);
      },
      first: () => ({ index: 5, snapshot: snapshot(1) }),
      latencyMs: () => 1,
      queryRatePerMs: null,
    }).watch('web', ({ version }) => void versions.push(version));
    clock.advance(100);
    // The last answer claims index 0, which would not block: taken as 1, it is lower than 3 and starts over again.
    expect(asked).toEqual([5, 9, 0, 3, 0]);
    expect(versions).toEqual([1, 2, 3]);
  });

  it('a limit lets two queries through at once and then one at a time', () => {
    const { clock, put, asked } = watching({ latencyMs: 0, queryRatePerMs: 0.001 });
    for (let i = 0; i < 100; i++) {
      put('b', i % 2 === 1);
      clock.advance(50);
    }
    expect(asked.map(({ atMs }) => Math.round(atMs))).toEqual([0, 0, 1000, 2000, 3000, 4000, 5000]);
  });
});

/** An agent with a check that a test turns by hand, and what its catalog was told. */
function agentRig(written: Partial<ConsulSettings> = {}, checked = true) {
  const clock = new ManualClock();
  const synced: { atMs: number; passing: boolean | null; evidenceAtMs: number | null }[] = [];
  const world = { reach: true };
  let turn: (passing: boolean, evidenceAtMs: number) => void = () => {};
  const checks: RegistrationChecks = {
    passing: false,
    start(_instance, onChange) {
      turn = onChange;
      return () => {
        turn = () => {};
      };
    },
  };
  const agent = createConsulAgent({
    clock,
    random: randomStream('agent'),
    settings: { ...CONSUL, ...written },
    instance: instance('a'),
    checks: checked ? checks : null,
    nodes: 10,
    canReach: () => world.reach,
    sync: (entry: ConsulEntry | null) => {
      const said = { passing: entry?.passing ?? null, evidenceAtMs: entry?.evidenceAtMs ?? null };
      const last = synced.at(-1);
      if (last?.passing !== said.passing) synced.push({ atMs: clock.now(), ...said });
    },
  });
  return { clock, agent, synced, world, turn: (passing: boolean) => turn(passing, clock.now()) };
}

describe('an agent', () => {
  it('registers what it checks as critical, and syncs a change of status at once', () => {
    const { clock, agent, synced, turn } = agentRig();
    agent.register();
    clock.advance(1000);
    turn(true);
    clock.advance(1000);
    turn(false);
    clock.advance(1000);
    expect(synced).toEqual([
      { atMs: 0, passing: false, evidenceAtMs: 0 },
      { atMs: 1003, passing: true, evidenceAtMs: 1000 },
      { atMs: 2003, passing: false, evidenceAtMs: 2000 },
    ]);
  });

  it('golden: a TTL of 2 s expires 2003 ms after the last pass, sync included', () => {
    const { clock, agent, synced } = agentRig({ ttlCheck: { ttlMs: 2000, renewIntervalMs: 500 } }, false);
    agent.register();
    clock.advance(100);
    expect(agent.pass()).toBe(true);
    clock.advance(10_000);
    expect(synced.at(-1)).toEqual({ atMs: 100 + 2003, passing: false, evidenceAtMs: 100 });
  });

  it('golden: services of all settings up to a minute leave at one tick of the 30 s grid, 60 to 90 s after they turned', () => {
    for (const afterMs of [10_000, 60_000]) {
      const { clock, agent, synced, turn } = agentRig({ deregisterCriticalServiceAfterMs: afterMs });
      agent.register();
      turn(true);
      clock.advance(17_100);
      turn(false);
      clock.advance(100_000);
      const gone = synced.at(-1);
      expect(gone?.passing).toBeNull();
      const took = (gone?.atMs ?? 0) - 17_100;
      expect(took).toBeGreaterThan(60_000);
      expect(took).toBeLessThanOrEqual(90_003);
    }
  });

  it('a change that no leader heard is lost after 7 s, until the next full sync within 2 min', () => {
    const { clock, agent, synced, world, turn } = agentRig();
    agent.register();
    turn(true);
    clock.advance(150_000);
    world.reach = false;
    turn(false);
    clock.advance(8000);
    world.reach = true;
    agent.reachable();
    clock.advance(1);
    const before = synced.length;
    clock.advance(120_003);
    expect(synced.length).toBe(before + 1);
    expect(synced.at(-1)?.passing).toBe(false);
  });

  it('a change within those 7 s is heard as soon as there is a leader', () => {
    const { clock, agent, synced, world, turn } = agentRig({ syncIntervalMs: 1e9 });
    agent.register();
    turn(true);
    clock.advance(1000);
    world.reach = false;
    turn(false);
    clock.advance(6000);
    world.reach = true;
    agent.reachable();
    expect(synced.at(-1)).toEqual({ atMs: 7000, passing: false, evidenceAtMs: 1000 });
  });

  it('goes with its machine; when both are back it registers what it knew, as critical', () => {
    const { clock, agent, synced, turn } = agentRig();
    agent.register();
    turn(true);
    clock.advance(10_000);
    agent.machine(false);
    clock.advance(300_000);
    expect(synced.at(-1)?.passing).toBe(true);
    agent.machine(true);
    clock.advance(3);
    expect(synced.at(-1)).toEqual({ atMs: 310_003, passing: false, evidenceAtMs: 310_000 });
  });
});

describe('anti-entropy (agent/ae/ae.go)', () => {
  function entropyRig(syncIntervalMs = 60_000) {
    const clock = new ManualClock();
    const pushes: number[] = [];
    const world = { reach: true };
    const entropy = createAntiEntropy({
      clock,
      random: least,
      settings: { syncLatencyMs: 3, syncIntervalMs },
      nodes: 10,
      canReach: () => world.reach,
      push: () => void pushes.push(clock.now()),
      atOnce: true,
    });
    return { clock, pushes, world, entropy };
  }

  it('pushes everything when it starts and once in a while, and a change at once', () => {
    const { clock, pushes, entropy } = entropyRig();
    clock.advance(1000);
    entropy.changed();
    clock.advance(200_000);
    expect(pushes).toEqual([3, 1003, 60_003, 120_003, 180_003]);
  });

  it('after a full sync that failed, nothing is pushed until it is tried again 15 s later', () => {
    const { clock, pushes, world, entropy } = entropyRig();
    clock.advance(59_000);
    world.reach = false;
    clock.advance(1003 + 7000); // the full sync at 60 s is held, and fails
    world.reach = true;
    entropy.reachable();
    entropy.changed();
    clock.advance(60_000);
    expect(pushes).toEqual([3, 60_003 + 7000 + 15_000 + 3]);
  });

  it('one that falls due while a change is held follows it', () => {
    const { clock, pushes, world, entropy } = entropyRig();
    clock.advance(55_000);
    world.reach = false;
    entropy.changed();
    clock.advance(7003); // the change is given up; the full sync of 60 s begins
    world.reach = true;
    clock.advance(10);
    expect(pushes).toEqual([3, 62_006]);
  });
});

describe('golden: from the tests of Consul and memberlist', () => {
  it('anti-entropy slows down with the cluster (agent/ae/ae_test.go, TestAE_scaleFactor)', () => {
    expect([100, 200, 1000, 10_000].map(syncScale)).toEqual([1, 2, 4, 8]);
  });

  it('a suspicion shortens with confirmations (suspicion_test.go, TestSuspicion_remainingSuspicionTime)', () => {
    const remaining = [
      [0, 0],
      [1, 2000],
      [2, 3000],
      [3, 4000],
    ].map(([n = 0, elapsed = 0]) => suspicionTimeoutMs(n, 3, 2000, 30_000) - elapsed);
    expect(remaining).toEqual([30_000, 14_000, 4810, -2000]);
  });
});

test.prop([fc.integer({ min: 2, max: 2000 }), fc.nat()], { numRuns: 300 })(
  'a dead node is declared no sooner than the shortest suspicion, and no later than the longest after a whole round',
  (nodes, seed) => {
    const settings = { nodes, probeIntervalMs: 1000, suspicionMult: 4 };
    const { suspectedMs, declaredMs } = drawNodeDeath(settings, randomStream(`${seed}`));
    const least = 4 * Math.max(1, Math.log10(nodes)) * 1000;
    expect(suspectedMs).toBeGreaterThanOrEqual(0);
    expect(suspectedMs).toBeLessThanOrEqual((nodes - 1) * 1000);
    expect(declaredMs - suspectedMs).toBeGreaterThanOrEqual(1000 + Math.floor(least));
    expect(declaredMs - suspectedMs).toBeLessThanOrEqual(1000 + 6 * least + 200 * 6);
  },
);

it('the first of n - 1 probes of a dead node comes after one interval on average', () => {
  const random = randomStream('mean');
  const settings = { nodes: 100, probeIntervalMs: 1000, suspicionMult: 4 };
  const n = 4000;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += drawNodeDeath(settings, random).suspectedMs;
  // The least of 99 times uniform over 99 s: mean 99 / 100 s, and nearly exponential, so a standard error of 1 / sqrt(n).
  expect(Math.abs(sum / n - 990)).toBeLessThan(4 * (1000 / Math.sqrt(n)));
});
