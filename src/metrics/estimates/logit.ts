import { logit, mean, sampleStandardDeviation } from 'simple-statistics';
import { studentQuantile } from '../intervals.ts';
import { areIdentical, type Estimate, studentEstimate } from './estimate.ts';

/**
 * The mean share, its interval Student's on the scale of the logit, so that it stays within 0 and 1 and is wider on the
 * side that has room (Agresti, Categorical Data Analysis, 3.1.6: the standard error of logit p is that of p over
 * p (1 - p)). The scatter is that of the replications, not the binomial's: requests of one run share their faults.
 */
export function shareEstimate(values: readonly (number | null)[]): Estimate {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n < 2 || areIdentical(known)) return studentEstimate(values);
  const point = mean(known);
  if (!(point > 0 && point < 1)) return studentEstimate(values);
  const error = sampleStandardDeviation(known) / Math.sqrt(n) / (point * (1 - point));
  const half = studentQuantile(0.95, n - 1) * error;
  const at = (shift: number) => 1 / (1 + Math.exp(-(logit(point) + shift)));
  return { point, low: at(-half), high: at(half), n, method: 'logit', note: null, beyond: null };
}
