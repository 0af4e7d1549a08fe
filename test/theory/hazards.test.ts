import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { availabilityRows } from '../../src/run/availability_rows.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { FaultConfig, TrialConfig } from '../../src/sim/config.ts';
import { availabilityModel } from '../../src/sim/faults/availability.ts';
import { type Curve, integralOf, valueAt } from '../../src/sim/faults/curve.ts';
import { type DrawnWhen, failureProcess } from '../../src/sim/faults/processes.ts';
import { instances, trialOf } from '../helpers/trial.ts';
import { lives } from './lives.ts';
import { expectLaw, Z } from './theory.ts';

const HORIZON_MS = 60_000;
const PER_S = 1 / 1000;

const ramp: Curve = {
  kind: 'points',
  points: [
    [5000, 0.01 * PER_S],
    [20_000, 0.1 * PER_S],
    [20_000, 0],
    [30_000, 0],
    [40_000, 0.05 * PER_S],
  ],
};
const wave: Curve = { kind: 'sine', mean: 0.05 * PER_S, amplitude: 0.04 * PER_S, periodMs: 17_000, phaseMs: 4000 };
const steps: Curve = {
  kind: 'points',
  points: [
    [10_000, 0.02 * PER_S],
    [10_000, 0.2 * PER_S],
    [25_000, 0.2 * PER_S],
    [25_000, 0.01 * PER_S],
  ],
};

/** When each of many processes first fails; Infinity: not within the horizon. */
function firstFailures(when: DrawnWhen, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const { first } = failureProcess(when, randomStream(`${i}`), HORIZON_MS);
    return first.up ? first.afterMs : 0;
  });
}

describe('a hazard that varies over the run', () => {
  for (const [name, curve] of Object.entries({ ramp, wave, steps })) {
    it(`fails by t with probability 1 - exp(-integral of h): ${name}`, () => {
      const failedBy = (ms: number): number => 1 - Math.exp(-integralOf(curve, Math.min(ms, HORIZON_MS)));
      const failures = firstFailures({ kind: 'hazard', perMs: curve, repair: null }, 10_000);
      // Those that outlive the horizon are told apart at it only.
      const within = failures.filter((ms) => ms <= HORIZON_MS);
      const expected = failedBy(HORIZON_MS);
      const bound = Z * Math.sqrt((expected * (1 - expected)) / failures.length);
      expect(Math.abs(within.length / failures.length - expected)).toBeLessThan(bound);
      expectLaw(within, (ms) => failedBy(ms) / expected);
    });

    it(`has its integral in closed form: ${name}`, () => {
      const STEP_MS = 1;
      let sum = 0;
      for (let atMs = 0; atMs < HORIZON_MS; atMs += STEP_MS) {
        // The midpoint rule: no jump lies inside a step.
        sum += valueAt(curve, atMs + STEP_MS / 2) * STEP_MS;
        if (atMs % 7000 === 0) expect(integralOf(curve, atMs + STEP_MS)).toBeCloseTo(sum, 6);
      }
    });
  }

  it('repaired at once, it is a Poisson process: as many failures as the integral says, give or take its root', () => {
    const COUNT = 500;
    let failures = 0;
    for (let i = 0; i < COUNT; i++) {
      const process = failureProcess(
        { kind: 'hazard', perMs: wave, repair: null },
        randomStream(`poisson/${i}`),
        HORIZON_MS,
      );
      let nowMs = process.first.afterMs;
      for (; nowMs <= HORIZON_MS; nowMs += process.failsAfterMs(nowMs)) failures++;
    }
    const expected = COUNT * integralOf(wave, HORIZON_MS);
    expect(Math.abs(failures - expected)).toBeLessThan(Z * Math.sqrt(expected));
  });

  it('has no failure where it is 0, however long that lasts', () => {
    expect(firstFailures({ kind: 'hazard', perMs: { kind: 'constant', value: 0 }, repair: null }, 3)).toEqual([
      Infinity,
      Infinity,
      Infinity,
    ]);
  });
});

describe('a probability for each tick', () => {
  const EVERY_MS = 5000;
  const HAZARD = 0.1 * PER_S;
  // h dt would be 0.5: an eighth of all would fail too early.
  const chance = 1 - Math.exp(-HAZARD * EVERY_MS);
  const when: DrawnWhen = {
    kind: 'probability',
    everyMs: EVERY_MS,
    share: { kind: 'constant', value: chance },
    repair: null,
  };

  it('of 1 - exp(-h dt) is geometric, and survives whole ticks as the hazard h does', () => {
    const failures = firstFailures(when, 10_000);
    for (let tick = 1; tick <= 12; tick++) {
      const expected = Math.exp(-HAZARD * tick * EVERY_MS);
      const survived = failures.filter((ms) => ms >= tick * EVERY_MS).length / failures.length;
      expect(Math.abs(survived - expected)).toBeLessThan(Z * Math.sqrt((expected * (1 - expected)) / failures.length));
    }
    // The test could tell h dt from it.
    const wrong = 1 - HAZARD * EVERY_MS;
    expect(Math.exp(-HAZARD * EVERY_MS) - wrong).toBeGreaterThan(4 * Z * Math.sqrt(0.25 / failures.length));
  });

  it('lets the failure fall uniformly within its tick', () => {
    const failures = firstFailures(when, 10_000).filter((ms) => ms < Infinity);
    expectLaw(
      failures.map((ms) => (ms % EVERY_MS) / EVERY_MS),
      (share) => Math.min(1, share),
    );
  });

  it('tosses a coin only for ticks that begin while it is up', () => {
    const process = failureProcess(
      { ...when, share: { kind: 'constant', value: 1 } },
      randomStream('certain'),
      HORIZON_MS,
    );
    for (const nowMs of [0, 1, EVERY_MS - 1, EVERY_MS, 3 * EVERY_MS + 0.5]) {
      const failsMs = nowMs + process.failsAfterMs(nowMs);
      expect(Math.floor(failsMs / EVERY_MS)).toBe(Math.ceil(nowMs / EVERY_MS));
    }
  });
});

describe('the model of P(t) agrees with what is measured', () => {
  const COUNT = 2000;
  const fleet = (faults: FaultConfig['when'][], targets: number): TrialConfig =>
    trialOf({
      durationMs: 30_000,
      instances: instances(COUNT),
      load: { arrivals: 'constant', ratePerMs: 1e-4, keys: null },
      faults: faults.map((when) => ({ action: { kind: 'crash' }, target: { kind: 'count', count: targets }, when })),
    });
  const exponential = { kind: 'exponential', meanMs: 4000 } as const;
  const cases: [string, FaultConfig['when'][], targets: number][] = [
    ['a ramp without repair, of all', [{ kind: 'hazard', perMs: ramp, repair: null }], COUNT],
    ['a wave without repair, of a share', [{ kind: 'hazard', perMs: wave, repair: null }], COUNT / 4],
    ['level stretches with exponential repair', [{ kind: 'hazard', perMs: steps, repair: exponential }], COUNT],
    [
      'a constant hazard with exponential repair',
      [{ kind: 'hazard', perMs: { kind: 'constant', value: 0.1 * PER_S }, repair: exponential }],
      COUNT,
    ],
    [
      'ticks without repair',
      [{ kind: 'probability', everyMs: 7000, share: { kind: 'constant', value: 0.4 }, repair: null }],
      COUNT,
    ],
    [
      'lives that wear out, without repair',
      [{ kind: 'lifetime', lifetime: { kind: 'weibull', meanMs: 20_000, shape: 3 }, repair: null }],
      COUNT,
    ],
    [
      'flapping beside a hazard',
      [
        { kind: 'repeated', atMs: 2500, forMs: 3300, everyMs: 8000, times: 2 },
        { kind: 'hazard', perMs: wave, repair: null },
      ],
      COUNT / 2,
    ],
  ];
  for (const [name, when, targets] of cases) {
    it(name, () => {
      const trial = fleet(when, targets);
      const { upShare } = runTrial(trial, 1, { recordSeries: false });
      const rows = [...availabilityRows(upShare, trial)].filter(({ subject }) => subject === 'model');
      expect(rows).toHaveLength(upShare.length);
      for (const second of [1, 2, 3, 5, 6, 9, 12, 13, 18, 24, 29]) {
        const expected = rows[second].value;
        const bound = Z * Math.sqrt((expected * (1 - expected)) / COUNT) + 1e-9;
        expect(Math.abs(upShare[second] - expected), `at ${second} s`).toBeLessThan(bound);
      }
    });
  }

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
    for (const when of none) expect(availabilityModel(fleet([when], COUNT))).toBeNull();
  });
});

describe('how far the availability of one instance lies from the limit', () => {
  it('has sd sqrt((MTTR^2 var_F + MTTF^2 var_R) / (MTTF + MTTR)^3 / T), so many instances are pooled', () => {
    const [MTTF, MTTR, T, COUNT, SHAPE] = [900, 100, 60_000, 4000, 4];
    const when: DrawnWhen = {
      kind: 'lifetime',
      lifetime: { kind: 'erlang', meanMs: MTTF, shape: SHAPE },
      repair: { kind: 'uniform', minMs: 0, maxMs: 2 * MTTR },
      start: 'stationary',
    };
    const shares = Array.from({ length: COUNT }, (_, i) =>
      lives(when, `availability/${i}`, T).reduce((sum, { fromMs, untilMs }) => sum + (untilMs - fromMs) / T, 0),
    );
    const [varF, varR] = [MTTF ** 2 / SHAPE, (2 * MTTR) ** 2 / 12];
    const sd = Math.sqrt((MTTR ** 2 * varF + MTTF ** 2 * varR) / (MTTF + MTTR) ** 3 / T);
    const mean = shares.reduce((sum, share) => sum + share, 0) / COUNT;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (COUNT - 1);
    expect(Math.abs(mean - MTTF / (MTTF + MTTR))).toBeLessThan((Z * sd) / Math.sqrt(COUNT));
    // A sample variance has a relative sd of sqrt(2 / (n - 1)); what T leaves out is of the order of a cycle in T.
    expect(Math.abs(variance / sd ** 2 - 1)).toBeLessThan(Z * Math.sqrt(2 / (COUNT - 1)) + (MTTF + MTTR) / T);
  });
});
