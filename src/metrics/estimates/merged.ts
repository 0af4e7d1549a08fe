import type { Histogram } from '../histogram.ts';
import { scatterInterval } from '../intervals.ts';
import { areIdentical, type Estimate } from './estimate.ts';
import { IDENTICAL } from './estimation.ts';

/**
 * A quantile of latency: that of all requests of all replications together. The replications' own quantiles scatter
 * about it by what one replication is worth, so t times their root mean square distance from it over sqrt R is the half-width
 * (sectioning: Asmussen and Glynn, Stochastic Simulation, III.5). Where their bias shows, it is wider for it.
 */
export function mergedEstimate(merged: Histogram, q: number, values: readonly (number | null)[]): Estimate {
  const known = values.filter((value) => value !== null);
  const point = merged.quantile(q) as number;
  const { low, high } = scatterInterval(point, known);
  const note = areIdentical(known) ? IDENTICAL : null;
  const least = low === null ? null : Math.max(0, low);
  return { point, low: least, high, n: known.length, method: 'merged-histogram', note, beyond: null };
}
