/** Bounds that a true law exceeds once in `1 / ALPHA` at most: proved inequalities, not tables. */
const ALPHA = 1e-6;

/** Kolmogorov-Smirnov distance of n draws from their law: Dvoretzky, Kiefer, Wolfowitz, with Massart's constant. */
export function ksLimit(n: number): number {
  return Math.sqrt(Math.log(2 / ALPHA) / (2 * n));
}

export function ksDistance(draws: readonly number[], cdf: (x: number) => number): number {
  const sorted = Float64Array.from(draws).sort();
  const n = sorted.length;
  return sorted.reduce((worst, x, i) => Math.max(worst, cdf(x) - i / n, (i + 1) / n - cdf(x)), 0);
}

/** Where chi-squared with k degrees of freedom lies: Laurent and Massart, Annals of Statistics 28(5), 2000, lemma 1. */
export function chiSquaredLimits(k: number): { low: number; high: number } {
  const x = Math.log(2 / ALPHA);
  return { low: k - 2 * Math.sqrt(k * x), high: k + 2 * Math.sqrt(k * x) + 2 * x };
}

export function chiSquared(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
