import { describe, expect, it } from 'vitest';
import { OUTLIER_DETECTION } from '../../src/health/outlier/settings.ts';
import { runTrial } from '../../src/run/trial.ts';
import { removals } from '../helpers/removals.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';
import { expectAgreement, Z } from './theory.ts';

/** theory.md, Detection, passive: errors in a row, hosts, requests a millisecond of all callers of one system together. */
const [K, N, LAMBDA] = [5, 12, 0.2];
/** Callers share nothing, so that this many in one run are as many systems of one caller, or a tenth as many of ten. */
const COUNT = 400;

/** `ofOne`: callers of one system. Measured: detection, and failed attempts in one system until its last caller knows. */
function measured(ofOne: number, timeoutMs: number | null) {
  const rate = LAMBDA / ofOne;
  const waits = timeoutMs ?? Infinity;
  const trial = trialOf({
    // The k-th of a Poisson process is later than 26 times its gaps with probability 10^-7.
    durationMs: 1 + (26 * N) / rate + (timeoutMs ?? 0),
    strategy: { name: 'random', options: {} },
    instances: instances(N, { serviceTime: { kind: 'constant', valueMs: 0 } }),
    callers: callers(COUNT),
    load: { arrivals: 'poisson', ratePerMs: rate * COUNT, keys: null },
    request: { timeoutMs: waits, perTryTimeoutMs: waits, connectTimeoutMs: waits, retries: 0, retryOn: [] },
    outlierDetection: { ...OUTLIER_DETECTION, consecutive5xx: K, maxEjectionPercent: 100, enforcingSuccessRate: 0 },
    faults: [
      {
        action: { kind: timeoutMs === null ? 'crash' : 'blackhole' },
        target: { kind: 'instances', indexes: [0] },
        when: { kind: 'at', atMs: 1, forMs: Infinity },
      },
    ],
  });
  const { failover, failovers } = runTrial(trial, 1, { recordSeries: false }).measures;
  expect(failover).toMatchObject({ atRisk: COUNT, undetected: 0, censored: 0 });
  expect(failovers[0]?.removedBy).toEqual(removals({ ejection: COUNT }));
  return {
    detectMs: failover.detectMs.mean ?? Number.NaN,
    attempts: ((failovers[0]?.failedAttempts ?? Number.NaN) * ofOne) / COUNT,
  };
}

describe('k n C / lambda + T until a caller detects; k C + T lambda / n attempts fail: the check values', () => {
  it.each([
    ['refused', 1, null, 300, 5],
    ['no answer for 1 s', 1, 1000, 1300, 21.67],
    ['refused', 10, null, 3000, 50],
    ['no answer for 1 s', 10, 1000, 4000, 66.67],
  ] as const)('%s, %d callers', { timeout: 60_000 }, (_, ofOne, timeoutMs, checkMs, checkAttempts) => {
    const waitMs = timeoutMs ?? 0;
    const expectedMs = (K * N * ofOne) / LAMBDA + waitMs;
    const expectedAttempts = K * ofOne + (waitMs * LAMBDA) / N;
    expect(expectedMs).toBeCloseTo(checkMs, 9);
    expect(expectedAttempts).toBeCloseTo(checkAttempts, 2);

    const { detectMs, attempts } = measured(ofOne, timeoutMs);
    // The k-th of a Poisson process: standard deviation sqrt(k) gaps.
    const boundMs = (Z * Math.sqrt(K / COUNT) * N * ofOne) / LAMBDA;
    expectAgreement({ mean: detectMs, bound: boundMs }, expectedMs, 0.11);
    // k for certain, and a Poisson number until the first time out of the last of them.
    const bound = Z * Math.sqrt((waitMs * LAMBDA * ofOne) / N / COUNT);
    expectAgreement({ mean: attempts, bound: bound + 1e-9 }, expectedAttempts, 0.05);
  });
});
