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
  const n = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const threshold = weights.map((weight) => (weight * n) / total);
  const alias = new Int32Array(n);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < n; i++) (threshold[i] < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop() as number;
    const rich = large[large.length - 1];
    alias[poor] = rich;
    threshold[rich] -= 1 - threshold[poor];
    if (threshold[rich] < 1) small.push(large.pop() as number);
  }
  // What rounding left over fills its own column.
  for (const i of small) threshold[i] = 1;
  for (const i of large) threshold[i] = 1;
  return { threshold, alias };
}
