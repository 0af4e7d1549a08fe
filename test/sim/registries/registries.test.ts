import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { KUBERNETES_PROBE } from '../../../src/health/checks/settings.ts';
import type { TrialConfig } from '../../../src/sim/config.ts';
import { CONSUL } from '../../../src/sim/registries/consul/settings.ts';
import { DNS } from '../../../src/sim/registries/dns/settings.ts';
import { EDS } from '../../../src/sim/registries/eds/settings.ts';
import { ETCD } from '../../../src/sim/registries/etcd/settings.ts';
import { EUREKA } from '../../../src/sim/registries/eureka/settings.ts';
import { KUBERNETES } from '../../../src/sim/registries/kubernetes/settings.ts';
import type { RegistrySettings } from '../../../src/sim/registries/settings.ts';
import { checksOf, envoyChecks } from '../../helpers/checks.ts';
import { type RegistryRig, registryRig } from './rig.ts';

const nodeChecks = envoyChecks(
  { intervalMs: 2000, timeoutMs: 500, unhealthyThreshold: 2, healthyThreshold: 1 },
  { by: 'node' },
);

const readiness = checksOf(
  { system: 'kubernetes', readiness: KUBERNETES_PROBE, liveness: null, startup: null },
  { by: 'node' },
);
const jitter = { kind: 'uniform', minMs: 0, maxMs: 3000 } as const;

interface Subject {
  readonly registry: RegistrySettings;
  readonly healthCheck: TrialConfig['healthCheck'];
  /** Once everything is well again, all is told within this. */
  readonly settlesWithinMs: number;
  /** How long after hearing of something a caller's proxy may take to write it down, whatever happens meanwhile. 0 where not said. */
  readonly writesWithinMs?: number;
}

const lease = { ttlMs: 6000, renewIntervalMs: 2000 };
const subjects: Readonly<Record<string, Subject>> = {
  'memory for good': { registry: { kind: 'memory', lease: null }, healthCheck: null, settlesWithinMs: 0 },
  'memory for good, nodes check': {
    registry: { kind: 'memory', lease: null },
    healthCheck: nodeChecks,
    settlesWithinMs: 8000,
  },
  'memory with leases': { registry: { kind: 'memory', lease }, healthCheck: null, settlesWithinMs: 8000 },
  'memory, nodes check': { registry: { kind: 'memory', lease }, healthCheck: nodeChecks, settlesWithinMs: 8000 },
  'memory, it checks': {
    registry: { kind: 'memory', lease },
    healthCheck: { ...nodeChecks, by: 'registry' },
    settlesWithinMs: 8000,
  },
  // Its callers' connections wait for up to twice as long as the outage lasted.
  etcd: { registry: { ...ETCD, ttlMs: 5000 }, healthCheck: null, settlesWithinMs: 200_000 },
  'etcd, nodes check': { registry: { ...ETCD, ttlMs: 5000 }, healthCheck: nodeChecks, settlesWithinMs: 200_000 },
  // A change may wait for a full sync, 2 min, and a caller for its next try, 3 min.
  consul: { registry: CONSUL, healthCheck: null, settlesWithinMs: 310_000 },
  'consul, nodes check': { registry: CONSUL, healthCheck: nodeChecks, settlesWithinMs: 310_000 },
  'consul with a TTL check': {
    registry: { ...CONSUL, ttlCheck: lease },
    healthCheck: null,
    settlesWithinMs: 310_000,
  },
  // A relist, a sync of statuses, the lag, and two syncs of a kube-proxy.
  kubernetes: {
    registry: { ...KUBERNETES, watchLag: jitter },
    healthCheck: null,
    settlesWithinMs: 25_000,
    writesWithinMs: 1000,
  },
  'kubernetes, readiness probes': {
    registry: KUBERNETES,
    healthCheck: readiness,
    settlesWithinMs: 45_000,
    writesWithinMs: 1000,
  },
  // Registered 30 s after its start, again at a heartbeat, refreshed in the cache, fetched.
  eureka: { registry: EUREKA, healthCheck: null, settlesWithinMs: 121_000 },
  'eureka, nodes check': { registry: EUREKA, healthCheck: nodeChecks, settlesWithinMs: 121_000 },
  'eureka, it checks': { registry: EUREKA, healthCheck: { ...nodeChecks, by: 'registry' }, settlesWithinMs: 121_000 },
  dns: { registry: { ...DNS, ttlMs: 10_000 }, healthCheck: null, settlesWithinMs: 15_000 },
  'dns, nodes check': {
    registry: { ...DNS, ttlMs: 10_000, refreshMs: 5000 },
    healthCheck: nodeChecks,
    settlesWithinMs: 25_000,
  },
  'dns, it checks': {
    registry: { ...DNS, ttlMs: 10_000 },
    healthCheck: { ...nodeChecks, by: 'registry' },
    settlesWithinMs: 25_000,
  },
  eds: { registry: { ...EDS, pushLag: jitter }, healthCheck: null, settlesWithinMs: 13_000 },
  'eds, nodes check': { registry: EDS, healthCheck: nodeChecks, settlesWithinMs: 20_000 },
  'eds, it checks': {
    registry: { ...EDS, pushLag: jitter },
    healthCheck: { ...nodeChecks, by: 'registry' },
    settlesWithinMs: 20_000,
  },
};

const SERVERS = 3;
type Step =
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'crash' | 'dark' | 'hang' | 'leave'; readonly server: number }
  | { readonly kind: 'outage'; readonly mode: 'down' | 'stale' | 'partitioned' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ kind: fc.constantFrom('crash', 'dark', 'hang', 'leave'), server: fc.nat(SERVERS - 1) }),
  fc.record({
    kind: fc.constant('outage' as const),
    mode: fc.constantFrom('down' as const, 'stale' as const, 'partitioned' as const),
  }),
);

/** Each step turns what it names: what is well breaks, what is broken is mended. */
function play(rig: RegistryRig, steps: readonly Step[], writesWithinMs: number): { mend(): void } {
  const broken = new Set<string>();
  let staleSinceMs = Number.NaN;
  let cutOffSinceMs = Number.NaN;
  const isCutOff = (): boolean => broken.has('down') || broken.has('partitioned');
  const turn = (one: Exclude<Step, { kind: 'advance' }>): void => {
    const key = one.kind === 'outage' ? one.mode : `${one.kind} ${one.server}`;
    const wasCutOff = isCutOff();
    const begins = !broken.delete(key);
    if (begins) broken.add(key);
    if (!wasCutOff && isCutOff()) cutOffSinceMs = rig.engine.now();
    if (key === 'stale') staleSinceMs = rig.engine.now();
    if (one.kind === 'outage') rig.system.setOutage(one.mode, one.mode === 'partitioned' ? 'a' : null, begins);
    else if (one.kind === 'crash') begins ? rig.crash(one.server) : rig.start(one.server);
    else if (one.kind === 'dark') begins ? rig.dark(one.server) : rig.light(one.server);
    else if (one.kind === 'leave') begins ? rig.presences[one.server]?.leave() : rig.rejoin(one.server);
    else begins ? rig.hang(one.server) : rig.wake(one.server);
  };
  for (const one of steps) {
    if (one.kind !== 'advance') {
      turn(one);
      continue;
    }
    // What is on its way arrives within a few milliseconds.
    rig.advance(Math.min(one.ms, 5));
    const before = rig.told[0].length;
    rig.advance(Math.max(0, one.ms - 5));
    // Caller 0 is in zone a, which partitions are of. Cut off it hears nothing; of a stale server only what is old.
    const news = rig.told[0].slice(before);
    if (isCutOff()) {
      for (const { atMs, snapshot } of news) {
        expect(snapshot.atMs).toBeLessThanOrEqual(cutOffSinceMs);
        expect(atMs).toBeLessThanOrEqual(cutOffSinceMs + writesWithinMs);
      }
    }
    if (broken.has('stale')) for (const { snapshot } of news) expect(snapshot.atMs).toBeLessThanOrEqual(staleSinceMs);
  }
  return {
    mend() {
      // Who has crashed comes back before he says that he is there.
      for (const key of [...broken].sort()) {
        const [kind, server] = key.split(' ');
        if (server === undefined) turn({ kind: 'outage', mode: kind as 'down' });
        else turn({ kind: kind as 'crash', server: Number(server) });
      }
    },
  };
}

describe.each(Object.entries(subjects))(
  '%s',
  (_name, { registry, healthCheck, settlesWithinMs, writesWithinMs = 0 }) => {
    test.prop([fc.array(step, { maxLength: 30 }), fc.nat(1000)], { numRuns: 40 })(
      'tells rising versions of one history, nothing in an outage, and in the end who is there',
      (steps, seed) => {
        const rig = registryRig({ registry, healthCheck }, seed, SERVERS, 3);
        const played = play(rig, steps, writesWithinMs);
        played.mend();
        rig.advance(settlesWithinMs + 1);

        const history = new Map<number, string>();
        for (const list of rig.told) {
          list.forEach(({ atMs, snapshot }, i) => {
            expect(snapshot.version).toBeGreaterThan(list[i - 1]?.snapshot.version ?? -1);
            expect(snapshot.evidenceAtMs).toBeLessThanOrEqual(snapshot.atMs);
            expect(snapshot.atMs).toBeLessThanOrEqual(atMs);
            const ids = snapshot.instances.map(({ id }) => id).join(' ');
            // Whoever hears of a version hears the same of it.
            expect(ids).toBe(history.get(snapshot.version) ?? ids);
            history.set(snapshot.version, ids);
          });
        }
        for (const caller of [0, 1, 2]) expect(rig.seen(caller)).toEqual(['i-1', 'i-2', 'i-3']);
      },
    );
  },
);

describe('etcd', () => {
  it('a caller cut off tries again as gRPC does: after an outage of 20 s it hears within 15 s, not at once', () => {
    const rig = registryRig({ registry: ETCD, healthCheck: null });
    rig.advance(1000);
    rig.system.setOutage('partitioned', 'a', true);
    rig.presences[1].leave();
    rig.advance(20_000);
    rig.system.setOutage('partitioned', 'a', false);
    rig.advance(1000);
    expect(rig.seen(0)).toHaveLength(3);
    expect(rig.seen(1)).toHaveLength(2);
    // Tries come after 1, 2.6, 5.2, 9.3, 15.8 and 26.3 s, each wait a fifth longer or shorter.
    rig.advance(14_000);
    expect(rig.seen(0)).toHaveLength(2);
  });
});

describe('etcd: a leader after an outage', () => {
  it('starts every lease anew, with the election timeout on top', () => {
    const rig = registryRig({ registry: { ...ETCD, ttlMs: 5000 }, healthCheck: null });
    rig.advance(10_000);
    rig.crash(0);
    rig.advance(1000);
    rig.system.setOutage('down', null, true);
    rig.advance(500);
    rig.system.setOutage('down', null, false);
    rig.advance(5999);
    expect(rig.seen(1)).toHaveLength(3);
    // The next look for expired leases, and the watch.
    rig.advance(502);
    expect(rig.seen(1)).toEqual(['i-2', 'i-3']);
  });
});

describe('consul', () => {
  const nodes = 10;
  const registry: RegistrySettings = { ...CONSUL, nodes };

  it('agents find that a machine is gone and the leader says so, by the evidence of the first probe', () => {
    const rig = registryRig({ registry, healthCheck: null });
    rig.advance(1000);
    rig.dark(0);
    rig.advance(4999);
    expect(rig.seen(1)).toHaveLength(3);
    // A probe within 9 s, its interval, at most 24 s of suspicion, and gossip.
    rig.advance(9000 + 1000 + 24_000 + 1000);
    expect(rig.seen(1)).toEqual(['i-2', 'i-3']);
    const { atMs, snapshot } = rig.told[1].at(-1) as (typeof rig.told)[number][number];
    expect(snapshot.evidenceAtMs).toBeGreaterThan(1000);
    expect(snapshot.evidenceAtMs).toBeLessThan(atMs - 5000);
  });

  it('a leader that comes back writes down what the agents found meanwhile', () => {
    const rig = registryRig({ registry: { ...registry, syncIntervalMs: 1e9 }, healthCheck: null });
    rig.advance(1000);
    rig.system.setOutage('down', null, true);
    rig.dark(0);
    rig.advance(60_000);
    rig.system.setOutage('down', null, false);
    rig.advance(200_000);
    expect(rig.seen(1)).toEqual(['i-2', 'i-3']);
  });

  it('a service that was reaped comes back when its process finds its check unknown', () => {
    const settings = { ttlCheck: lease, deregisterCriticalServiceAfterMs: 60_000 };
    const rig = registryRig({ registry: { ...registry, ...settings }, healthCheck: null });
    rig.advance(10_000);
    rig.hang(0);
    rig.advance(100_000);
    expect(rig.seen(1)).toEqual(['i-2', 'i-3']);
    rig.wake(0);
    rig.advance(2100);
    expect(rig.seen(1)).toHaveLength(3);
  });
});

describe('a registry that checks', () => {
  it('takes a zone it cannot reach for failing', () => {
    const { registry, healthCheck } = subjects['memory, it checks'] as Subject;
    const rig = registryRig({ registry, healthCheck });
    rig.advance(5000);
    expect(rig.seen(1)).toHaveLength(3);
    rig.system.setOutage('partitioned', 'a', true);
    rig.advance(5500);
    expect(rig.seen(1)).toEqual(['i-2']);
  });

  // Its probes would go unanswered, and every instance would be failing as it comes back.
  it('checks nobody while it is down, and blames nobody for it afterwards', () => {
    const { registry, healthCheck } = subjects['memory, it checks'] as Subject;
    const rig = registryRig({ registry, healthCheck });
    rig.advance(5000);
    rig.system.setOutage('down', null, true);
    rig.advance(20_000);
    rig.system.setOutage('down', null, false);
    rig.advance(20_000);
    for (const told of rig.told) {
      const since = told.filter(({ atMs }) => atMs >= 5000);
      expect(since.filter(({ snapshot }) => snapshot.instances.length < 3)).toEqual([]);
    }
    expect(rig.seen(1)).toHaveLength(3);
  });
});

describe.each(['memory with leases', 'memory, nodes check', 'memory, it checks'])('%s: a crash', (name) => {
  it('is noticed by a lease or by a check, whichever it has that dies or does not', () => {
    const { registry, healthCheck } = subjects[name] as Subject;
    const rig = registryRig({ registry, healthCheck });
    rig.advance(5000);
    rig.crash(0);
    rig.advance(10_000);
    expect(rig.seen(1)).toEqual(['i-2', 'i-3']);
    const evidenceAtMs = rig.told[1].at(-1)?.snapshot.evidenceAtMs ?? Number.NaN;
    // The last renewal came before it, the first failed probe after.
    if (healthCheck === null) expect(evidenceAtMs).toBeLessThan(5000);
    else expect(evidenceAtMs).toBeGreaterThanOrEqual(5000);
  });
});
