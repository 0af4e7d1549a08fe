import { arcsInSlice } from '../parts/aperture.ts';

/** Shares this near to 0 or to 1 are rounding errors of sums of arcs. */
const ROUNDING = 1e-9;

/**
 * Hosts lie on a ring of circumference 1, each on an arc as long as its share of the weights, in order from 0 on. The
 * answer is how much of each arc, 0 to 1, lies within the slice from `offset` in [0, 1) on, `width` long, at most 1,
 * around the ring where need be. A host of weight 0 has no arc, and 0.
 *
 * Slivers that rounding leaves at the edges are dropped: a strategy that does not look at weights would use them as any
 * other host.
 */
export function sharesInSlice(weights: readonly number[], offset: number, width: number): number[] {
  const arcs = arcsInSlice(weights, offset, width);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, i) => {
    if (weight === 0) return 0;
    const share = arcs[i] / (weight / total);
    if (share < ROUNDING) return 0;
    return share > 1 - ROUNDING ? 1 : share;
  });
}
