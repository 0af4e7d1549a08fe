import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { Distribution } from '../../src/sim/config.ts';
import { meanOf, sampler } from '../../src/sim/distribution.ts';
import { availabilityModel } from '../../src/sim/faults/availability.ts';
import { residualSampler } from '../../src/sim/faults/equilibrium.ts';
import { survival } from '../../src/sim/faults/survival.ts';
import { instances, trialOf } from '../helpers/trial.ts';
import { lives, upAt, upWithin } from './lives.ts';
import { estimate, expectAgreement, expectLaw, expectShare, triesFor } from './theory.ts';

const laws: Record<string, Distribution> = {
  constant: { kind: 'constant', valueMs: 100 },
  exponential: { kind: 'exponential', meanMs: 100 },
  uniform: { kind: 'uniform', minMs: 50, maxMs: 150 },
  lognormal: { kind: 'lognormal', medianMs: 80, p99Ms: 600 },
  'weibull that wears out': { kind: 'weibull', meanMs: 100, shape: 1.5 },
  'weibull that settles in': { kind: 'weibull', meanMs: 100, shape: 0.6 },
  erlang: { kind: 'erlang', meanMs: 100, shape: 4 },
  'pareto with a mean': { kind: 'pareto', minMs: 20, shape: 1.5, maxMs: 1000 },
  'pareto of shape 1': { kind: 'pareto', minMs: 20, shape: 1, maxMs: 1000 },
  'pareto without a mean but for its end': { kind: 'pareto', minMs: 20, shape: 0.7, maxMs: 1000 },
  empirical: { kind: 'empirical', valuesMs: [0, 10, 10, 40, 250] },
  mixture: {
    kind: 'mixture',
    parts: [
      { weight: 3, of: { kind: 'exponential', meanMs: 20 } },
      { weight: 1, of: { kind: 'uniform', minMs: 200, maxMs: 400 } },
      { weight: 1, of: { kind: 'constant', valueMs: 0 } },
    ],
  },
};

/** Massart's bound is 0.0088 for so many, and 0.001 is added. */
const SAMPLES = 90_000;

describe('residual life in equilibrium has density (1 - F(x)) / mean', () => {
  for (const [name, law] of Object.entries(laws)) {
    it(name, () => {
      const draw = residualSampler(law, randomStream(`residual/${name}`));
      expectLaw(Array.from({ length: SAMPLES }, draw), equilibriumOf(law), 1e-3);
    });
  }

  it('is the law itself only where it is memoryless', () => {
    expect(equilibriumOf(laws.exponential)(100)).toBeCloseTo(1 - survival(laws.exponential, 100), 5);
    expect(equilibriumOf(laws.constant)(25)).toBeCloseTo(0.25, 3);
    // E[X^2] / (2 E[X]) for Erlang of k stages: mean (k + 1) / (2 k).
    const draw = residualSampler(laws.erlang, randomStream('residual mean'));
    expectAgreement(estimate(Array.from({ length: 2 * SAMPLES }, draw)), 62.5);
  });
});

describe('a life outlasts t with the probability that the survival function says', () => {
  for (const [name, law] of Object.entries(laws)) {
    it(name, () => {
      const draw = sampler(law, randomStream(`survival/${name}`));
      expectLaw(Array.from({ length: SAMPLES }, draw), (ms) => 1 - survival(law, ms), 1e-6);
    });
  }
});

/** The equilibrium distribution function, by the trapezoidal rule on a fine grid. */
function equilibriumOf(law: Distribution): (ms: number) => number {
  const STEP_MS = 0.05;
  const GREATEST_MS = 10_000;
  const sums = new Float64Array(GREATEST_MS / STEP_MS + 1);
  for (let i = 1, before = survival(law, 0); i < sums.length; i++) {
    const here = survival(law, i * STEP_MS);
    sums[i] = sums[i - 1] + ((before + here) / 2) * (STEP_MS / meanOf(law));
    before = here;
  }
  return (ms) => sums[Math.min(sums.length - 1, Math.round(ms / STEP_MS))];
}

describe('a stationary start is at MTTF / (MTTF + MTTR) at every t, from the first on', () => {
  const DURATION_MS = 4000;
  const pairs: [string, Distribution, Distribution][] = [
    ['Weibull lives, constant repairs', laws['weibull that wears out'], laws.constant],
    ['Pareto lives, lognormal repairs', laws['pareto with a mean'], laws.lognormal],
    ['empirical lives, Erlang repairs', laws.empirical, laws.erlang],
    ['lives of a mixture, uniform repairs', laws.mixture, laws.uniform],
  ];
  const whenOf = (lifetime: Distribution, repair: Distribution) =>
    ({
      ...({ kind: 'lifetime', start: 'stationary' } as const),
      lifetime: scaled(lifetime, 20),
      repair: scaled(repair, 3),
    }) as const;
  const expectedOf = (lifetime: Distribution, repair: Distribution) =>
    meanOf(lifetime) / (meanOf(lifetime) + (3 / 20) * meanOf(repair));

  it.each(pairs)('%s', (name, lifetime, repair) => {
    const expected = expectedOf(lifetime, repair);
    const count = triesFor(expected);
    const moments = [0, 1, 100, 250, 500, 1000, 2000, DURATION_MS];
    for (const up of upAt(whenOf(lifetime, repair), randomStream(`stationary/${name}`), moments, count)) {
      expectShare(up, count, expected);
    }
  });

  it('in the world, whose model says so too', () => {
    const COUNT = 300;
    const [[, lifetime, repair]] = pairs;
    const when = whenOf(lifetime, repair);
    const trial = trialOf({
      durationMs: DURATION_MS,
      instances: instances(COUNT),
      load: { arrivals: 'constant', ratePerMs: 1e-4, keys: null },
      faults: [
        {
          action: { kind: 'crash' },
          target: { kind: 'instances', indexes: Array.from({ length: COUNT }, (_, i) => i) },
          when,
        },
      ],
    });
    expect(availabilityModel(trial)?.(1234)).toBeCloseTo(expectedOf(lifetime, repair), 12);
    const { upShare } = runTrial(trial, 1, { recordSeries: false });
    // The very lives that were looked at alone above.
    const all = trial.instances.map(({ id }) => lives(when, randomStream(`1/faults/0/${id}`), DURATION_MS));
    for (const [second, measured] of upShare.entries()) {
      const up = all.reduce((sum, lived) => sum + upWithin(lived, second * 1000, second * 1000 + 1000), 0);
      expect(measured, `in second ${second}`).toBeCloseTo(up / COUNT, 9);
    }
  });
});

function scaled(law: Distribution, by: number): Distribution {
  switch (law.kind) {
    case 'constant':
      return { ...law, valueMs: law.valueMs * by };
    case 'exponential':
    case 'weibull':
    case 'erlang':
      return { ...law, meanMs: law.meanMs * by };
    case 'uniform':
      return { ...law, minMs: law.minMs * by, maxMs: law.maxMs * by };
    case 'lognormal':
      return { ...law, medianMs: law.medianMs * by, p99Ms: law.p99Ms * by };
    case 'pareto':
      return { ...law, minMs: law.minMs * by, maxMs: law.maxMs * by };
    case 'empirical':
      return { ...law, valuesMs: law.valuesMs.map((value) => value * by) };
    case 'mixture':
      return { ...law, parts: law.parts.map(({ weight, of }) => ({ weight, of: scaled(of, by) })) };
  }
}
