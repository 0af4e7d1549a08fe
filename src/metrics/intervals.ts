import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { invariant } from '../core/assert.ts';

/** A mean with its two-sided 95% interval. Without a value the mean is null too; with fewer than two there is no interval. */
export interface Interval {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/**
 * Student's interval for the mean of independent replications: mean +- t(0.975, n - 1) s / sqrt n (Student, Biometrika 6,
 * 1908). Nulls, replications in which the metric has no value, are left out.
 */
export function studentInterval(values: readonly (number | null)[]): Interval {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n === 0) return { mean: null, low: null, high: null, n };
  // Adding 0 keeps -0 out of the output.
  const average = mean(known) + 0;
  if (n === 1) return { mean: average, low: null, high: null, n };
  const halfWidth = tQuantile(0.975, n - 1) * (sampleStandardDeviation(known) / Math.sqrt(n));
  return { mean: average, low: average - halfWidth + 0, high: average + halfWidth + 0, n };
}

/** The interval of a[i] - b[i], paired by position; a pair in which either is null is left out. */
export function pairedDifference(a: readonly (number | null)[], b: readonly (number | null)[]): Interval {
  invariant(a.length === b.length, () => `pairs need equal lengths, found ${a.length} and ${b.length}`);
  return studentInterval(
    a.map((value, i) => {
      const other = b[i];
      return value === null || other === null ? null : value - other;
    }),
  );
}
