import { describe, expect, it } from 'vitest';
import { KUBERNETES_PROBE } from '../../../src/health/checks/settings.ts';
import type { FaultAction, FaultConfig, TrialConfig } from '../../../src/sim/config.ts';
import { KUBERNETES } from '../../../src/sim/registries/kubernetes/settings.ts';
import { checksOf } from '../../helpers/checks.ts';
import { instances, traceOf, trialOf } from '../../helpers/trial.ts';

/** Three pods with a readiness probe each 10 s, three failures of which count; one of them ails from 60 s to 160 s. */
const world = (action: FaultAction, written: Partial<TrialConfig> = {}): TrialConfig => {
  const fault: FaultConfig = {
    action,
    target: { kind: 'instances', indexes: [0] },
    when: { kind: 'at', atMs: 60_000, forMs: 100_000 },
  };
  return trialOf({
    durationMs: 240_000,
    instances: instances(3),
    load: { arrivals: 'constant', ratePerMs: 0.001, keys: null },
    registry: KUBERNETES,
    healthCheck: checksOf(
      { system: 'kubernetes', readiness: KUBERNETES_PROBE, liveness: null, startup: null },
      { by: 'node' },
    ),
    faults: [fault],
    ...written,
  });
};

/** How long after the fault began, and after it ended, the caller's view followed, in seconds; over some seeds. */
function lags(trial: TrialConfig): { out: number[]; back: number[] } {
  const out: number[] = [];
  const back: number[] = [];
  for (let seed = 0; seed < 8; seed++) {
    const turns = traceOf(trial, seed).views.filter(({ instance, atMs }) => instance === 0 && atMs >= 60_000);
    out.push(((turns.find(({ inView }) => !inView)?.atMs ?? Number.NaN) - 60_000) / 1000);
    back.push(((turns.find(({ inView }) => inView)?.atMs ?? Number.NaN) - 160_000) / 1000);
  }
  return { out, back };
}

const within = (values: number[], low: number, high: number): void => {
  for (const value of values) {
    expect(value).toBeGreaterThanOrEqual(low);
    expect(value).toBeLessThanOrEqual(high);
  }
};

describe('kubernetes with readiness probes, end to end', () => {
  it('a hung process is not ready after three probes, each of which times out', () => {
    const { out, back } = lags(world({ kind: 'hang' }));
    // The first at U(0, 10 s), the third two periods later, and its timeout.
    within(out, 21, 31);
    within(back, 0, 10.001);
  });

  it('a process that dies is not ready as soon as its kubelet looks, and ready when its first probe has passed', () => {
    const { out, back } = lags(world({ kind: 'crash' }));
    within(out, 0, 1);
    within(back, 0, 11);
  });

  it('a lost machine is not ready after its grace: 50 s from when its last renewal was seen', () => {
    const { out, back } = lags(world({ kind: 'blackhole' }));
    within(out, 40, 55);
    within(back, 0, 21);
  });

  it('a restart is seen by nobody who fails: deleted at once, refusing only when all have left', () => {
    const restart: FaultConfig = {
      action: { kind: 'restart', drainMs: 5000, graceMs: 30_000, downMs: 3000, everyMs: 40_000 },
      target: { kind: 'instances', indexes: [0, 1, 2] },
      when: { kind: 'at', atMs: 60_000, forMs: Infinity },
    };
    const settings = { ...KUBERNETES, watchLag: { kind: 'uniform', minMs: 0, maxMs: 4000 } } as const;
    const { done, views } = traceOf(world({ kind: 'hang' }, { registry: settings, faults: [restart] }));
    const after = done.filter(({ arrivedAtMs }) => arrivedAtMs > 20_000);
    expect(new Set(after.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
    expect(views.filter(({ inView, atMs }) => !inView && atMs >= 60_000)).toHaveLength(3);
  });
});
