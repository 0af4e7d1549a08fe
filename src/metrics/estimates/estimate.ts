import { type Interval, studentInterval } from '../intervals.ts';
import { NOT_REACHED } from '../not_reached.ts';
import { IDENTICAL, type Method } from './estimation.ts';

/** A metric over the replications of a column, with its 95% interval. */
export interface Estimate {
  /** null: nothing was measured. NOT_REACHED: larger than was observed. */
  readonly point: number | null;
  /** null where there is no interval. */
  readonly low: number | null;
  /** null where there is no interval. NOT_REACHED where it has no upper end: it lies beyond what was observed. */
  readonly high: number | null;
  /** Replications in which the metric has a value. */
  readonly n: number;
  readonly method: Method;
  /** What to know of the interval, or why there is none; null mostly. */
  readonly note: string | null;
  /** Where it is not reached, the longest time it was watched for, if that is known: it lies above. Otherwise null. */
  readonly beyond: number | null;
}

/** Whether there are several values, and all are one. */
export function areIdentical(values: readonly (number | null)[]): boolean {
  const known = values.filter((value) => value !== null);
  return known.length > 1 && known.every((value) => value === known[0]);
}

/** The mean with Student's interval. Where it is not reached in some replication it is not reached: the others would speak for the lucky ones. */
export function studentEstimate(values: readonly (number | null)[]): Estimate {
  const { mean, low, high, n } = studentInterval(values);
  const point = values.includes(NOT_REACHED) ? NOT_REACHED : mean;
  const note = point !== NOT_REACHED && areIdentical(values) ? IDENTICAL : null;
  return { point, low, high, n, method: 'student', note, beyond: null };
}

/** Student's interval of the values on another scale, back on their own. `back` rises or falls all along. */
export function transformed(
  values: readonly (number | null)[],
  method: Method,
  forth: (value: number) => number,
  back: (scaled: number) => number,
): Estimate {
  const scaled = studentInterval(values.map((value) => (value === null ? null : forth(value))));
  const at = (value: number | null) => (value === null ? null : back(value));
  const [one, other]: Interval['low'][] = [at(scaled.low), at(scaled.high)];
  const ends = one === null || other === null ? { low: null, high: null } : ordered(one, other);
  const note = areIdentical(values) ? IDENTICAL : null;
  return { point: at(scaled.mean), ...ends, n: scaled.n, method, note, beyond: null };
}

function ordered(one: number, other: number): { low: number; high: number } {
  return { low: Math.min(one, other), high: Math.max(one, other) };
}
