/**
 * A discrete distribution as a table from which one draw costs O(1): choose a column uniformly, then that column itself
 * with probability `threshold[column]`, else `alias[column]`.
 */
export interface AliasTable {
  readonly threshold: Float64Array;
  readonly alias: Int32Array;
}

/**
 * The table in which i has probability weights[i] / sum of weights; there must be one weight above 0. O(n).
 * Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE Trans. Softw. Eng. 17(9), 1991.
 */
export function aliasTable(weights: Float64Array): AliasTable {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return tableOfCounts(weights.map((weight) => (weight * weights.length) / total));
}

/** The same by how often each is expected in as many draws as there are. Where they do not add up, what is amiss goes to the last ones. */
export function tableOfCounts(counts: Float64Array): AliasTable {
  const threshold = counts.slice();
  const alias = new Int32Array(counts.length);
  const small: number[] = [];
  const large: number[] = [];
  for (const [i, count] of counts.entries()) (count < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop() as number;
    const rich = large[large.length - 1];
    alias[poor] = rich;
    // In Finagle's order of operations: the last bit tells a column that is all its own from one that is not.
    threshold[rich] = threshold[poor] + threshold[rich] - 1;
    if (threshold[rich] < 1) small.push(large.pop() as number);
  }
  // What rounding left over fills its own column.
  for (const i of small) threshold[i] = 1;
  for (const i of large) threshold[i] = 1;
  return { threshold, alias };
}
