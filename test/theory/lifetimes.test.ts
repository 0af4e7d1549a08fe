import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { Distribution } from '../../src/sim/config.ts';
import { meanOf } from '../../src/sim/distribution.ts';
import { availabilityModel } from '../../src/sim/faults/availability.ts';
import type { DrawnWhen } from '../../src/sim/faults/processes.ts';
import { upModel } from '../../src/sim/faults/up_model.ts';
import { instances, trialOf } from '../helpers/trial.ts';
import { lives, upAt, upWithin } from './lives.ts';
import { estimate, expectAgreement, expectShare, triesFor, Z } from './theory.ts';

describe('alternating renewal', () => {
  const [MTTF, MTTR] = [20_000, 5000];

  it('has A(t) = A + (1 - A) exp(-t (1/MTTF + 1/MTTR)) with exponential laws, to a hundredth', () => {
    const when: DrawnWhen = {
      kind: 'lifetime',
      lifetime: { kind: 'exponential', meanMs: MTTF },
      repair: { kind: 'exponential', meanMs: MTTR },
    };
    const count = triesFor(MTTF / (MTTF + MTTR));
    const moments = [500, 1000, 2500, 5000, 10_000, 20_000];
    for (const [m, up] of upAt(when, randomStream('A(t)'), moments, count).entries()) {
      const decay = Math.exp(-moments[m] * (1 / MTTF + 1 / MTTR));
      const expected = MTTF / (MTTF + MTTR) + (MTTR / (MTTF + MTTR)) * decay;
      expectShare(up, count, expected);
      expect(upModel(when)?.(moments[m])(0)).toBeCloseTo(expected, 12);
    }
  });

  const laws: [string, Distribution, Distribution][] = [
    [
      'Weibull lives, constant repairs',
      { kind: 'weibull', meanMs: 9000, shape: 1.5 },
      { kind: 'constant', valueMs: 1000 },
    ],
    [
      'Erlang lives, uniform repairs',
      { kind: 'erlang', meanMs: 4000, shape: 3 },
      { kind: 'uniform', minMs: 500, maxMs: 1500 },
    ],
  ];
  const [WARMUP_MS, DURATION_MS] = [50_000, 250_000];
  for (const [name, lifetime, repair] of laws) {
    const when: DrawnWhen = { kind: 'lifetime', lifetime, repair };
    const limit = meanOf(lifetime) / (meanOf(lifetime) + meanOf(repair));

    it(`tends to MTTF / (MTTF + MTTR) for any laws: ${name}`, () => {
      const random = randomStream(name);
      const shares = Array.from({ length: 5000 }, () =>
        upWithin(lives(when, random, DURATION_MS), WARMUP_MS, DURATION_MS),
      );
      expectAgreement(estimate(shares), limit, 0.002);
    });

    it(`and so does what a world measures, which are these very lives: ${name}`, () => {
      const trial = trialOf({
        durationMs: DURATION_MS,
        warmupMs: WARMUP_MS,
        instances: instances(250),
        // Hardly a request: only P(t) is looked at.
        load: { arrivals: 'constant', ratePerMs: 1e-4, keys: null },
        faults: [{ action: { kind: 'crash' }, target: { kind: 'count', count: 250 }, when }],
      });
      expect(availabilityModel(trial)).toBeNull();
      const rows = runTrial(trial, 1, { recordSeries: false }).measures.instances;
      for (const [i, { availability }] of rows.entries()) {
        const lived = lives(when, randomStream(`1/faults/0/${trial.instances[i].id}`), DURATION_MS);
        expect(availability).toBeCloseTo(upWithin(lived, WARMUP_MS, DURATION_MS), 9);
      }
      expectAgreement(estimate(rows.map(({ availability }) => availability)), limit);
    });
  }
});

describe('how far the availability of one instance lies from the limit', () => {
  it('has sd sqrt((MTTR^2 var_F + MTTF^2 var_R) / (MTTF + MTTR)^3 / T), so many instances are pooled', () => {
    const [MTTF, MTTR, T, SHAPE] = [900, 100, 30_000, 4];
    const when: DrawnWhen = {
      kind: 'lifetime',
      lifetime: { kind: 'erlang', meanMs: MTTF, shape: SHAPE },
      repair: { kind: 'uniform', minMs: 0, maxMs: 2 * MTTR },
      start: 'stationary',
    };
    const [varF, varR] = [MTTF ** 2 / SHAPE, (2 * MTTR) ** 2 / 12];
    const asymptotic = (MTTR ** 2 * varF + MTTF ** 2 * varR) / (MTTF + MTTR) ** 3 / T;
    // E[X], E[X^2], E[X^3].
    const life = [1, SHAPE + 1, (SHAPE + 1) * (SHAPE + 2)].map((f, i) => f * MTTF * (MTTF / SHAPE) ** i);
    const repair = [1, 2, 3].map((power) => (2 * MTTR) ** power / (power + 1));
    const { first, second } = varianceOfUpTime(life, repair);
    expect(first / T).toBeCloseTo(asymptotic, 15);
    // What T leaves out: 0.8% of the variance.
    expect(second / first / T).toBeCloseTo(0.0084, 4);
    const variance = first / T + second / T ** 2;

    // The square of a normal variate has sd sqrt 2 of its mean, a root half the relative error: 4.8 of that are 1% for 115,200.
    const random = randomStream('availability');
    const shares = Array.from({ length: 122_000 }, () => upWithin(lives(when, random, T), 0, T));
    const limit = MTTF / (MTTF + MTTR);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expectAgreement({ mean, bound: Z * Math.sqrt(variance / shares.length) }, limit);
    const squares = estimate(shares.map((share) => (share - limit) ** 2));
    const sd = Math.sqrt(variance);
    expectAgreement({ mean: Math.sqrt(squares.mean), bound: squares.bound / (2 * sd) }, sd);
  });
});

/**
 * The variance of the time up in [0, T] of a stationary alternating renewal process is first T + second, but for what is
 * exponentially small: 2 integral (T - u) C(u) du with C the covariance of being up at 0 and at u. Its Laplace transform is
 * A (1/s - (1 - f)(1 - g) / (E[F] s^2 (1 - fg))) - A^2/s, f and g those of lives and repairs (Cox, Renewal Theory, 1962,
 * ch. 7); its first two terms at s = 0 are the integrals of C and of -u C. From E[X], E[X^2], E[X^3] of both laws.
 */
function varianceOfUpTime(life: readonly number[], repair: readonly number[]): { first: number; second: number } {
  const [f, f2, f3] = life;
  const [g, g2, g3] = repair;
  const cycle = [f + g, f2 + 2 * f * g + g2, f3 + 3 * f2 * g + 3 * f * g2 + g3];
  // (1 - the transform) / (E[X] s) = 1 + a s + b s^2.
  const [of, by, per] = [life, repair, cycle].map(([x, x2, x3]) => ({ a: -x2 / (2 * x), b: x3 / (6 * x) }));
  const a = of.a + by.a - per.a;
  const b = of.b + by.b + of.a * by.a - per.a * (of.a + by.a) + per.a ** 2 - per.b;
  const scale = (-2 * f * g) / (f + g) ** 2;
  return { first: scale * a, second: scale * b };
}
