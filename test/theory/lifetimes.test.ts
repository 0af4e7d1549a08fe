import { describe, expect, it } from 'vitest';
import { runTrial } from '../../src/run/trial.ts';
import type { Distribution, FaultConfig, TrialConfig } from '../../src/sim/config.ts';
import { availabilityModel } from '../../src/sim/faults/availability.ts';
import type { DrawnWhen } from '../../src/sim/faults/processes.ts';
import { instances, trialOf } from '../helpers/trial.ts';
import { lives } from './lives.ts';
import { expectAgreement, Z } from './theory.ts';

/** Many instances that fail and are repaired, with hardly a request: only P(t) is looked at. */
const fleet = (count: number, durationMs: number, faults: FaultConfig[]): TrialConfig =>
  trialOf({
    durationMs,
    instances: instances(count),
    load: { arrivals: 'constant', ratePerMs: 1e-4, keys: null },
    faults,
  });

const alternating = (lifetime: Distribution, repair: Distribution | null): FaultConfig => ({
  action: { kind: 'crash' },
  target: { kind: 'instances', indexes: Array.from({ length: 5000 }, (_, i) => i) },
  when: { kind: 'lifetime', lifetime, repair },
});

describe('alternating renewal', () => {
  const [MTTF, MTTR] = [20_000, 5000];
  /** A(t) of exponential laws (theory.md, Lifetimes). */
  const availability = (tMs: number): number =>
    MTTF / (MTTF + MTTR) + (MTTR / (MTTF + MTTR)) * Math.exp(-tMs * (1 / MTTF + 1 / MTTR));

  it('has A(t) = A + (1 - A) exp(-t (1/MTTF + 1/MTTR)) with exponential laws, to a hundredth', () => {
    const when: DrawnWhen = {
      kind: 'lifetime',
      lifetime: { kind: 'exponential', meanMs: MTTF },
      repair: { kind: 'exponential', meanMs: MTTR },
    };
    const count = 60_000;
    const moments = [500, 1000, 2500, 5000, 10_000, 20_000];
    const up = moments.map(() => 0);
    for (let i = 0; i < count; i++) {
      const lived = lives(when, `A(t)/${i}`, 20_001);
      moments.forEach((tMs, m) => {
        if (lived.some(({ fromMs, untilMs }) => fromMs <= tMs && tMs < untilMs)) up[m]++;
      });
    }
    for (const [m, tMs] of moments.entries()) {
      const expected = availability(tMs);
      const bound = Z * Math.sqrt((expected * (1 - expected)) / count);
      expectAgreement({ mean: up[m] / count, bound }, expected);
    }
  });

  it('and so has the measured P(t), at every t and not only in the limit, beside a model that says so', () => {
    const trial = fleet(5000, 60_000, [
      alternating({ kind: 'exponential', meanMs: MTTF }, { kind: 'exponential', meanMs: MTTR }),
    ]);
    const model = availabilityModel(trial);
    for (const tMs of [0, 1, 500, 4000, 60_000, 1e9]) expect(model?.(tMs)).toBeCloseTo(availability(tMs), 12);
    const { upShare } = runTrial(trial, 1, { recordSeries: false });
    expect(upShare).toHaveLength(60);
    for (const second of [0, 1, 2, 4, 8, 16, 32, 59]) {
      const [fromMs, toMs] = [second * 1000, second * 1000 + 1000];
      // The measured share is the mean over that second; A(t) is all but straight within it.
      const expected = (availability(fromMs) + 4 * availability((fromMs + toMs) / 2) + availability(toMs)) / 6;
      const bound = Z * Math.sqrt((expected * (1 - expected)) / 5000);
      expect(
        Math.abs(upShare[second] - expected),
        `at ${second} s: ${upShare[second]} against ${expected}`,
      ).toBeLessThan(bound);
    }
  });

  it('has the model of scheduled faults, drawn targets and independent faults together', () => {
    const trial = fleet(5000, 20_000, [
      {
        action: { kind: 'hang' },
        target: { kind: 'count', count: 1000 },
        when: { kind: 'at', atMs: 5000, forMs: 10_000 },
      },
      alternating({ kind: 'exponential', meanMs: 30_000 }, null),
    ]);
    const model = availabilityModel(trial);
    if (model === null) throw new Error('a closed form was expected');
    expect(model(4000)).toBeCloseTo(Math.exp(-4 / 30), 12);
    expect(model(6000)).toBeCloseTo(0.8 * Math.exp(-6 / 30), 12);
    const { upShare } = runTrial(trial, 1, { recordSeries: false });
    for (const second of [2, 7, 12, 17]) {
      const expected = model(second * 1000 + 500);
      const bound = Z * Math.sqrt((expected * (1 - expected)) / 5000) + 1e-4;
      expect(Math.abs(upShare[second] - expected)).toBeLessThan(bound);
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
  for (const [name, lifetime, repair] of laws) {
    it(`tends to MTTF / (MTTF + MTTR) for any laws: ${name}`, () => {
      const warmupMs = 50_000;
      const trial = { ...fleet(5000, 250_000, [alternating(lifetime, repair)]), warmupMs };
      expect(availabilityModel(trial)).toBeNull();
      const rows = runTrial(trial, 1, { recordSeries: false }).measures.instances;
      const measured = rows.reduce((sum, { availability }) => sum + availability, 0) / rows.length;
      const variance =
        rows.reduce((sum, { availability }) => sum + (availability - measured) ** 2, 0) / (rows.length - 1);
      const mttf = 'meanMs' in lifetime ? lifetime.meanMs : Number.NaN;
      expect(Math.abs(measured - mttf / (mttf + 1000))).toBeLessThan(Z * Math.sqrt(variance / rows.length));
      expect(Z * Math.sqrt(variance / rows.length)).toBeLessThan(0.01);
    });
  }
});
