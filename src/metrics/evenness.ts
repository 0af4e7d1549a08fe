import { max, mean, min, standardDeviation, sum } from 'simple-statistics';
import type { Evenness } from './measures.ts';

const NONE: Evenness = { jain: null, cv: null, gini: null, maxOverMean: null, minOverMean: null };

/**
 * How alike some non-negative numbers are; all null where there are none, or none above 0.
 * Jain's index (sum x)^2 / (n sum x^2): Jain, Chiu, Hawe, "A quantitative measure of fairness", DEC-TR-301, 1984.
 * The coefficient of variation is the population's, so that jain = 1 / (1 + cv^2).
 * Gini's is half the mean absolute difference over the mean.
 */
export function evenness(values: readonly number[]): Evenness {
  const n = values.length;
  if (n === 0) return NONE;
  const total = sum(values as number[]);
  if (!(total > 0)) return NONE;
  const average = mean(values as number[]);
  return {
    jain: jain(values),
    cv: standardDeviation(values as number[]) / average,
    gini: gini(values, total),
    maxOverMean: max(values as number[]) / average,
    minOverMean: min(values as number[]) / average,
  };
}

/** Jain's index alone; null where it is not defined. */
export function jain(values: readonly number[]): number | null {
  let total = 0;
  let squares = 0;
  for (const value of values) {
    total += value;
    squares += value * value;
  }
  return squares > 0 ? (total * total) / (values.length * squares) : null;
}

/** By rank, 1 for the smallest: sum (2 rank - n - 1) x / (n sum x). */
function gini(values: readonly number[], total: number): number {
  const n = values.length;
  const sorted = Float64Array.from(values).sort();
  let weighted = 0;
  for (let i = 0; i < n; i++) weighted += (2 * (i + 1) - n - 1) * sorted[i];
  return Math.max(0, weighted / (n * total));
}
