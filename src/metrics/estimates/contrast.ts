import { mean } from 'simple-statistics';
import type { Metric } from '../catalogue.ts';
import { scatterError, studentQuantile } from '../intervals.ts';
import { NOT_REACHED } from '../not_reached.ts';
import { estimate } from './estimator.ts';
import type { Pool } from './pool.ts';
import { resampledError } from './resampling.ts';
import { tooFew } from './survival.ts';

/** One side of a comparison: a metric over the replications of a column. */
export interface Figure {
  /** As of an estimate. */
  readonly point: number | null;
  /** Of each replication, in the order of seeds. */
  readonly values: readonly (number | null)[];
  /** What its error is told by; null where by the scatter of `values`. */
  readonly resamples: Float64Array | null;
  /** There are too few pairs or events to tell its error. */
  readonly tooFew: boolean;
}

/** How one figure differs from another. */
export interface Contrast {
  /** This minus the other. null where one side has no value, or is not reached. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** This over the other, its interval that of its logarithm; null unless both are above 0. */
  readonly ratio: number | null;
  readonly ratioLow: number | null;
  readonly ratioHigh: number | null;
  /** Pairs, or the fewer replications of the two. */
  readonly n: number;
  /** Equal in every pair. */
  readonly same: boolean;
}

export function figureOf(metric: Metric, pool: Pool): Figure {
  const { point } = estimate(metric, pool);
  const values = pool.cells.map(({ result }) => metric.read(result));
  const { estimation } = metric;
  const pooled = estimation.by === 'survival' ? pool.curve(estimation.of) : null;
  if (estimation.by !== 'survival' || pooled === null) return { point, values, resamples: null, tooFew: false };
  const isTooFew = tooFew(pooled, estimation.figure, pool.independentEvents) !== null;
  return { point, values, resamples: isTooFew ? null : pooled.resamples()[estimation.figure], tooFew: isTooFew };
}

/** Standard errors of the difference and of the logarithm of the ratio, and the degrees of freedom they are known with. */
interface Errors {
  readonly difference: number;
  readonly logRatio: number;
  readonly df: number;
}

/**
 * Of replications that met the same requests, pair by pair: what is common to a pair cancels. The error is Student's of
 * the pairs' differences about that of the points, or that of resamples drawn for both sides together. The ratio's is
 * that of a_i / A - b_i / B (the delta method: Cochran, Sampling Techniques, 6.4). A pair in which both are null, or both
 * not reached, is left out; where only one side of a pair has a value there is no difference to tell, since what is
 * missing is not missing at random. A figure of pooled pairs has its value from all of them.
 */
export function pairedContrast(a: Figure, b: Figure, level: number): Contrast {
  const pairs = a.values.map((own, i) => [own, b.values[i]] as const);
  const known = pairs.filter((pair) => pair.every(isKnown)) as (readonly [number, number])[];
  const n = known.length;
  const same = n > 0 && pairs.every(([own, other]) => own === other);
  const pooled = a.resamples !== null && b.resamples !== null;
  const torn = pairs.some(([own, other]) => isKnown(own) !== isKnown(other) || (!isKnown(own) && own !== other));
  if (torn && !pooled) return { ...none, n };
  const [ours, theirs] = pooled ? [a, b] : [overPairs(a, known, 0), overPairs(b, known, 1)];
  return contrast(ours, theirs, level, n, same, ({ A, B }) => {
    const df = n - 1;
    if (pooled) return { ...resampledErrors(a.resamples, b.resamples, n), df };
    return {
      difference: scatterError(
        A - B,
        known.map(([own, other]) => own - other),
      ),
      logRatio: scatterError(
        0,
        known.map(([own, other]) => own / A - other / B),
      ),
      df,
    };
  });
}

/** The other pairs have been left out: of what is not reached in some replication, those that are left have a mean. */
function overPairs(side: Figure, pairs: readonly (readonly [number, number])[], which: 0 | 1): Figure {
  if (side.point !== NOT_REACHED || pairs.length === 0) return side;
  return { ...side, point: mean(pairs.map((pair) => pair[which])) };
}

/**
 * Of replications that did not meet the same requests: errors of the two sides add in squares, with the degrees of freedom of
 * Welch (Biometrika 34, 1947) and Satterthwaite.
 */
export function welchContrast(a: Figure, b: Figure, level: number): Contrast {
  const sides = [a, b].map((side) => ({ ...side, known: side.values.filter(isKnown) as number[] }));
  const n = Math.min(...sides.map(({ known }) => known.length));
  if (sides.some(({ resamples, values }) => resamples === null && values.includes(NOT_REACHED))) return { ...none, n };
  return contrast(a, b, level, n, false, ({ A, B }) => {
    const [ours, theirs] = sides.map(({ resamples, known }, i) => {
      const point = i === 0 ? A : B;
      const error = resamples === null ? scatterError(point, known) : resampledError(resamples, known.length);
      return { error, relative: error / point, freedom: known.length - 1 };
    });
    const squares = ours.error ** 2 + theirs.error ** 2;
    const df = squares ** 2 / (ours.error ** 4 / ours.freedom + theirs.error ** 4 / theirs.freedom);
    return {
      difference: Math.sqrt(squares),
      logRatio: Math.hypot(ours.relative, theirs.relative),
      df: Number.isFinite(df) ? df : n - 1,
    };
  });
}

const none: Contrast = {
  ...{ difference: null, low: null, high: null },
  ...{ ratio: null, ratioLow: null, ratioHigh: null },
  ...{ n: 0, same: false },
};

function contrast(
  a: Figure,
  b: Figure,
  level: number,
  n: number,
  same: boolean,
  errorsOf: (points: { A: number; B: number }) => Errors,
): Contrast {
  const [A, B] = [a.point, b.point];
  if (n === 0 || A === null || B === null || !isKnown(A) || !isKnown(B)) return { ...none, n };
  const difference = A - B + 0;
  const ratio = A > 0 && B > 0 ? A / B : null;
  const plain = { ...none, difference, ratio, n, same };
  if (n < 2 || a.tooFew || b.tooFew) return plain;
  const errors = errorsOf({ A, B });
  const t = studentQuantile(level, errors.df);
  const half = t * errors.difference;
  if (!Number.isFinite(half)) return plain;
  const interval = { ...plain, low: difference - half + 0, high: difference + half + 0 };
  if (ratio === null || !Number.isFinite(errors.logRatio)) return interval;
  const factor = Math.exp(t * errors.logRatio);
  if (!Number.isFinite(ratio * factor)) return interval;
  return { ...interval, ratioLow: ratio / factor, ratioHigh: ratio * factor };
}

/** Both sides were resampled alike, so that their differences are those of the same replications. */
function resampledErrors(a: Float64Array | null, b: Float64Array | null, n: number) {
  const [ours, theirs] = [a as Float64Array, b as Float64Array];
  const pairs = (of: (own: number, other: number) => number) => ours.map((own, i) => of(own, theirs[i]));
  return {
    difference: resampledError(
      pairs((own, other) => (own === other ? 0 : own - other)),
      n,
    ),
    logRatio: resampledError(
      pairs((own, other) => (own === other ? 0 : Math.log(own / other))),
      n,
    ),
  };
}

function isKnown(value: number | null): boolean {
  return value !== null && value !== NOT_REACHED;
}
