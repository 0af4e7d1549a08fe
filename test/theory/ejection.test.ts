import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { createOutlierDetection } from '../../src/health/outlier/outlier_detection.ts';
import { OUTLIER_DETECTION } from '../../src/health/outlier/settings.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { FaultAction, TrialConfig } from '../../src/sim/config.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { removals } from '../helpers/removals.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';
import { estimate, expectAgreement, Z } from './theory.ts';

/** Errors in a row, in all of this file. */
const K = 5;
/** Of one caller, a millisecond. */
const LAMBDA = 0.001;

const ejecting = { ...OUTLIER_DETECTION, consecutive5xx: K, maxEjectionPercent: 100, enforcingSuccessRate: 0 };

/** Callers at rate lambda each, who share nothing but `n` instances of no service time, one of which fails. */
const failing = (
  n: number,
  count: number,
  failAtMs: number,
  written: Partial<TrialConfig>,
  kind: 'crash' | 'blackhole',
) =>
  trialOf({
    instances: instances(n, { serviceTime: { kind: 'constant', valueMs: 0 } }),
    callers: callers(count),
    load: { arrivals: 'poisson', ratePerMs: LAMBDA * count, keys: null },
    outlierDetection: ejecting,
    faults: [
      {
        action: { kind } satisfies FaultAction,
        target: { kind: 'instances', indexes: [0] },
        when: { kind: 'at', atMs: failAtMs, forMs: Infinity },
      },
    ],
    ...written,
  });

/** The mean over all callers and runs; every one of them must have noticed. */
function meanDetectMs(trial: TrialConfig, runs: number): number {
  let total = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const { failover, failovers } = runTrial(trial, seed, { recordSeries: false }).measures;
    expect(failover).toMatchObject({ atRisk: trial.callers.length, undetected: 0, censored: 0 });
    expect(failovers[0]?.removedBy).toEqual(removals({ ejection: trial.callers.length }));
    total += failover.detectMs.mean ?? Number.NaN;
  }
  return total / runs;
}

describe('theory.md, Detection: passive, k errors in a row, each caller by itself', () => {
  it('random: k n / lambda', () => {
    const n = 2;
    const [runs, count] = [60, 770];
    const trial = failing(n, count, 1, { durationMs: 61_000, strategy: { name: 'random', options: {} } }, 'crash');
    const expected = (K * n) / LAMBDA;
    // The k-th of a Poisson process of rate lambda / n: standard deviation sqrt(k) n / lambda.
    const bound = (Z * Math.sqrt(K) * n) / LAMBDA / Math.sqrt(runs * count);
    expectAgreement({ mean: meanDetectMs(trial, runs), bound }, expected);
  });

  for (const kind of ['crash', 'blackhole'] as const) {
    it(`round robin: (k-1)n/lambda + (n+1)/(2 lambda), ${kind}`, () => {
      const [n, runs, count] = [12, 10, 520];
      // Sixty requests before the failure: where a cursor stands is then uniform but for e^(-60 (1 - cos(2 pi / 12))).
      const failAtMs = 60 / LAMBDA;
      const timeoutMs = kind === 'blackhole' ? 1000 : Infinity;
      const request = { timeoutMs, perTryTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs, retries: 0, retryOn: [] };
      const trial = failing(n, count, failAtMs, { durationMs: failAtMs + 130 / LAMBDA, request }, kind);
      const waitMs = kind === 'blackhole' ? timeoutMs : 0;
      const expected = ((K - 1) * n) / LAMBDA + (n + 1) / (2 * LAMBDA) + waitMs;
      // M = (k-1)n + U{1..n} requests, each an exponential time: variance (E[M] + Var[M]) / lambda^2.
      const requests = (K - 1) * n + (n + 1) / 2;
      const deviationMs = Math.sqrt(requests + (n * n - 1) / 12) / LAMBDA;
      expectAgreement(
        { mean: meanDetectMs(trial, runs), bound: (Z * deviationMs) / Math.sqrt(runs * count) },
        expected,
      );
    });
  }
});

it('theory.md, Detection: partial errors at rate p eject a host after (1-p^k)/(p^k(1-p)) requests', () => {
  const p = 0.7;
  const random = randomStream('partial errors');
  let isOut = false;
  const passive = createOutlierDetection({
    clock: new ManualClock(),
    random: random.fork('ejection'),
    settings: ejecting,
    listener: (_host, out) => {
      isOut = out;
    },
  });
  const needed = Array.from({ length: 200_000 }, () => {
    passive.remove(0);
    passive.add(0);
    let requests = 0;
    for (isOut = false; !isOut; requests++) passive.ended(0, random.unit() < p ? Outcome.error : Outcome.ok, 0);
    return requests;
  });
  expectAgreement(estimate(needed), (1 - p ** K) / (p ** K * (1 - p)));
});
