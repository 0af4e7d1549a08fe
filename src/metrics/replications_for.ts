import { studentQuantile } from './intervals.ts';

/**
 * How many pairs, or replications a side, it takes until an interval that is now `half` wide on each side, of n, no longer
 * reaches over `distance`: t(n' - 1) / sqrt n' must fall by distance / half. null: more than `most`, or no interval.
 */
export function replicationsFor(distance: number, half: number, n: number, level: number, most: number): number | null {
  if (n < 2 || !(distance > 0) || !Number.isFinite(half)) return null;
  const width = (count: number) => studentQuantile(level, count - 1) / Math.sqrt(count);
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
