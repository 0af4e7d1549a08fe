/** Shares this near to 0 or to 1 are rounding errors of sums of arcs. */
const ROUNDING = 1e-9;

/**
 * Hosts lie on a ring of circumference 1, each on an arc as long as its share of the weights, in order from 0 on. The
 * answer is how much of each arc, 0 to 1, lies within the slice from `offset` in [0, 1) on, `width` long, at most 1,
 * around the ring where need be. A host of weight 0 has no arc, and 0.
 *
 * Finagle walks the ring and keeps slivers of 1e-16 that rounding leaves at the edges (its WeightedApertureTest says so);
 * here they are dropped: a strategy that does not look at weights would use them as any other host.
 */
export function sharesInSlice(weights: readonly number[], offset: number, width: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const end = offset + width;
  let from = 0;
  return weights.map((weight) => {
    if (weight === 0) return 0;
    const arc = weight / total;
    const to = from + arc;
    // The slice itself, and what of it comes round from 0 on.
    const overlap = Math.max(Math.min(to, end) - Math.max(from, offset), 0) + Math.max(Math.min(to, end - 1) - from, 0);
    from = to;
    const share = overlap / arc;
    if (share < ROUNDING) return 0;
    return share > 1 - ROUNDING ? 1 : share;
  });
}
