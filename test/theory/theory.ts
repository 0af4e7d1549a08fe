import quantile from '@stdlib/stats-base-dists-t-quantile';
import { expect } from 'vitest';
import type { CellMeasures } from '../../src/metrics/measures.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';

/**
 * The family of all checks here has an error of 10^-3: each may err with probability 1.6 x 10^-6, that is |z| <= 4.8
 * where the standard error comes from a formula, else the Student quantile at that level (theory.md, "How wide is fair").
 */
export const Z = 4.8;
const LEVEL = 1 - 0.8e-6;

/** Exponential service of mean 1 ms, Poisson arrivals at load `rho` for each of `servers` instances, one caller. */
export function queueing(
  servers: number,
  rho: number,
  written: Partial<TrialConfig> & Pick<TrialConfig, 'durationMs' | 'warmupMs'>,
  workers = 1,
): TrialConfig {
  const service = { serviceTime: { kind: 'exponential', meanMs: 1 }, concurrency: workers } as const;
  return trialOf({
    instances: instances(servers, service),
    callers: callers(1),
    load: { arrivals: 'poisson', ratePerMs: rho * servers * workers, keys: null },
    ...written,
  });
}

/** The estimate of a mean and how far it may lie from the truth. */
export interface Estimate {
  readonly mean: number;
  readonly bound: number;
}

/** Runs a trial with seeds 1 to `replications`. */
export function replicate(
  trial: TrialConfig,
  replications: number,
  figure: (measures: CellMeasures) => number,
): Estimate {
  return estimate(
    Array.from({ length: replications }, (_, r) => figure(runTrial(trial, r + 1, { recordSeries: false }).measures)),
  );
}

/** Student's bound on the mean of independent values. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, bound: quantile(LEVEL, n - 1) * Math.sqrt(variance / n) };
}

/** A value, and a figure of the same replication whose mean is known to be 0. */
interface Controlled {
  readonly value: number;
  readonly control: number;
}

/**
 * The mean of the values, less what the control explains of each: its coefficient is that of a linear regression
 * (Lavenberg and Welch, Management Science 27(3), 1981), so one degree of freedom is gone.
 */
function controlled(runs: readonly Controlled[]): Estimate {
  const n = runs.length;
  const mean = (of: (run: Controlled) => number): number => runs.reduce((sum, run) => sum + of(run), 0) / n;
  const [value, control] = [mean((run) => run.value), mean((run) => run.control)];
  const spread = mean((run) => (run.control - control) ** 2);
  const slope = mean((run) => (run.control - control) * (run.value - value)) / spread;
  const left = mean((run) => (run.value - value - slope * (run.control - control)) ** 2);
  // Of the regression's intercept, at the control's known mean.
  const error = Math.sqrt((left / (n - 2)) * (1 + control ** 2 / spread));
  return { mean: value - slope * control, bound: quantile(LEVEL, n - 2) * error };
}

/** The mean response of so many replications, less what they owe to servers that were more or less busy than `rho`. Those that are never up do not count. */
export function meanResponseByBusy(trial: TrialConfig, rho: number, replications: number): Estimate {
  const runs = Array.from({ length: replications }, (_, r) => {
    const { latencyMs, instances: found } = runTrial(trial, r + 1, { recordSeries: false }).measures;
    const shares = found.flatMap(({ utilization }) => (utilization === null ? [] : [utilization]));
    const busy = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    return { value: latencyMs.mean ?? Number.NaN, control: busy - rho };
  });
  return controlled(runs);
}

/** The estimate agrees with theory, and is sharp enough for that to mean something: its bound is at most `within` of the value. */
export function expectAgreement({ mean, bound }: Estimate, expected: number, within = 0.01): void {
  expect(bound, `the bound must be at most ${within} of ${expected}`).toBeLessThanOrEqual(within * expected);
  expect(Math.abs(mean - expected), `measured ${mean}, theory says ${expected} +- ${bound}`).toBeLessThanOrEqual(bound);
}

/** The mean of the logarithms of the ratio, paired by seed, lies below 0 by more than Student's bound. */
export function expectBelow(lower: readonly number[], upper: readonly number[]): void {
  const { mean, bound } = estimate(lower.map((value, i) => Math.log(value / upper[i])));
  expect(mean + bound, `${lower} against ${upper}`).toBeLessThan(0);
}

/** So many of `count` independent tries: as many as this probability says, to a hundredth of it. */
export function expectShare(hits: number, count: number, probability: number): void {
  const bound = Z * Math.sqrt((probability * (1 - probability)) / count);
  expectAgreement({ mean: hits / count, bound }, probability);
}

/** How many tries it takes for that: Z sqrt(p (1 - p) / n) is at most p / 100. */
export function triesFor(probability: number): number {
  return Math.ceil(((100 * Z) ** 2 * (1 - probability)) / probability) + 1;
}

/** Time that warm-up should last at least: ten relaxation times of an M/M/1 queue with unit service, 1/(1 - sqrt rho)^2. */
export function relaxedMs(rho: number): number {
  return Math.ceil(10 / (1 - Math.sqrt(rho)) ** 2);
}

export function latency(figure: 'mean' | 'p50' | 'p99'): (measures: CellMeasures) => number {
  return ({ latencyMs }) => latencyMs[figure] ?? Number.NaN;
}

/**
 * These samples follow that distribution function: no point of their empirical one is farther from it than chance allows,
 * by the bound of Dvoretzky, Kiefer and Wolfowitz in Massart's form, P(D > d) <= 2 exp(-2 n d^2), which holds for laws
 * with jumps too. `error`: how exact `cdf` is.
 */
export function expectLaw(samples: readonly number[], cdf: (value: number) => number, error = 0): void {
  const sorted = Float64Array.from(samples).sort();
  const n = sorted.length;
  // 1 - LEVEL is the error of one side.
  const bound = Math.sqrt(Math.log(1 / (1 - LEVEL)) / (2 * n)) + error;
  let widest = 0;
  for (let i = 0; i < n; i++) {
    // Of equal samples the last has the share at or below them, and just below them is the share before the first.
    const value = sorted[i];
    if (i === n - 1 || sorted[i + 1] > value) widest = Math.max(widest, Math.abs((i + 1) / n - cdf(value)));
    if (i === 0 || sorted[i - 1] < value)
      widest = Math.max(widest, Math.abs(i / n - cdf(value - 1e-9 * (Math.abs(value) + 1e-9))));
  }
  expect(widest, `the greatest distance from the law, of ${n} samples`).toBeLessThan(bound);
}

/** These samples follow the uniform law on [from, to], and none is outside. */
export function expectUniform(samples: readonly number[], from: number, to: number): void {
  expect(Math.min(...samples)).toBeGreaterThanOrEqual(from - 1e-6);
  expect(Math.max(...samples)).toBeLessThanOrEqual(to + 1e-6);
  expectLaw(samples, (value) => Math.min(1, Math.max(0, (value - from) / (to - from))));
}
