import { errorFunction } from 'simple-statistics';
import { randomStream } from '../../core/random.ts';
import { studentQuantile } from '../intervals.ts';

/** Resamples: with 1000 the ends of a 95% interval move by less than its width's 20th part from one seed to another. */
export const RESAMPLES = 1000;

/** How often each of `units` was drawn into each resample: `units` numbers a resample, one after the other. */
export type Drawn = Uint16Array;

/**
 * The bootstrap of Efron (Annals of Statistics 7, 1979) over whole replications, since pairs of one replication share its
 * faults: as many are drawn as there are, with replacement. Equal seeds and numbers of units draw alike, so that the same
 * replications of two strategies are resampled together and their difference stays paired.
 */
export function createResampling(seed: number): (units: number) => Drawn {
  const known = new Map<number, Drawn>();
  return (units) => {
    const found = known.get(units);
    if (found !== undefined) return found;
    const random = randomStream(`${seed}/bootstrap/${units}`);
    const drawn = new Uint16Array(RESAMPLES * units);
    for (let start = 0; start < drawn.length; start += units) {
      for (let i = 0; i < units; i++) drawn[start + random.int(units)]++;
    }
    known.set(units, drawn);
    return drawn;
  };
}

/**
 * The ends of a percentile interval at `level` over resamples of n units. Percentiles of a bootstrap are too narrow for
 * few units, by sqrt((n - 1) / n) and by the normal law in place of Student's; those that would be right for a mean are
 * taken instead (Hesterberg, What Teachers Should Know about the Bootstrap, The American Statistician 69, 2015, 4.1.1,
 * "expanded percentile"): the share Phi(-t sqrt(n / (n - 1))) on either side.
 */
export function expandedPercentiles(resamples: Float64Array, n: number, level = 0.95): { low: number; high: number } {
  const sorted = resamples.filter((value) => !Number.isNaN(value)).sort();
  const t = studentQuantile(level, n - 1) * Math.sqrt(n / (n - 1));
  const tail = (1 - errorFunction(t / Math.SQRT2)) / 2;
  // Of B resamples the k-th smallest stands for the share k / (B + 1) (Davison and Hinkley, Bootstrap Methods, 5.2.1).
  const rank = Math.min(Math.max(Math.floor(tail * (sorted.length + 1)), 1), sorted.length);
  return { low: sorted[rank - 1], high: sorted[sorted.length - rank] };
}

/**
 * The standard error that resamples tell, made good for their narrowness by sqrt(n / (n - 1)) as above. Infinite where
 * some resample is.
 */
export function resampledError(resamples: Float64Array, n: number): number {
  const known = resamples.filter((value) => !Number.isNaN(value));
  let mean = 0;
  for (const value of known) mean += value / known.length;
  if (!Number.isFinite(mean)) return Number.POSITIVE_INFINITY;
  let squares = 0;
  for (const value of known) squares += (value - mean) ** 2;
  return Math.sqrt((squares / known.length) * (n / (n - 1)));
}
