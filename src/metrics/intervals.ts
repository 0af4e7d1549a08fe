import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { invariant } from '../core/assert.ts';

/**
 * The value of a metric that was watched for and not reached: longer than was observed, by nobody knows how much. Inside
 * only, so that it compares as larger than any limit; every output says null.
 */
export const NOT_REACHED = Number.POSITIVE_INFINITY;

/** What an output says of a value. */
export function finiteOrNull(value: number | null): number | null {
  return value === NOT_REACHED ? null : value;
}

/**
 * A mean with its two-sided 95% interval. Without a value the mean is null too; with fewer than two there is no interval.
 * `n` counts the values it could rest on.
 */
export interface Interval {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/**
 * Student's interval for the mean of independent replications: mean +- t(0.975, n - 1) s / sqrt n (Student, Biometrika 6,
 * 1908). Nulls, replications in which the metric has no value, are left out. Where one is not reached there is no mean:
 * that of the others would speak for the lucky ones.
 */
export function studentInterval(values: readonly (number | null)[]): Interval {
  const known = values.filter((value) => value !== null && value !== NOT_REACHED) as number[];
  const n = known.length;
  if (n === 0 || values.includes(NOT_REACHED)) return { mean: null, low: null, high: null, n };
  // Adding 0 keeps -0 out of the output.
  const average = mean(known) + 0;
  if (n === 1) return { mean: average, low: null, high: null, n };
  const halfWidth = tQuantile(0.975, n - 1) * (sampleStandardDeviation(known) / Math.sqrt(n));
  return { mean: average, low: average - halfWidth + 0, high: average + halfWidth + 0, n };
}

/**
 * The interval of a[i] - b[i], paired by position. A pair in which both are null, or both not reached, is left out. Where
 * only one side of a pair has a value there is no difference to tell: what is missing is not missing at random.
 */
export function pairedDifference(a: readonly (number | null)[], b: readonly (number | null)[]): Interval {
  invariant(a.length === b.length, () => `pairs need equal lengths, found ${a.length} and ${b.length}`);
  const differences = a.map((value, i) => {
    const [ours, theirs] = [finiteOrNull(value), finiteOrNull(b[i])];
    if (ours !== null && theirs !== null) return ours - theirs;
    return value === b[i] ? null : NOT_REACHED;
  });
  return studentInterval(differences);
}
