import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { availabilityRows } from '../../src/run/availability_rows.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { FaultConfig, TrialConfig } from '../../src/sim/config.ts';
import { availabilityModel } from '../../src/sim/faults/availability.ts';
import type { DrawnWhen } from '../../src/sim/faults/processes.ts';
import { upModel } from '../../src/sim/faults/up_model.ts';
import { instances, trialOf } from '../helpers/trial.ts';
import { ramp, steps, wave } from './hazard_curves.ts';
import { type Life, lives, upAt, upWithin } from './lives.ts';
import { expectShare, triesFor, Z } from './theory.ts';

const DURATION_MS = 30_000;
const PER_S = 1 / 1000;
const exponential = { kind: 'exponential', meanMs: 4000 } as const;

const closed: Record<string, DrawnWhen> = {
  'a ramp without repair': { kind: 'hazard', perMs: ramp, repair: null },
  'a wave without repair': { kind: 'hazard', perMs: wave, repair: null },
  'level stretches with exponential repair': { kind: 'hazard', perMs: steps, repair: exponential },
  'a constant hazard with exponential repair': {
    kind: 'hazard',
    perMs: { kind: 'constant', value: 0.1 * PER_S },
    repair: exponential,
  },
  'exponential lives and repairs': {
    kind: 'lifetime',
    lifetime: { kind: 'exponential', meanMs: 20_000 },
    repair: { kind: 'exponential', meanMs: 5000 },
  },
  'ticks without repair': {
    kind: 'probability',
    everyMs: 7000,
    share: { kind: 'constant', value: 0.4 },
    repair: null,
  },
  'lives that wear out, without repair': {
    kind: 'lifetime',
    lifetime: { kind: 'weibull', meanMs: 20_000, shape: 3 },
    repair: null,
  },
};

/** Many instances that fail, with hardly a request: only P(t) is looked at. */
const fleet = (
  count: number,
  when: readonly FaultConfig['when'][],
  target: FaultConfig['target'] = { kind: 'count', count },
): TrialConfig =>
  trialOf({
    durationMs: DURATION_MS,
    instances: instances(count),
    load: { arrivals: 'constant', ratePerMs: 1e-4, keys: null },
    faults: when.map((each) => ({ action: { kind: 'crash' }, target, when: each })),
  });

describe('the model of P(t)', () => {
  const MOMENTS = [1000, 6000, 9500, 13_000, 18_000, 22_000];
  for (const [name, when] of Object.entries(closed)) {
    it(`is that of the processes, to a hundredth: ${name}`, () => {
      const model = upModel(when);
      if (model === null) throw new Error('a closed form was expected');
      const expected = MOMENTS.map((atMs) => model(atMs)(0));
      const count = triesFor(Math.min(...expected));
      const up = upAt(when, randomStream(name), MOMENTS, count);
      for (const [m, probability] of expected.entries()) expectShare(up[m], count, probability);
    });

    it(`and a world has these very processes, and the mean of the model over each second beside them: ${name}`, () => {
      const trial = fleet(100, [when]);
      const { upShare } = runTrial(trial, 1, { recordSeries: false });
      expectLives(
        upShare,
        trial.instances.map(({ id }) => lives(when, randomStream(`1/faults/0/${id}`), DURATION_MS)),
      );
      const rows = [...availabilityRows(upShare, trial)].filter(({ subject }) => subject === 'model');
      expect(rows).toHaveLength(DURATION_MS / 1000);
      // Simpson's rule beside Gauss's; where the hazard jumps it does so on a whole second.
      const [model, NUDGE_MS] = [upModel(when), 1e-6];
      for (const { tMs, value } of rows) {
        const [from, middle, to] = [tMs, tMs + 500, tMs + 1000 - NUDGE_MS].map(
          (atMs) => model?.(atMs)(0) ?? Number.NaN,
        );
        expect(value, `at ${tMs} ms`).toBeCloseTo((from + 4 * middle + to) / 6, 4);
      }
    });
  }

  const flapping = { kind: 'repeated', atMs: 2500, forMs: 3300, everyMs: 8000, times: 2 } as const;

  it('of several faults is the product: flapping beside a wave, of some of all', () => {
    const [TARGETS, ALL] = [60, 100];
    const when = closed['a wave without repair'];
    const indexes = Array.from({ length: TARGETS }, (_, i) => i);
    const trial = fleet(ALL, [flapping, when], { kind: 'instances', indexes });
    const { upShare } = runTrial(trial, 1, { recordSeries: false });
    const between = [0, 5800, 13_800].map((fromMs, i) => ({ fromMs, untilMs: [2500, 10_500, DURATION_MS][i] }));
    expectLives(
      upShare,
      trial.instances.map(({ id }, i) => {
        if (i >= TARGETS) return [{ fromMs: 0, untilMs: DURATION_MS }];
        const lived = lives(when, randomStream(`1/faults/1/${id}`), DURATION_MS);
        return between.flatMap((up) => lived.map((life) => overlap(up, life)));
      }),
    );
    const [model, waves] = [availabilityModel(trial), upModel(when)];
    for (const atMs of [0, 2499, 2500, 5799, 5800, 12_000, 25_000]) {
      const flaps = between.some(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs) ? 1 : 0;
      expect(model?.(atMs)).toBeCloseTo(1 - (TARGETS / ALL) * (1 - flaps * (waves?.(atMs)(0) ?? 0)), 12);
    }
  });

  it('has scheduled faults, drawn targets and independent faults together', () => {
    const COUNT = 1000;
    const trial: TrialConfig = {
      ...fleet(COUNT, [{ kind: 'lifetime', lifetime: { kind: 'exponential', meanMs: 30_000 }, repair: null }]),
      durationMs: 20_000,
    };
    const hang: FaultConfig = {
      action: { kind: 'hang' },
      target: { kind: 'count', count: COUNT / 5 },
      when: { kind: 'at', atMs: 5000, forMs: 10_000 },
    };
    const together = { ...trial, faults: [...trial.faults, hang] };
    const model = availabilityModel(together);
    if (model === null) throw new Error('a closed form was expected');
    expect(model(4000)).toBeCloseTo(Math.exp(-4 / 30), 12);
    expect(model(6000)).toBeCloseTo(0.8 * Math.exp(-6 / 30), 12);
    const { upShare } = runTrial(together, 1, { recordSeries: false });
    const alone = trial.instances.map(({ id }) =>
      lives(trial.faults[0].when as DrawnWhen, randomStream(`1/faults/0/${id}`), 20_000),
    );
    for (const second of [2, 7, 12, 17]) {
      const living = alone.reduce((sum, lived) => sum + upWithin(lived, second * 1000, second * 1000 + 1000), 0);
      const hung = second >= 5 && second < 15 ? 0.2 : 0;
      // Which of them hang is drawn without regard to who lives: hypergeometric, its sd at most that of a fifth of all.
      const bound =
        hung === 0 ? 1e-9 : Z * Math.sqrt((0.2 * 0.8 * (living / COUNT) * (1 - living / COUNT)) / COUNT) + 1e-3;
      expect(Math.abs(upShare[second] - (1 - hung) * (living / COUNT)), `at ${second} s`).toBeLessThan(bound);
    }
  });

  it('has none where there is none: repairs of other laws, waves with repair, back-off, overload', () => {
    const none: FaultConfig['when'][] = [
      { kind: 'hazard', perMs: wave, repair: exponential },
      { kind: 'hazard', perMs: ramp, repair: exponential },
      { kind: 'hazard', perMs: steps, repair: { kind: 'constant', valueMs: 1 } },
      { kind: 'probability', everyMs: 1000, share: { kind: 'constant', value: 0.1 }, repair: exponential },
      { kind: 'overload', queueAbove: 5, repair: null },
      {
        kind: 'lifetime',
        lifetime: exponential,
        repair: {
          kind: 'backoff',
          initialMs: 1,
          factor: 2,
          maxMs: 9,
          resetAfterMs: 9,
          startup: { kind: 'constant', valueMs: 0 },
        },
      },
    ];
    for (const when of none) expect(availabilityModel(fleet(5, [when]))).toBeNull();
  });
});

/** The share up in each second is that of these lives. */
function expectLives(upShare: readonly number[], all: readonly (readonly Life[])[]): void {
  expect(upShare).toHaveLength(DURATION_MS / 1000);
  for (const [second, measured] of upShare.entries()) {
    const up = all.reduce((sum, lived) => sum + upWithin(lived, second * 1000, second * 1000 + 1000), 0);
    expect(measured, `in second ${second}`).toBeCloseTo(up / all.length, 9);
  }
}

function overlap(one: Life, other: Life): Life {
  return { fromMs: Math.max(one.fromMs, other.fromMs), untilMs: Math.min(one.untilMs, other.untilMs) };
}
