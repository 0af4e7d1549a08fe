import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { mean } from 'simple-statistics';
import { NOT_REACHED } from './not_reached.ts';

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

/** Student's t for a two-sided interval at `level`: 2.262 for 0.95 and 9 degrees of freedom, which need not be whole. */
export function studentQuantile(level: number, degreesOfFreedom: number): number {
  return tQuantile(1 - (1 - level) / 2, degreesOfFreedom);
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
  return { mean: average, ...scatterInterval(average, known), n };
}

/** The interval of a point that values scatter about: point +- t s / sqrt n, s their root mean square distance from it with n - 1. */
export function scatterInterval(point: number, values: readonly number[]): Pick<Interval, 'low' | 'high'> {
  const n = values.length;
  if (n < 2) return { low: null, high: null };
  const halfWidth = studentQuantile(0.95, n - 1) * scatterError(point, values);
  return { low: point - halfWidth + 0, high: point + halfWidth + 0 };
}

/** The standard error of a point that at least two values scatter about. */
export function scatterError(point: number, values: readonly number[]): number {
  const n = values.length;
  const squares = values.reduce((sum, value) => sum + (value - point) ** 2, 0);
  return Math.sqrt(squares / (n - 1) / n);
}
