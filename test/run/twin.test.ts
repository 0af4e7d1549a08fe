import { describe, expect, it } from 'vitest';
import { runTrial } from '../../src/run/trial.ts';
import type { FaultConfig, TrialConfig } from '../../src/sim/config.ts';
import { fakeTrial } from '../helpers/fake_report.ts';

const nothing = { failures: 0, delayedRequests: 0, extraSeconds: 0, collateral: 0 };

/** Three instances at half of what they can do, 2000 requests. */
function world(faults: readonly FaultConfig[], changes: Partial<TrialConfig> = {}): TrialConfig {
  const base = fakeTrial('round-robin');
  const instances = ['a-1', 'b-1', 'c-1'].map((id) => ({
    ...base.instances[0],
    ...{ id, address: `${id}:80`, queue: 20, serviceTime: { kind: 'exponential' as const, meanMs: 3 } },
  }));
  return { ...base, instances, faults, durationMs: 4000, warmupMs: 200, ...changes };
}

function fault(
  action: FaultConfig['action'],
  indexes: readonly number[] = [0],
  atMs = 2000,
  forMs = 1000,
): FaultConfig {
  return { action, target: { kind: 'instances', indexes }, when: { kind: 'at', atMs, forMs } };
}

const restart = { kind: 'restart', drainMs: 100, downMs: 500, everyMs: 700 } as const;

describe('the counterfactual twin', () => {
  it.each([
    ['slow by a factor of 1', fault({ kind: 'slow', factor: 1 })],
    ['errors at a rate of 0', fault({ kind: 'errors', rate: 0, probes: false })],
    ['a crash of an instance that gets nothing', fault({ kind: 'crash' }, [3])],
    ['a restart of it', fault(restart, [3])],
    ['a crash long after', fault({ kind: 'crash' }, [0], 100_000)],
  ])('shows nothing where the fault does nothing: %s', (_what, one) => {
    const trial = world([one]);
    const idle = { ...trial.instances[0], id: 'd-1', address: 'd-1:80', weight: 0 };
    const { measures } = runTrial({ ...trial, instances: [...trial.instances, idle] }, 7, {
      recordSeries: false,
      twin: true,
    });
    expect(measures.requests.offered).toBeGreaterThan(1800);
    expect(measures.twin).toEqual(nothing);
  });

  it.each([
    ['crash', fault({ kind: 'crash' })],
    ['blackhole', fault({ kind: 'blackhole' })],
    ['restart', fault(restart, [0, 1])],
    ['slow', fault({ kind: 'slow', factor: 50 })],
    [
      'registry',
      {
        ...fault({ kind: 'registry', mode: 'down', zone: null }),
        target: { kind: 'instances', indexes: [] },
      } as FaultConfig,
    ],
  ])('%s: failures are what fewer succeed, and the run itself is as without a twin', (_kind, one) => {
    const trial = world([one], { request: { ...world([]).request, timeoutMs: 200 } });
    const alone = runTrial(trial, 3, { recordSeries: true });
    const calm = runTrial({ ...trial, faults: [] }, 3, { recordSeries: false });
    const beside = runTrial(trial, 3, { recordSeries: true, twin: true });
    const { twin, ...measures } = beside.measures;
    expect({ ...measures, twin: null }).toEqual(alone.measures);
    expect(beside.series).toEqual(alone.series);
    expect(beside.sample.conditions.twinResponses).toEqual(calm.sample.conditions.responses);
    const succeeded = calm.measures.requests.succeeded - alone.measures.requests.succeeded;
    expect(twin?.failures).toBe(succeeded);
    if (one.action.kind === 'registry') expect(twin).toEqual(nothing);
    else expect(succeeded + (twin?.extraSeconds ?? 0)).toBeGreaterThan(0);
  });

  it('tells the requests that others lost for it: the two that are left are overloaded', () => {
    // At 0.8 of capacity in all, two of three are at 1.2 of theirs: 133 too many come in the second, and queues hold 40.
    const trial = world([fault({ kind: 'crash' })], {
      load: { arrivals: 'poisson', ratePerMs: 0.8, keys: null },
      healthCheck: null,
      outlierDetection: null,
      request: {
        timeoutMs: 1000,
        perTryTimeoutMs: Infinity,
        connectTimeoutMs: Infinity,
        retries: 1,
        retryOn: ['connect-failure', 'reset'],
      },
    });
    const { twin } = runTrial(trial, 1, { recordSeries: false, twin: true }).measures;
    expect(twin?.collateral).toBeGreaterThan(40);
    expect(twin?.failures).toBeGreaterThanOrEqual(twin?.collateral ?? Infinity);
    expect(twin?.delayedRequests).toBeGreaterThan(100);
    expect(twin?.extraSeconds).toBeGreaterThan(5);
  });
});
