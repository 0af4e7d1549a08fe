import gammaQuantile from '@stdlib/math-base-special-gammaincinv';

/**
 * The exact two-sided interval of the mean of a Poisson law of which `count` was seen: quantiles of chi-squared with 2k
 * and 2k + 2 degrees of freedom, halved (Garwood, Biometrika 28, 1936). It holds the mean in at least `level` of all cases.
 */
export function poissonInterval(count: number, level = 0.95): { readonly low: number; readonly high: number } {
  const tail = (1 - level) / 2;
  return { low: count === 0 ? 0 : gammaQuantile(tail, count), high: gammaQuantile(1 - tail, count + 1) };
}

/** The quantile of chi-squared: that of Gamma(df / 2), doubled. */
export function chiSquaredQuantile(p: number, degreesOfFreedom: number): number {
  return 2 * gammaQuantile(p, degreesOfFreedom / 2);
}
