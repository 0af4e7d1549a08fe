import { errorFunction } from 'simple-statistics';
import type { Distribution } from '../config.ts';
import { logarithmOf, weibullScale } from '../distribution.ts';

/** The probability that a life of this law is longer than `ageMs`: 1 - F. */
export function survival(law: Distribution, ageMs: number): number {
  if (ageMs < 0) return 1;
  switch (law.kind) {
    case 'constant':
      return ageMs < law.valueMs ? 1 : 0;
    case 'exponential':
      return Math.exp(-ageMs / law.meanMs);
    case 'uniform':
      if (ageMs >= law.maxMs) return 0;
      return ageMs <= law.minMs ? 1 : (law.maxMs - ageMs) / (law.maxMs - law.minMs);
    case 'lognormal': {
      const { mu, sigma } = logarithmOf(law);
      // The library's error function is good to 1.2e-7.
      return ageMs === 0 ? 1 : (1 - errorFunction((Math.log(ageMs) - mu) / sigma / Math.SQRT2)) / 2;
    }
    case 'weibull':
      return Math.exp(-((ageMs / weibullScale(law)) ** law.shape));
    case 'erlang':
      return fewerThan(law.shape, (ageMs * law.shape) / law.meanMs);
    case 'pareto': {
      if (ageMs <= law.minMs) return 1;
      if (ageMs >= law.maxMs) return 0;
      const atMax = (law.minMs / law.maxMs) ** law.shape;
      return ((law.minMs / ageMs) ** law.shape - atMax) / (1 - atMax);
    }
    case 'empirical':
      return law.valuesMs.filter((value) => value > ageMs).length / law.valuesMs.length;
    case 'mixture': {
      const total = law.parts.reduce((sum, { weight }) => sum + weight, 0);
      return law.parts.reduce((sum, { weight, of }) => sum + weight * survival(of, ageMs), 0) / total;
    }
  }
}

/** The probability of fewer than `count` points where `mean` are expected (Poisson): an Erlang life has not yet had all its stages. */
function fewerThan(count: number, mean: number): number {
  let term = 1;
  let sum = 1;
  // exp(-mean) comes last, in halves where it would be too small for a double.
  let scale = -mean;
  for (let i = 1; i < count; i++) {
    term *= mean / i;
    sum += term;
    if (sum > 1e200) {
      sum /= 1e200;
      term /= 1e200;
      scale += 200 * Math.LN10;
    }
  }
  return Math.exp(scale + Math.log(sum));
}
