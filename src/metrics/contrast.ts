import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { mean, sampleVariance } from 'simple-statistics';

/** How one set of replications differs from another. */
export interface Contrast {
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Its interval is that of its logarithm; null unless both means are above 0. */
  readonly ratio: number | null;
  readonly ratioLow: number | null;
  readonly ratioHigh: number | null;
  /** Pairs, or the fewer replications of the two. */
  readonly n: number;
}

interface Errors {
  /** Standard errors of the difference and of the ratio's logarithm. */
  readonly difference: number;
  readonly logRatio: number;
  readonly df: number;
}

/**
 * b[i] - a[i] of replications that met the same requests: Student's interval of the pairs' differences, and of
 * b_i / B - a_i / A for the logarithm of B / A (the delta method: Cochran, Sampling Techniques, 6.4).
 */
export function paired(a: readonly number[], b: readonly number[], level: number): Contrast {
  const n = a.length;
  const error = (values: readonly number[]) => Math.sqrt(sampleVariance([...values]) / n);
  return contrast(a, b, level, n, (A, B) => ({
    difference: error(b.map((value, i) => value - a[i])),
    logRatio: error(b.map((value, i) => value / B - a[i] / A)),
    df: n - 1,
  }));
}

/** Of replications that did not: Welch's interval (Biometrika 34, 1947), degrees of freedom by Satterthwaite. */
export function welch(a: readonly number[], b: readonly number[], level: number): Contrast {
  return contrast(a, b, level, Math.min(a.length, b.length), (A, B) => {
    const [own, other] = [a, b].map((values) => sampleVariance([...values]) / values.length);
    const df = (own + other) ** 2 / (own ** 2 / (a.length - 1) + other ** 2 / (b.length - 1));
    return {
      difference: Math.sqrt(own + other),
      logRatio: Math.sqrt(own / A ** 2 + other / B ** 2),
      df: Number.isFinite(df) ? df : Math.min(a.length, b.length) - 1,
    };
  });
}

function contrast(
  a: readonly number[],
  b: readonly number[],
  level: number,
  n: number,
  errorsOf: (A: number, B: number) => Errors,
): Contrast {
  const none = { difference: null, low: null, high: null, ratio: null, ratioLow: null, ratioHigh: null, n };
  if (n === 0) return none;
  const [A, B] = [mean([...a]), mean([...b])];
  // Adding 0 keeps -0 out of the output.
  const difference = B - A + 0;
  const ratio = A > 0 && B > 0 ? B / A : null;
  if (n === 1) return { ...none, difference, ratio };
  const errors = errorsOf(A, B);
  const t = tQuantile(1 - (1 - level) / 2, errors.df);
  const half = t * errors.difference;
  const factor = Math.exp(t * errors.logRatio);
  const bounded = ratio !== null && Number.isFinite(ratio * factor);
  return {
    difference,
    low: difference - half + 0,
    high: difference + half + 0,
    ratio,
    ratioLow: bounded ? ratio / factor : null,
    ratioHigh: bounded ? ratio * factor : null,
    n,
  };
}

/**
 * How many pairs, or replications a side, it takes until an interval that is now `half` wide on each side, of n, no longer
 * reaches over `distance`: t(n' - 1) / sqrt n' must fall by distance / half. null: more than `most`, or no interval.
 */
export function replicationsFor(distance: number, half: number, n: number, level: number, most: number): number | null {
  if (n < 2 || !(distance > 0) || !Number.isFinite(half)) return null;
  const width = (count: number) => tQuantile(1 - (1 - level) / 2, count - 1) / Math.sqrt(count);
  const wanted = (width(n) * distance) / half;
  if (width(most) >= wanted) return null;
  let [low, high] = [2, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (width(middle) < wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
