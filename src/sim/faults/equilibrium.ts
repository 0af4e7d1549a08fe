import type { Random } from '../../core/random.ts';
import type { Distribution } from '../config.ts';
import { drawnFrom, logarithmOf, meanOf, sampler, standardNormal, weibullScale } from '../distribution.ts';

/**
 * What is left of the life that is going on when one looks at a renewal process after a very long time: the equilibrium
 * law, of density (1 - F(x)) / mean (Cox, Renewal Theory, 1962, section 5.2). Exact for every law: the life one happens
 * to look into is drawn by its length (density x f(x) / mean), and one looks at a uniform moment of it.
 *
 * The law's mean must be above 0.
 */
export function residualSampler(law: Distribution, random: Random): () => number {
  const whole = lengthBiased(law, random);
  return () => random.unit() * whole();
}

/** Draws from the law of density x f(x) / mean. */
function lengthBiased(law: Distribution, random: Random): () => number {
  switch (law.kind) {
    case 'constant':
      return () => law.valueMs;
    case 'exponential':
      // x exp(-x) is Erlang's law of two stages.
      return sampler({ kind: 'erlang', meanMs: 2 * law.meanMs, shape: 2 }, random);
    case 'uniform': {
      const least = law.minMs ** 2;
      const span = law.maxMs ** 2 - least;
      return () => Math.sqrt(least + span * random.unit());
    }
    case 'lognormal': {
      // Another lognormal: x exp(-(ln x - mu)^2 / 2 sigma^2) moves mu by sigma^2.
      const { mu, sigma } = logarithmOf(law);
      return () => Math.exp(mu + sigma * sigma + sigma * standardNormal(random));
    }
    case 'weibull': {
      // (x / scale)^shape, exponential under the law itself, is gamma of shape 1 + 1/shape under this one.
      const scale = weibullScale(law);
      return () => scale * gammaVariate(1 + 1 / law.shape, random) ** (1 / law.shape);
    }
    case 'erlang':
      return sampler(
        { kind: 'erlang', meanMs: (law.meanMs / law.shape) * (law.shape + 1), shape: law.shape + 1 },
        random,
      );
    case 'pareto':
      return tiltedPareto(law.minMs, law.maxMs, law.shape - 1, random);
    case 'empirical':
      return () => valueByLength(law.valuesMs, random);
    case 'mixture': {
      const parts = law.parts.map(({ weight, of }) => ({ weight: weight * meanOf(of), of }));
      const longer = parts.filter(({ weight }) => weight > 0);
      return drawnFrom(
        longer.map(({ weight, of }) => ({ weight, draw: lengthBiased(of, random) })),
        random,
      );
    }
  }
}

function valueByLength(valuesMs: readonly number[], random: Random): number {
  let leftMs = random.unit() * valuesMs.reduce((sum, value) => sum + value, 0);
  for (const value of valuesMs) {
    if (leftMs < value) return value;
    leftMs -= value;
  }
  // What rounding left over.
  return Math.max(...valuesMs.slice(-1));
}

/** Bounded Pareto of any real shape, by its inverse; of shape 0 it is log-uniform. */
function tiltedPareto(minMs: number, maxMs: number, shape: number, random: Random): () => number {
  if (shape === 0) return () => minMs * (maxMs / minMs) ** random.unit();
  const atMax = (minMs / maxMs) ** shape;
  return () => minMs * (1 - random.unit() * (1 - atMax)) ** (-1 / shape);
}

/** Gamma of this shape (at least 1) and scale 1. Marsaglia and Tsang, A simple method for generating gamma variables (2000). */
function gammaVariate(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = standardNormal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.unit();
    if (Math.log(u) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
