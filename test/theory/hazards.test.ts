import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { type Curve, integralOf, valueAt } from '../../src/sim/faults/curve.ts';
import { type DrawnWhen, failureProcess } from '../../src/sim/faults/processes.ts';
import { ramp, steps, wave } from './hazard_curves.ts';
import { expectAgreement, expectLaw, expectShare, triesFor, Z } from './theory.ts';

const HORIZON_MS = 60_000;
const PER_S = 1 / 1000;

/** When each of many processes first fails; Infinity: not within the horizon. */
function firstFailures(when: DrawnWhen, count: number, horizonMs = HORIZON_MS): number[] {
  const random = randomStream('first failures');
  return Array.from({ length: count }, () => {
    const { first } = failureProcess(when, random, horizonMs);
    return first.up ? first.afterMs : 0;
  });
}

/** The same shape, with an integral of `integral` over a stretch. */
function scaledTo(integral: number, curve: Curve, toMs: number, fromMs = 0): Curve {
  const by = integral / (integralOf(curve, toMs) - integralOf(curve, fromMs));
  switch (curve.kind) {
    case 'constant':
      return { ...curve, value: curve.value * by };
    case 'points':
      return { ...curve, points: curve.points.map(([atMs, value]) => [atMs, value * by]) };
    case 'sine':
      return { ...curve, mean: curve.mean * by, amplitude: curve.amplitude * by };
  }
}

/** How often something that is repaired at once fails in a stretch of time. */
function failuresWithin(perMs: Curve, fromMs: number, toMs: number): number {
  const { failsAfterMs } = failureProcess({ kind: 'hazard', perMs, repair: null }, randomStream('repaired'), toMs);
  let failures = -1;
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += failsAfterMs(nowMs)) failures++;
  return failures;
}

describe('a hazard that varies over the run', () => {
  for (const [name, perMs] of Object.entries({ ramp, wave, steps })) {
    const failedBy = (ms: number): number => 1 - Math.exp(-integralOf(perMs, Math.min(ms, HORIZON_MS)));

    it(`fails by t with probability 1 - exp(-integral of h), the law as a whole: ${name}`, () => {
      // Massart's bound is 0.0094 for 80,000. Those that outlive the horizon are one jump after it.
      const failures = firstFailures({ kind: 'hazard', perMs, repair: null }, 80_000);
      const never = HORIZON_MS + 1;
      expectLaw(
        failures.map((ms) => Math.min(ms, never)),
        (ms) => (ms < never ? failedBy(ms) : 1),
      );
      expectShare(failures.filter((ms) => ms <= HORIZON_MS).length, failures.length, failedBy(HORIZON_MS));
    });

    it(`and to a hundredth of it at each t: ${name}`, () => {
      // Early failures are rare: the hazard is so much greater that 1 - exp(-2) fail by each t.
      const probability = 1 - Math.exp(-2);
      for (const byMs of [2500, 10_000, 20_000, 40_000]) {
        const scaled = scaledTo(2, perMs, byMs);
        const failures = firstFailures({ kind: 'hazard', perMs: scaled, repair: null }, triesFor(probability), byMs);
        expectShare(failures.filter((ms) => ms <= byMs).length, failures.length, probability);
      }
    });

    it(`repaired at once, it is a Poisson process, as many failures in each stretch as the integral says: ${name}`, () => {
      // A count of this mean has the root of it for its sd, a hundredth of it for 4.8 of them. Where it is 0 it has none.
      const COUNT = (100 * Z) ** 2;
      for (const [fromMs, toMs] of [
        [0, 10_000],
        [10_000, 20_000],
        [20_000, 40_000],
      ]) {
        const failures = failuresWithin(scaledTo(COUNT, perMs, toMs, fromMs), fromMs, toMs);
        expectAgreement({ mean: failures, bound: Z * Math.sqrt(COUNT) }, COUNT);
      }
      expect(failuresWithin(scaledTo(COUNT, ramp, 20_000), 20_000, 30_000)).toBe(0);
    });

    it(`has its integral in closed form: ${name}`, () => {
      const STEP_MS = 1;
      let sum = 0;
      for (let atMs = 0; atMs < HORIZON_MS; atMs += STEP_MS) {
        // The midpoint rule: no jump lies inside a step.
        sum += valueAt(perMs, atMs + STEP_MS / 2) * STEP_MS;
        if (atMs % 7000 === 0) expect(integralOf(perMs, atMs + STEP_MS)).toBeCloseTo(sum, 6);
      }
    });
  }

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
    const TICKS = 6;
    const count = triesFor(Math.exp(-HAZARD * TICKS * EVERY_MS));
    const random = randomStream('geometric');
    const failedIn = new Float64Array(TICKS + 1);
    for (let i = 0; i < count; i++) {
      const { afterMs } = failureProcess(when, random, TICKS * EVERY_MS - 1).first;
      failedIn[Math.min(TICKS, Math.floor(afterMs / EVERY_MS))]++;
    }
    for (let tick = 1, survived = count; tick <= TICKS; tick++) {
      survived -= failedIn[tick - 1];
      expectShare(survived, count, Math.exp(-HAZARD * tick * EVERY_MS));
    }
    // The rest of the law: as many ticks as 1/p on average, with sd sqrt(1 - p) / p.
    const ticks = firstFailures(when, 150_000, Infinity).map((ms) => Math.ceil(ms / EVERY_MS));
    const mean = ticks.reduce((sum, each) => sum + each, 0) / ticks.length;
    expectAgreement({ mean, bound: (Z * Math.sqrt(1 - chance)) / chance / Math.sqrt(ticks.length) }, 1 / chance);
    // The test could tell h dt from it.
    expect((HAZARD * EVERY_MS - chance) / chance).toBeGreaterThan(0.25);
  });

  it('that varies is the one of the moment at which the tick begins', () => {
    const shareAt = (ms: number): number => 0.3 + 0.2 * Math.sin((2 * Math.PI * (ms + 1000)) / 17_000);
    const share: Curve = { kind: 'sine', mean: 0.3, amplitude: 0.2, periodMs: 17_000, phaseMs: 1000 };
    const survival = [0, 1, 2, 3].reduce((product, tick) => product * (1 - shareAt(tick * EVERY_MS)), 1);
    const failures = firstFailures({ ...when, share }, triesFor(survival), 4 * EVERY_MS - 1);
    for (let tick = 1, expected = 1; tick <= 4; tick++) {
      expected *= 1 - shareAt((tick - 1) * EVERY_MS);
      expectShare(failures.filter((ms) => ms >= tick * EVERY_MS).length, failures.length, expected);
    }
  });

  it('lets the failure fall uniformly within its tick', () => {
    const shares = firstFailures(when, 80_000, Infinity).map((ms) => (ms % EVERY_MS) / EVERY_MS);
    // Massart's bound is 0.0094. The uniform law has sd 1 / sqrt 12.
    expectLaw(shares, (share) => Math.min(1, share));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expectAgreement({ mean, bound: Z / Math.sqrt(12 * shares.length) }, 0.5);
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
