import { describe, expect, it } from 'vitest';
import { createOutlierDetection } from '../../src/health/outlier/outlier_detection.ts';
import { OUTLIER_DETECTION } from '../../src/health/outlier/settings.ts';
import { runTrial } from '../../src/run/trial.ts';
import { removals } from '../helpers/removals.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';
import { foundOut } from './failing_hosts.ts';
import { expectAgreement, Z } from './theory.ts';

/** theory.md, Detection, passive: errors in a row, hosts, requests a millisecond of all callers of one system together. */
const [K, N, LAMBDA] = [5, 12, 0.2];

const ejecting = { ...OUTLIER_DETECTION, consecutive5xx: K, maxEjectionPercent: 100, enforcingSuccessRate: 0 };

/** `ofOne`: callers of one system. Detection by one of them, and attempts that fail until the last of them knows. */
function expected(ofOne: number, timeoutMs: number | null) {
  const waitMs = timeoutMs ?? 0;
  return { detectMs: (K * N * ofOne) / LAMBDA + waitMs, attempts: K * ofOne + (waitMs * LAMBDA) / N };
}

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

describe('k n C / lambda + T until a caller detects; k C + T lambda / n attempts fail: the check values', () => {
  // Of a caller's failures; detection varies least where it has a timeout in it, attempts do without one not at all.
  it.each([
    ['refused', 1, null, 300, 5, 48_000],
    ['no answer for 1 s', 1, 1000, 1300, 21.67, 9600],
    ['refused', 10, null, 3000, 50, 48_000],
    ['no answer for 1 s', 10, 1000, 4000, 66.67, 27_600],
  ] as const)('%s, %d callers', { timeout: 60_000 }, (_, ofOne, timeoutMs, checkMs, checkAttempts, count) => {
    const value = expected(ofOne, timeoutMs);
    expect(value.detectMs).toBeCloseTo(checkMs, 9);
    expect(value.attempts).toBeCloseTo(checkAttempts, 2);

    const rate = LAMBDA / ofOne;
    const places = foundOut({
      ...{ hosts: N, rate, timeoutMs, inEachPlace: count / N, seed: `check values ${ofOne} ${timeoutMs}` },
      ejection: (ports) => createOutlierDetection({ ...ports, settings: ejecting }),
    });
    const found = places.flat();
    // The k-th of a Poisson process: standard deviation sqrt(k) gaps.
    const boundMs = (Z * Math.sqrt(K / count) * N) / rate;
    expectAgreement({ mean: mean(found.map(({ detectMs }) => detectMs)), bound: boundMs }, value.detectMs);
    // Of all places together an uneven choice would hardly show.
    for (const place of places) {
      const ofOne = { mean: mean(place.map(({ detectMs }) => detectMs)), bound: boundMs * Math.sqrt(N) };
      expectAgreement(ofOne, value.detectMs, 0.035);
    }
    // k for certain, and a Poisson number until the k-th has timed out.
    const scatter = Math.sqrt(((timeoutMs ?? 0) * rate) / N / count);
    const attempts = mean(found.map(({ attempts }) => attempts));
    expectAgreement({ mean: ofOne * attempts, bound: ofOne * Z * scatter + 1e-9 }, value.attempts);
  });

  it('and in a world, one host of twelve that does not answer ten callers', { timeout: 60_000 }, () => {
    // Callers share nothing, so that these are forty systems of ten.
    const [count, ofOne, timeoutMs] = [400, 10, 1000];
    const rate = LAMBDA / ofOne;
    const trial = trialOf({
      // The k-th of a Poisson process is later than 26 times its gaps with probability 10^-7.
      durationMs: 1 + (26 * N) / rate + timeoutMs,
      strategy: { name: 'random', options: {} },
      instances: instances(N, { serviceTime: { kind: 'constant', valueMs: 0 } }),
      callers: callers(count),
      load: { arrivals: 'poisson', ratePerMs: rate * count, keys: null },
      request: {
        ...{ timeoutMs, perTryTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs },
        ...{ retries: 0, retryOn: [] },
      },
      outlierDetection: ejecting,
      faults: [
        {
          action: { kind: 'blackhole' },
          target: { kind: 'instances', indexes: [0] },
          when: { kind: 'at', atMs: 1, forMs: Infinity },
        },
      ],
    });
    const { failover, failovers } = runTrial(trial, 1, { recordSeries: false }).measures;
    expect(failover).toMatchObject({ atRisk: count, undetected: 0, censored: 0 });
    expect(failovers[0]?.removedBy).toEqual(removals({ ejection: count }));
    const value = expected(ofOne, timeoutMs);
    const boundMs = (Z * Math.sqrt(K / count) * N) / rate;
    expectAgreement({ mean: failover.detectMs.mean ?? Number.NaN, bound: boundMs }, value.detectMs, 0.1);
    const attempts = (failovers[0]?.failedAttempts ?? Number.NaN) / (count / ofOne);
    const bound = ofOne * Z * Math.sqrt((timeoutMs * rate) / N / count);
    expectAgreement({ mean: attempts, bound }, value.attempts, 0.05);
  });
});
