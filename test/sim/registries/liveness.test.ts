import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { KUBERNETES_PROBE, type KubernetesCheckSettings } from '../../../src/health/checks/settings.ts';
import { runTrial } from '../../../src/run/trial.ts';
import type { FaultAction, FaultConfig, TrialConfig } from '../../../src/sim/config.ts';
import { ContainerRestarts } from '../../../src/sim/containers/restarts.ts';
import { RESTARTS } from '../../../src/sim/containers/settings.ts';
import { availabilityModel } from '../../../src/sim/faults/availability.ts';
import { KUBERNETES } from '../../../src/sim/registries/kubernetes/settings.ts';
import { checksOf } from '../../helpers/checks.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { instances, type Trace, traceOf, trialOf } from '../../helpers/trial.ts';

/** Starts of a container that fails its probe so long after each start and exits as soon as it is asked to, in seconds. */
function startsOf(livesS: readonly number[], maxWaitS: number): number[] {
  const clock = new ManualClock();
  const starts: number[] = [];
  const lives = [...livesS];
  const live = (): void => {
    const lifeS = lives.shift();
    if (lifeS !== undefined) clock.schedule(lifeS * 1000, () => restarts.restart(), 0);
  };
  const container = {
    terminate: (onExit: () => void) => onExit(),
    kill: () => expect.fail('it has exited'),
    start() {
      starts.push(clock.now() / 1000);
      live();
    },
  };
  const restarts = new ContainerRestarts({
    clock,
    container: () => container,
    graceMs: 30_000,
    maxWaitMs: maxWaitS * 1000,
    startMs: () => 0,
  });
  live();
  clock.advance(1e8);
  return starts;
}

/** The kubelet's own way: a map of back-offs that is swept, and a look every second at the exit it knows of. */
function naiveStartsOf(livesS: readonly number[], maxWaitS: number): number[] {
  const starts: number[] = [];
  let entry: { waitS: number; updatedS: number } | null = null;
  let exitedS: number | null = null;
  let nowS = 0;
  for (const lifeS of livesS) {
    nowS += lifeS;
    const killedS = nowS;
    for (let known = exitedS; ; known = killedS, nowS++) {
      if (entry !== null && nowS - entry.updatedS > 600) entry = null;
      if (known === null) break;
      if (entry !== null && nowS - known < entry.waitS) continue;
      entry = { waitS: Math.min(entry === null ? 10 : entry.waitS * 2, maxWaitS), updatedS: nowS };
      break;
    }
    exitedS = killedS;
    starts.push(nowS);
  }
  return starts;
}

describe('CrashLoopBackOff of what a liveness probe restarts', () => {
  it('holds back from the fifth restart on a container that fails 30 s after each start', () => {
    const starts = startsOf(Array(8).fill(30), 300);
    const waits = starts.map((atS, i) => atS - (starts[i - 1] ?? 0) - 30);
    // Waits of 10, 20, 40, 80, 160 and 300 s are counted from the exit before, which was 30 s ago at first.
    expect(waits).toEqual([0, 0, 0, 0, 40, 80, 160, 300]);
  });

  test.prop([
    fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 900 })), { maxLength: 12 }),
    fc.integer({ min: 1, max: 300 }),
  ])('is what the kubelet makes of any lives', (livesS, maxWaitS) => {
    expect(startsOf(livesS, maxWaitS)).toEqual(naiveStartsOf(livesS, maxWaitS));
  });
});

const probes = (written: Partial<KubernetesCheckSettings>, startMs = 3000): TrialConfig['healthCheck'] =>
  checksOf(
    { system: 'kubernetes', readiness: null, startup: null, liveness: KUBERNETES_PROBE, ...written },
    { by: 'node', restarts: { ...RESTARTS, containerStart: { kind: 'constant', valueMs: startMs } } },
  );

const fault = (action: FaultAction, atS: number, forS: number, index = 0): FaultConfig => ({
  action,
  target: { kind: 'instances', indexes: [index] },
  when: { kind: 'at', atMs: atS * 1000, forMs: forS * 1000 },
});

/** Three pods that start in 3 s, and a request a second for 400 s. */
const world = (written: Partial<TrialConfig>): TrialConfig =>
  trialOf({
    durationMs: 400_000,
    instances: instances(3),
    load: { arrivals: 'constant', ratePerMs: 0.001, keys: null },
    registry: KUBERNETES,
    healthCheck: probes({}),
    ...written,
  });

const truths = (trace: Trace): [number, boolean, number][] =>
  trace.truths.map(({ atMs, up, entry }) => [atMs / 1000, up, entry]);

describe('a liveness probe under kubernetes', () => {
  it("brings a hung process back: three probes, the grace period, a start; the hang that ends later is another process's", () => {
    for (let seed = 0; seed < 6; seed++) {
      const trace = traceOf(world({ faults: [fault({ kind: 'hang' }, 60, 200)] }), seed);
      const [down, up, ...rest] = truths(trace);
      expect(down).toEqual([60, false, 0]);
      // The first probe at U(0, 10 s), the third 20 s later, its timeout, 30 s of grace and 3 s.
      expect(up?.[0]).toBeGreaterThanOrEqual(60 + 20 + 1 + 30 + 3);
      expect(up?.[0]).toBeLessThanOrEqual(60 + 30 + 1 + 30 + 3);
      expect(up?.[1]).toBe(true);
      expect(rest).toEqual([]);
      // It does not hear of SIGTERM: what is sent to it is reset when it is killed, and refused only after.
      const killedMs = (up?.[0] ?? 0) * 1000 - 3000;
      const ended = trace.ends.filter(({ outcome }) => outcome !== 'ok');
      expect(ended.every(({ atMs, outcome }) => outcome === (atMs <= killedMs ? 'reset' : 'refused'))).toBe(true);
      expect(ended.filter(({ outcome }) => outcome === 'reset').length).toBeGreaterThan(10);
    }
  });

  it('a process that hears SIGTERM exits when it has finished: it is down for as long as another takes to start', () => {
    const trace = traceOf(world({ faults: [fault({ kind: 'failing-checks', rate: 1 }, 60, 40)] }));
    const turns = truths(trace);
    expect(turns.map(([, up, entry]) => [up, entry])).toEqual([
      [false, -1],
      [true, -1],
    ]);
    const [[downS], [upS]] = turns;
    expect(downS).toBeGreaterThanOrEqual(80);
    expect(downS).toBeLessThanOrEqual(90);
    expect(upS - downS).toBeCloseTo(3, 6);
  });

  it('a new container has to pass its readiness probe anew, even where nobody missed the old one', () => {
    const readiness = { ...KUBERNETES_PROBE, failureThreshold: 100 };
    const registry = { ...KUBERNETES, relistMs: 10 };
    const faults = [fault({ kind: 'failing-checks', rate: 1 }, 60, 35)];
    for (let seed = 0; seed < 6; seed++) {
      const trace = traceOf(world({ registry, healthCheck: probes({ readiness }, 0), faults }), seed);
      const [[downS], [upS]] = truths(trace);
      expect(upS).toBe(downS);
      const views = trace.views.filter(({ atMs, instance }) => atMs > 30_000 && instance === 0);
      expect(views.map(({ inView }) => inView)).toEqual([false, true]);
      expect(views[0]?.atMs).toBeLessThanOrEqual(downS * 1000 + 10.001);
    }
  });

  it('fails again and again where its checks do: its restarts are held back', () => {
    const trace = traceOf(world({ faults: [fault({ kind: 'failing-checks', rate: 1 }, 60, Infinity)] }));
    const turns = truths(trace);
    const outagesS = turns.flatMap(([atS, up], i) => (up ? [atS - (turns[i - 1]?.[0] ?? 0)] : []));
    // Each life is 20 to 30 s. The fifth restart waits for 40 s, and the next for 80 s.
    expect(outagesS.slice(0, 4).every((s) => Math.abs(s - 3) < 1e-6)).toBe(true);
    expect(outagesS[4]).toBeCloseTo(43, 6);
  });

  it('is a failover of its own in the results, whatever ailed it', () => {
    const trial = world({ faults: [fault({ kind: 'failing-checks', rate: 1 }, 60, 40)] });
    const { measures } = runTrial(trial, 1, { recordSeries: false });
    expect(measures.failovers.map((row) => row.fault)).toEqual(['liveness']);
    expect(availabilityModel(world({ faults: [fault({ kind: 'hang' }, 60, 200)] }))).toBeNull();
  });

  it('restarts nobody whose pod is being deleted', () => {
    const restart: FaultConfig = {
      action: { kind: 'restart', drainMs: 90_000, graceMs: 120_000, downMs: 5000, everyMs: 200_000 },
      target: { kind: 'instances', indexes: [0] },
      when: { kind: 'at', atMs: 60_000, forMs: Infinity },
    };
    const ill = fault({ kind: 'failing-checks', rate: 1 }, 61, 80);
    expect(truths(traceOf(world({ faults: [restart, ill] }))).map(([atS, up]) => [atS, up])).toEqual([
      [150, false],
      [155, true],
    ]);
  });
});

describe('kubelets that restart, and faults of every kind', () => {
  const kinds = ['hang', 'crash', 'blackhole', 'failing-checks', 'restart'] as const;
  const faults = fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      atS: fc.integer({ min: 1, max: 200 }),
      forS: fc.integer({ min: 1, max: 150 }),
      index: fc.nat(1),
    }),
    { maxLength: 6 },
  );
  const actionOf = (kind: (typeof kinds)[number]): FaultAction => {
    if (kind === 'failing-checks') return { kind, rate: 1 };
    if (kind !== 'restart') return { kind };
    return { kind, drainMs: 1000, graceMs: 10_000, downMs: 4000, everyMs: 20_000 };
  };
  test.prop([faults, fc.nat(100)], { numRuns: 40 })(
    'instances go down and up by turns, and are up in the end',
    (drawn, seed) => {
      const trial = world({
        durationMs: 1_000_000,
        load: { arrivals: 'constant', ratePerMs: 0.0001, keys: null },
        healthCheck: probes({ readiness: KUBERNETES_PROBE }),
        faults: drawn.map(({ kind, atS, forS, index }) =>
          fault(actionOf(kind), atS, kind === 'restart' ? Infinity : forS, index),
        ),
      });
      const trace = traceOf(trial, seed);
      for (const instance of [0, 1, 2]) {
        const turns = trace.truths.filter((turn) => turn.instance === instance).map(({ up }) => up);
        expect(turns).toEqual(turns.map((_, i) => i % 2 === 1));
        expect(turns.at(-1) ?? true).toBe(true);
        expect(trace.views.filter((view) => view.instance === instance).at(-1)?.inView).toBe(true);
      }
    },
  );
});
