/**
 * How many leading batches to leave out of a series of batch means so that what is left tells its mean best: the d at
 * most half of them that makes sum_{j>=d} (Z_j - mean_d)^2 / (k - d)^2 smallest, the first of equals. It weighs what a
 * transient does to the spread against what each batch left out costs. MSER: White, "An effective truncation heuristic
 * for bias reduction in simulation output", Simulation 69(6), 1997; on means of 5 observations it is MSER-5. A result of
 * half of them says that no truncation of this series will do.
 */
export function mserTruncation(batchMeans: readonly number[]): number {
  const k = batchMeans.length;
  const most = mostTruncation(batchMeans);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  // Mean and sum of squared deviations of what is left, from the end on (Welford).
  let mean = 0;
  let squares = 0;
  for (let d = k - 1; d >= 0; d--) {
    const left = k - d;
    const delta = batchMeans[d] - mean;
    mean += delta / left;
    squares += delta * (batchMeans[d] - mean);
    const statistic = squares / left ** 2;
    if (d <= most && statistic <= least) [best, least] = [d, statistic];
  }
  return best;
}

/** The most that MSER leaves out, where nothing settles. */
export function mostTruncation(batchMeans: readonly number[]): number {
  return Math.floor(batchMeans.length / 2);
}
