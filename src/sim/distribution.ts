import { gamma } from 'simple-statistics';
import { invariant } from '../core/assert.ts';
import type { Random } from '../core/random.ts';
import type { Distribution } from './config.ts';

/** The 99th percentile of the standard normal law. */
const NORMAL_P99 = 2.3263478740408408;

/** Of the normal law of a lognormal's logarithms. */
export function logarithmOf({ medianMs, p99Ms }: Extract<Distribution, { kind: 'lognormal' }>) {
  const mu = Math.log(medianMs);
  return { mu, sigma: (Math.log(p99Ms) - mu) / NORMAL_P99 };
}

/** What a Weibull's mean is a multiple of. */
export function weibullScale({ meanMs, shape }: Extract<Distribution, { kind: 'weibull' }>): number {
  return meanMs / gamma(1 + 1 / shape);
}

/**
 * Draws durations (ms) of a law from a stream. A sampler keeps nothing between draws (no spare normal), so that what it
 * gives depends on the stream's state alone; that is why these few lines are ours and not a library's.
 */
export function sampler(law: Distribution, random: Random): () => number {
  switch (law.kind) {
    case 'constant':
      return () => law.valueMs;
    case 'exponential':
      return () => random.exponential(law.meanMs);
    case 'uniform': {
      const span = law.maxMs - law.minMs;
      return () => law.minMs + span * random.unit();
    }
    case 'lognormal': {
      const { mu, sigma } = logarithmOf(law);
      return () => Math.exp(mu + sigma * standardNormal(random));
    }
    case 'weibull': {
      // If E is exponential with mean 1, scale * E^(1/shape) is Weibull with mean scale * gamma(1 + 1/shape).
      const scale = weibullScale(law);
      return () => scale * random.exponential(1) ** (1 / law.shape);
    }
    case 'erlang': {
      const mean = law.meanMs / law.shape;
      return () => {
        let sum = 0;
        for (let i = 0; i < law.shape; i++) sum += random.exponential(mean);
        return sum;
      };
    }
    case 'pareto': {
      // Inverse of the bounded Pareto distribution function.
      const atMax = (law.minMs / law.maxMs) ** law.shape;
      return () => law.minMs * (1 - random.unit() * (1 - atMax)) ** (-1 / law.shape);
    }
    case 'empirical':
      return () => law.valuesMs[random.int(law.valuesMs.length)];
    case 'mixture':
      return drawnFrom(
        law.parts.map(({ weight, of }) => ({ weight, draw: sampler(of, random) })),
        random,
      );
  }
}

/** Now from one sampler, now from another, as often as its weight says. */
export function drawnFrom(parts: readonly { weight: number; draw: () => number }[], random: Random): () => number {
  const total = parts.reduce((sum, part) => sum + part.weight, 0);
  invariant(total > 0, `mixture: expected a positive total weight, found ${total}`);
  return () => {
    let left = random.unit() * total;
    let i = 0;
    while (i < parts.length - 1 && left >= parts[i].weight) left -= parts[i++].weight;
    return parts[i].draw();
  };
}

/** Marsaglia's polar method, its second variate thrown away. */
export function standardNormal(random: Random): number {
  for (;;) {
    const x = 2 * random.unit() - 1;
    const y = 2 * random.unit() - 1;
    const r = x * x + y * y;
    if (r < 1 && r > 0) return x * Math.sqrt((-2 * Math.log(r)) / r);
  }
}

/** The law's mean, in ms. */
export function meanOf(law: Distribution): number {
  switch (law.kind) {
    case 'constant':
      return law.valueMs;
    case 'exponential':
    case 'weibull':
    case 'erlang':
      return law.meanMs;
    case 'uniform':
      return (law.minMs + law.maxMs) / 2;
    case 'lognormal': {
      const { mu, sigma } = logarithmOf(law);
      return Math.exp(mu + (sigma * sigma) / 2);
    }
    case 'pareto': {
      const { minMs: a, maxMs: b, shape: k } = law;
      if (k === 1) return (a * Math.log(b / a)) / (1 - a / b);
      return ((a ** k / (1 - (a / b) ** k)) * k * (a ** (1 - k) - b ** (1 - k))) / (k - 1);
    }
    case 'empirical':
      return law.valuesMs.reduce((sum, value) => sum + value, 0) / law.valuesMs.length;
    case 'mixture': {
      const total = law.parts.reduce((sum, part) => sum + part.weight, 0);
      return law.parts.reduce((sum, part) => sum + part.weight * meanOf(part.of), 0) / total;
    }
  }
}
