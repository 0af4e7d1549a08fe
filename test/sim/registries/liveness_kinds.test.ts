import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { KUBERNETES_PROBE } from '../../../src/health/checks/settings.ts';
import type { FaultAction, FaultConfig, TrialConfig } from '../../../src/sim/config.ts';
import { RESTARTS, type RestartSettings } from '../../../src/sim/containers/settings.ts';
import { availabilityModel } from '../../../src/sim/faults/availability.ts';
import type { Gauges } from '../../../src/sim/recorder.ts';
import { CONSUL } from '../../../src/sim/registries/consul/settings.ts';
import { DNS } from '../../../src/sim/registries/dns/settings.ts';
import { EDS } from '../../../src/sim/registries/eds/settings.ts';
import { ETCD } from '../../../src/sim/registries/etcd/settings.ts';
import { EUREKA } from '../../../src/sim/registries/eureka/settings.ts';
import { KUBERNETES } from '../../../src/sim/registries/kubernetes/settings.ts';
import type { RegistrySettings } from '../../../src/sim/registries/settings.ts';
import { checksOf } from '../../helpers/checks.ts';
import { instances, type Trace, traceOf, trialOf } from '../../helpers/trial.ts';

const lease = { ttlMs: 6000, renewIntervalMs: 2000 };

/** When what a node does to a process reaches a caller, in seconds from when it is done: at least and at most. */
type Span = readonly [number, number];
interface Kind {
  readonly registry: RegistrySettings;
  /** From a process's death or another's start, where it stays registered. */
  readonly heard: Span;
  /** From SIGTERM, where the process that hears it takes itself out; null: it does not, and its death is what is heard. */
  readonly left: Span | null;
  /** From the start of a process that has to register anew. */
  readonly joined: Span;
}

const at = (s: number): Span => [s, s];
const kinds: Readonly<Record<string, Kind>> = {
  'memory, for good': { registry: { kind: 'memory', lease: null }, heard: at(0), left: at(0), joined: at(0) },
  'memory, leases': { registry: { kind: 'memory', lease }, heard: at(0), left: at(0), joined: at(0) },
  // The agent's push to the catalog, 2 ms, and the answer to the blocking query.
  consul: { registry: CONSUL, heard: [0.002, 0.01], left: [0.002, 0.01], joined: [0.002, 0.01] },
  // A watch has it 1 ms after the change.
  etcd: { registry: ETCD, heard: at(0.001), left: at(0.001), joined: at(0.001) },
  // The read-only cache is refreshed every 30 s and fetched every 30 s; a process registers 30 s after its start.
  eureka: { registry: EUREKA, heard: [0, 60], left: [0, 60], joined: [30, 90] },
  // The TTL, here 1 s.
  dns: { registry: { ...DNS, ttlMs: 1000 }, heard: [0, 1], left: [0, 1], joined: [0, 1] },
  // The control plane waits 100 ms for more. It knows its members from elsewhere.
  eds: { registry: EDS, heard: at(0.1), left: null, joined: at(0.1) },
  // A kubelet lists its containers every second. The pod stays where it is.
  kubernetes: { registry: KUBERNETES, heard: [0, 1], left: null, joined: [0, 1] },
};
const cases = Object.entries(kinds);

const startMs = 100_000;
const fault = (action: FaultAction, atS: number, untilS: number, index = 0): FaultConfig => ({
  action,
  target: { kind: 'instances', indexes: [index] },
  when: { kind: 'at', atMs: atS * 1000, forMs: (untilS - atS) * 1000 },
});

/** Requests of 5 s, and processes that take 100 s to start, so that callers hear of each step apart. */
const world = (registry: RegistrySettings, faults: FaultConfig[], restarts: Partial<RestartSettings> = {}) =>
  trialOf({
    durationMs: 420_000,
    instances: instances(3, { concurrency: 100, serviceTime: { kind: 'constant', valueMs: 5000 } }),
    load: { arrivals: 'constant', ratePerMs: 0.001, keys: null },
    registry,
    healthCheck: checksOf(
      { system: 'kubernetes', readiness: null, startup: null, liveness: KUBERNETES_PROBE },
      { by: 'node', restarts: { ...RESTARTS, containerStart: { kind: 'constant', valueMs: startMs }, ...restarts } },
    ),
    faults,
  });

const truths = (trace: Trace): [number, boolean][] => trace.truths.map(({ atMs, up }) => [atMs / 1000, up]);

/** What the caller makes of the first instance once all have settled: members of an EDS that fail stay in view. */
const turns = ({ beliefs }: Trace): [number, boolean][] =>
  beliefs.filter(({ atMs, instance }) => instance === 0 && atMs > 60_000).map(({ atMs, good }) => [atMs / 1000, good]);

function expectTurns(trace: Trace, outS: number, out: Span, backS: number, back: Span): void {
  const [left, came, ...rest] = turns(trace);
  expect([left?.[1], came?.[1], rest]).toEqual([false, true, []]);
  const [leftS, cameS] = [(left?.[0] ?? 0) - outS, (came?.[0] ?? 0) - backS];
  expect(leftS).toBeGreaterThanOrEqual(out[0] - 1e-6);
  expect(leftS).toBeLessThanOrEqual(out[1] + 1e-6);
  expect(cameS).toBeGreaterThanOrEqual(back[0] - 1e-6);
  expect(cameS).toBeLessThanOrEqual(back[1] + 1e-6);
}

/**
 * The kubelet's rules: pkg/kubelet/prober/worker.go (a result counts at its failureThreshold, 3; period 10 s, timeout 1 s,
 * core/v1 defaults.go), pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer: SIGTERM, SIGKILL when the grace
 * period, 30 s, is over) and kuberuntime_manager.go (SyncPod starts another in the same sync). None knows a registry.
 */
describe.each(cases)('a liveness probe beside a registry of kind %s', (_, { registry, heard, left, joined }) => {
  it('has a hung process replaced, which is heard of by its death', () => {
    for (const seed of [1, 2]) {
      const trace = traceOf(world(registry, [fault({ kind: 'hang' }, 60, 400)]), seed);
      const [down, [upS, up] = [0, false], ...rest] = truths(trace);
      expect([down, up, rest]).toEqual([[60, false], true, []]);
      const killedS = upS - startMs / 1000;
      // Three probes 10 s apart, the first within 10 s, the timeout of the last, and the grace period.
      expect(killedS).toBeGreaterThanOrEqual(60 + 20 + 1 + 30);
      expect(killedS).toBeLessThanOrEqual(60 + 30 + 1 + 30);
      // It did not hear of SIGTERM, so it never left: callers go on until it is killed, and find it as it was.
      expectTurns(trace, killedS, heard, upS, heard);
    }
  });

  it('has one that is well replaced, which leaves first where it registered itself', () => {
    for (const seed of [1, 2]) {
      const trace = traceOf(world(registry, [fault({ kind: 'failing-checks', rate: 1 }, 60, 95)]), seed);
      const [[askedS, down] = [0, true], [upS, up] = [0, false], ...rest] = truths(trace);
      expect([down, up, rest]).toEqual([false, true, []]);
      expect(askedS).toBeGreaterThanOrEqual(80);
      expect(askedS).toBeLessThanOrEqual(90);
      // It finishes what it has before it exits: nothing is reset.
      const exitedS = upS - startMs / 1000;
      expect(exitedS - askedS).toBeGreaterThan(1);
      expect(exitedS - askedS).toBeLessThanOrEqual(5);
      expect(trace.ends.filter(({ outcome }) => outcome === 'reset')).toEqual([]);
      if (left === null) expectTurns(trace, exitedS, heard, upS, heard);
      else expectTurns(trace, askedS, left, upS, joined);
    }
  });

  it('goes on from the start of a process, registered or not, and restarts it as often as it fails', () => {
    const trial = world(registry, [fault({ kind: 'failing-checks', rate: 1 }, 60, Infinity)], { containerStart: null });
    const trace = traceOf(trial);
    const starts = truths(trace).flatMap(([atS, up]) => (up ? [atS] : []));
    const ends = truths(trace).flatMap(([atS, up]) => (up ? [] : [atS]));
    // The fifth start is the first that CrashLoopBackOff holds back.
    for (let i = 0; i < 4; i++) {
      const livedS = (ends[i + 1] ?? 0) - (starts[i] ?? 0);
      expect(livedS).toBeGreaterThanOrEqual(20 - 5);
      expect(livedS).toBeLessThanOrEqual(30);
    }
  });
});

describe('a process that hangs when its node asks it to terminate', () => {
  it('hears of that when it wakes: it leaves, and exits once it has finished', () => {
    for (const [, { registry, left, joined, heard }] of cases) {
      // The probes of this seed ask for it at 87.6 s.
      const trace = traceOf(world(registry, [fault({ kind: 'hang' }, 60, 100)]));
      const [down, [upS] = [0]] = truths(trace);
      expect(down).toEqual([60, false]);
      const exitedS = upS - startMs / 1000;
      expect(exitedS).toBeGreaterThan(100);
      expect(exitedS).toBeLessThanOrEqual(105);
      if (left === null) expectTurns(trace, exitedS, heard, upS, heard);
      else expectTurns(trace, 100, left, upS, joined);
    }
  });

  it('says so where only its silence would tell: a TTL check', () => {
    const registry = { ...CONSUL, ttlCheck: lease };
    const trace = traceOf(world(registry, [fault({ kind: 'hang' }, 60, 400)]));
    const [[outS] = [0], [backS] = [0]] = turns(trace);
    const upS = truths(trace)[1]?.[0] ?? 0;
    // Its last word came within 2 s of the hang, and is good for 6 s; the new process says its first within 2 s.
    expect(outS).toBeGreaterThanOrEqual(60 + 4);
    expect(outS).toBeLessThanOrEqual(60 + 6.01);
    expect(backS).toBeGreaterThanOrEqual(upS);
    expect(backS).toBeLessThanOrEqual(upS + 2.01);
  });
});

describe('a false alarm of overload', () => {
  const slow = fault({ kind: 'slow', factor: 100 }, 60, 300);
  /** Probes wait behind requests that take 1 s each once it is slow, of which there are three a second. */
  const overloaded = (registry: RegistrySettings): TrialConfig => {
    const trial = world(registry, [slow], { containerStart: { kind: 'constant', valueMs: 3000 } });
    return {
      ...trial,
      durationMs: 130_000,
      instances: instances(2, { serviceTime: { kind: 'constant', valueMs: 10 } }),
      load: { arrivals: 'constant', ratePerMs: 0.006, keys: null },
      healthCheck: trial.healthCheck && { ...trial.healthCheck, through: 'queue', costMs: 1 },
    };
  };

  it.each(cases)('restarts a process that works, and what waits is lost: %s', (_, { registry, left }) => {
    let gauges: Gauges | null = null;
    const queued: number[] = [];
    const trace = traceOf(
      overloaded(registry),
      1,
      (given) => {
        gauges = given;
      },
      () => queued.push(gauges?.queued(0) ?? 0),
    );
    const [[askedS, down] = [0, true], [upS, up] = [0, false]] = truths(trace);
    expect([down, up]).toEqual([false, true]);
    expect(askedS).toBeGreaterThanOrEqual(60 + 20 + 1);
    expect(askedS).toBeLessThanOrEqual(60 + 40 + 1);
    // It cannot finish in its grace: it is killed, and all that is left is reset at once.
    expect(upS - askedS).toBeCloseTo(30 + 3, 6);
    const resets = trace.ends.filter(({ outcome }) => outcome === 'reset');
    expect(resets.length).toBeGreaterThan(10);
    expect(new Set(resets.map(({ atMs }) => atMs / 1000))).toEqual(new Set([upS - 3]));
    // The new one begins with an empty queue, whatever the old one had.
    const before = queued[trace.arrivals.findLastIndex(({ atMs }) => atMs < askedS * 1000)];
    const after = queued[trace.arrivals.findIndex(({ atMs }) => atMs >= upS * 1000)];
    expect(before).toBeGreaterThan(40);
    expect(after).toBeLessThanOrEqual(3);
    if (left?.[1] === 0) expect(turns(trace)[0]).toEqual([askedS, false]);
  });
});

describe('the node, not the registry, restarts', () => {
  const drawn = fc.record({
    kind: fc.constantFrom('hang', 'failing-checks'),
    atS: fc.integer({ min: 1, max: 200 }),
    forS: fc.integer({ min: 1, max: 150 }),
  });
  const restarts: RestartSettings = { ...RESTARTS, containerStart: { kind: 'uniform', minMs: 0, maxMs: 9000 } };
  /** No request in the whole run: what is asked to terminate exits at once. */
  const idle = { load: { arrivals: 'constant', ratePerMs: 1e-9, keys: null } } as const;

  test.prop([fc.constantFrom(...cases.map(([name]) => name)), drawn, fc.nat(1000)], { numRuns: 30 })(
    'a process goes down and its successor comes up at the same moments whatever the registry',
    (name, { kind, atS, forS }, seed) => {
      const action: FaultAction = kind === 'hang' ? { kind: 'hang' } : { kind: 'failing-checks', rate: 1 };
      const first = (registry: RegistrySettings): [number, boolean][] => {
        const trial = { ...world(registry, [fault(action, atS, atS + forS)], restarts), ...idle };
        // Under kubernetes probes draw a new phase with each container, so that later moments differ.
        return truths(traceOf(trial, seed)).slice(0, 2);
      };
      expect(first(kinds[name]?.registry ?? KUBERNETES)).toEqual(first(KUBERNETES));
    },
  );

  const faultKinds = ['hang', 'crash', 'blackhole', 'failing-checks', 'restart', 'registry'] as const;
  const troubles = fc.array(
    fc.record({
      kind: fc.constantFrom(...faultKinds),
      atS: fc.integer({ min: 1, max: 200 }),
      forS: fc.integer({ min: 1, max: 100 }),
      index: fc.nat(1),
    }),
    { maxLength: 6 },
  );
  const actionOf = (kind: (typeof faultKinds)[number]): FaultAction => {
    if (kind === 'failing-checks') return { kind, rate: 1 };
    if (kind === 'registry') return { kind, mode: 'down', zone: null };
    if (kind !== 'restart') return { kind };
    return { kind, drainMs: 1000, graceMs: 10_000, downMs: 4000, everyMs: 20_000 };
  };
  test.prop([fc.constantFrom(...cases.map(([name]) => name)), troubles, fc.nat(100)], { numRuns: 60 })(
    'instances go down and up by turns, and are up and believed in at the end, whatever happens',
    (name, drawnTroubles, seed) => {
      const faults = drawnTroubles.map(({ kind, atS, forS, index }) => ({
        ...fault(actionOf(kind), atS, kind === 'restart' ? Infinity : atS + forS, index),
        ...(kind === 'registry' ? { target: { kind: 'instances', indexes: [] } as const } : {}),
      }));
      const { registry } = kinds[name] ?? { registry: KUBERNETES };
      const trial = { ...world(registry, faults, restarts), ...idle, durationMs: 1_200_000 };
      const trace = traceOf(trial, seed);
      for (const instance of [0, 1, 2]) {
        const ups = trace.truths.filter((turn) => turn.instance === instance).map(({ up }) => up);
        expect(ups).toEqual(ups.map((_, i) => i % 2 === 1));
        expect(ups.at(-1) ?? true).toBe(true);
        expect(trace.beliefs.filter((belief) => belief.instance === instance).at(-1)?.good).toBe(true);
      }
    },
  );

  it('leaves no closed form of P(t)', () => {
    const hang = fault({ kind: 'hang' }, 60, 100);
    expect(availabilityModel(world(ETCD, [hang]))).toBeNull();
    expect(availabilityModel({ ...world(ETCD, [hang]), healthCheck: null })?.(70_000)).toBeCloseTo(2 / 3, 9);
  });
});
