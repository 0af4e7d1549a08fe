import { describe, expect, it } from 'vitest';
import { Outcome } from '../../../src/core/outcome.ts';
import { randomStream } from '../../../src/core/random.ts';
import { createOutlierDetection } from '../../../src/health/outlier/outlier_detection.ts';
import { OUTLIER_DETECTION } from '../../../src/health/outlier/settings.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { rigOf, s } from './rig.ts';

/** Figures of Envoy's own tests: test/common/upstream/outlier_detection_impl_test.cc, by their names there. */
describe("timelines of Envoy's tests", () => {
  it('EjectTimeBackoff: longer each time, shorter again after healthy intervals', () => {
    const { clock, load, taken } = rigOf(1, { baseEjectionTimeMs: s(10), maxEjectionPercent: 100 });
    const eject = () => load(0, 5);
    eject();
    clock.advanceTo(s(10));
    eject();
    clock.advanceTo(s(30));
    eject();
    clock.advanceTo(s(80)); // back at 60 s, then two healthy intervals: from three times the base to two
    eject();
    clock.advanceTo(s(610)); // back at 100 s; 50 healthy intervals
    eject();
    clock.advanceTo(s(630));
    expect(taken()).toEqual([
      ...['0 out 0', '10000 in 0', '10000 out 0', '30000 in 0', '30000 out 0', '60000 in 0'],
      ...['80000 out 0', '100000 in 0', '610000 out 0', '620000 in 0'],
    ]);
  });

  it('MaxEjectTimeNotAlligned: an ejection of at most 305 s ends at the tick of 310 s', () => {
    const rig = rigOf(1, { baseEjectionTimeMs: s(10), maxEjectionTimeMs: s(305), maxEjectionPercent: 100 });
    const lengths: number[] = [];
    for (let i = 1; i <= 40; i++) {
      rig.load(0, 5);
      const from = rig.clock.now();
      while (rig.out.has(0)) rig.clock.step();
      lengths.push(rig.clock.now() - from);
    }
    const rising = Array.from({ length: 31 }, (_, i) => s(10 * (i + 1)));
    expect(lengths).toEqual([...rising, ...Array.from({ length: 9 }, () => s(310))]);
  });

  it('MaxEjectTime: and one of at most 300 s at 300 s', () => {
    const rig = rigOf(1, { baseEjectionTimeMs: s(10), maxEjectionTimeMs: s(300), maxEjectionPercent: 100 });
    for (let i = 1; i <= 40; i++) {
      rig.load(0, 5);
      const from = rig.clock.now();
      while (rig.out.has(0)) rig.clock.step();
      expect(rig.clock.now() - from).toBe(s(Math.min(10 * i, 300)));
    }
  });

  it('the failure percentage ejects at it, not only above', () => {
    for (const [failures, ejected] of [
      [84, []],
      [85, [0]],
    ] as const) {
      const settings = { consecutive5xx: 0, enforcingSuccessRate: 0, enforcingFailurePercentage: 100 };
      const { clock, load, out } = rigOf(10, settings);
      for (let host = 0; host < 10; host++) load(host, 100 - (host === 0 ? failures : 0), Outcome.ok);
      load(0, failures);
      clock.advanceTo(s(10));
      expect([...out]).toEqual(ejected);
    }
  });

  it('BasicFlow5xx: out until base x 1 has passed at a tick', () => {
    const { clock, load, taken } = rigOf(1, { maxEjectionPercent: 100 });
    load(0, 4);
    load(0, 1, Outcome.ok);
    load(0, 4);
    expect(taken()).toEqual([]);
    load(0, 1);
    clock.advanceTo(s(29.999));
    expect(taken()).toEqual(['0 out 0']);
    clock.advanceTo(s(30));
    expect(taken()).toEqual(['30000 in 0']);
  });

  it('BasicFlowSuccessRate: rates 50, 100, 100, 100, 100 have their threshold at 52', () => {
    const { clock, load, taken } = rigOf(5, { maxEjectionPercent: 100, enforcingConsecutive5xx: 0 });
    for (let host = 0; host < 5; host++) load(host, 200, Outcome.ok);
    load(4, 200, Outcome.rejected);
    clock.advanceTo(s(40));
    expect(taken()).toEqual(['10000 out 4', '40000 in 4']);
    // Not enough requests of the next interval: below 100, though not below the 50 of failure percentage.
    for (let host = 0; host < 5; host++) load(host, 25, Outcome.ok);
    load(4, 25, Outcome.rejected);
    clock.advanceTo(s(60));
    expect(taken()).toEqual([]);
  });

  it('BasicFlowFailurePercentage: 250 of 300 stay below 85%, 300 of 350 do not', () => {
    const settings = { enforcingConsecutive5xx: 0, enforcingSuccessRate: 0, enforcingFailurePercentage: 100 };
    const { clock, load, taken } = rigOf(5, { maxEjectionPercent: 100, ...settings });
    for (let host = 0; host < 5; host++) load(host, 50, Outcome.ok);
    load(3, 250, Outcome.rejected);
    load(4, 300, Outcome.rejected);
    clock.advanceTo(s(40));
    expect(taken()).toEqual(['10000 out 4', '40000 in 4']);
  });

  it.each([
    ['MaxEjectionPercentage: 50% of three is one', 3, { maxEjectionPercent: 50 }, [0]],
    [
      ...(['MaxEjectionPercentageOverride: one of three, though 30% is none', 3] as const),
      ...([{ maxEjectionPercent: 30, alwaysEjectOneHost: true }, [0]] as const),
    ],
    ['MaxEjectionPercentageSingleHost: none of one', 1, { maxEjectionPercent: 90 }, []],
    ['by default none of nine', 9, {}, []],
    ['by default one of ten', 10, {}, [0]],
    ['and two of twenty', 20, {}, [0, 1]],
  ])('%s', (_name, hosts, settings, expected) => {
    const { load, out } = rigOf(hosts, settings);
    for (let host = 0; host < hosts; host++) load(host, 5);
    expect([...out]).toEqual(expected);
  });

  it('BasicFlowGatewayFailure: a 500 breaks a row of gateway failures, and not one of 5xx', () => {
    const gateway = { maxEjectionPercent: 100, enforcingConsecutiveGatewayFailure: 100, enforcingConsecutive5xx: 0 };
    const { load, taken } = rigOf(1, gateway);
    load(0, 4, Outcome.rejected);
    load(0, 1, Outcome.error);
    load(0, 4, Outcome.refused);
    expect(taken()).toEqual([]);
    load(0, 1, Outcome.timedOut);
    expect(taken()).toEqual(['0 out 0']);
  });

  it('Consecutive_5xxAlreadyEjected: more errors do nothing, and count from nothing after it', () => {
    const { clock, load, taken } = rigOf(1, { maxEjectionPercent: 100 });
    load(0, 5);
    load(0, 9);
    clock.advanceTo(s(30));
    load(0, 4);
    expect(taken()).toEqual(['0 out 0', '30000 in 0']);
    load(0, 1);
    expect(taken()).toEqual(['30000 out 0']);
  });

  it('RemoveWhileEjected: it leaves room for another', () => {
    const { passive, load, out } = rigOf(2, { maxEjectionPercent: 50 });
    load(0, 5);
    passive.remove(0);
    load(0, 5);
    passive.add(2);
    load(1, 5);
    expect([...out]).toEqual([0, 1]); // nobody is told of the one that left
  });
});

describe('what decides an ejection', () => {
  it('a count acts when it is found, enforced or not, and begins anew', () => {
    // Enforced for half: the first draw is 50, which is not below.
    const half = { maxEjectionPercent: 100, enforcingConsecutive5xx: 50 };
    const { load, taken } = rigOf(1, half, scriptedRandom([50, 49, 0]));
    load(0, 9);
    expect(taken()).toEqual([]);
    load(0, 1);
    expect(taken()).toEqual(['0 out 0']);
  });

  it('draws after the cap, then jitter in whole milliseconds, once', () => {
    const settings = { maxEjectionPercent: 50, maxEjectionTimeJitterMs: 9999, enforcingConsecutive5xx: 10 };
    const { clock, load, taken } = rigOf(2, settings, scriptedRandom([9, 10_001]));
    load(0, 5);
    load(1, 5); // no room, no draw
    clock.advanceTo(s(60));
    expect(taken()).toEqual(['0 out 0', '40000 in 0']); // 1 ms beyond 30 s
  });

  it('origins apart: what could not be reached counts by itself', () => {
    const { load, taken } = rigOf(1, { maxEjectionPercent: 100, splitExternalLocalOriginErrors: true });
    for (let i = 0; i < 4; i++) {
      load(0, 1, Outcome.refused);
      load(0, 1, Outcome.error); // it was reached: no more in a row
    }
    expect(taken()).toEqual([]);
    load(0, 1, Outcome.timedOut);
    // The fifth answer of 500: failures to connect between them are none of theirs.
    load(0, 1, Outcome.error);
    expect(taken()).toEqual(['0 out 0']);
  });

  it('origins apart: five in a row without a connection', () => {
    const { load, taken } = rigOf(1, { maxEjectionPercent: 100, splitExternalLocalOriginErrors: true });
    load(0, 2, Outcome.refused);
    load(0, 1, Outcome.reset);
    load(0, 2, Outcome.timedOut);
    expect(taken()).toEqual(['0 out 0']);
  });

  it('origins apart: rates of being reached are compared too', () => {
    const settings = { maxEjectionPercent: 100, splitExternalLocalOriginErrors: true };
    const { clock, load, taken } = rigOf(5, { ...settings, enforcingConsecutiveLocalOriginFailure: 0 });
    for (let host = 0; host < 5; host++) load(host, 200, Outcome.ok);
    load(4, 200, Outcome.refused);
    clock.advanceTo(s(10));
    expect(taken()).toEqual(['10000 out 4']);
  });

  it('one tick does not eject a host for two reasons', () => {
    const settings = { maxEjectionPercent: 100, enforcingConsecutive5xx: 0, enforcingFailurePercentage: 100 };
    const { clock, load, taken } = rigOf(5, settings);
    for (let host = 0; host < 4; host++) load(host, 200, Outcome.ok);
    load(4, 200);
    clock.advanceTo(s(40));
    expect(taken()).toEqual(['10000 out 4', '40000 in 4']); // 30 s, not 60
  });

  it('ends by an active check that passes, unless told not to', () => {
    for (const successfulActiveHealthCheckUnejectHost of [true, false]) {
      const rig = rigOf(1, { maxEjectionPercent: 100, successfulActiveHealthCheckUnejectHost });
      rig.passive.checkPassed(0);
      rig.load(0, 5);
      rig.clock.advanceTo(1500);
      rig.passive.checkPassed(0);
      rig.passive.checkPassed(7);
      expect(rig.taken()).toEqual(successfulActiveHealthCheckUnejectHost ? ['0 out 0', '1500 in 0'] : ['0 out 0']);
    }
  });

  it('names when the attempt that decided it was sent', () => {
    const clock = new ManualClock();
    const evidence: number[] = [];
    const passive = createOutlierDetection({
      clock,
      random: randomStream('evidence'),
      settings: {
        ...OUTLIER_DETECTION,
        maxEjectionPercent: 100,
        successRateMinimumHosts: 2,
        successRateStdevFactor: 500,
      },
      listener: (_host, _out, evidenceAtMs) => evidence.push(evidenceAtMs),
      firstTickMs: 4000,
    });
    for (const host of [0, 1, 2]) passive.add(host);
    clock.advanceTo(100);
    for (const sentAtMs of [10, 20, 30, 40, 50]) passive.ended(0, Outcome.timedOut, sentAtMs);
    for (let i = 0; i < 100; i++) {
      passive.ended(1, Outcome.ok, 60);
      passive.ended(2, i % 2 === 0 ? Outcome.ok : Outcome.error, 60 + i / 100);
    }
    clock.advanceTo(4000);
    passive.close();
    expect(clock.pending).toBe(0);
    expect(evidence).toEqual([50, 60.99]);
  });

  it.each([
    { intervalMs: 0 },
    { baseEjectionTimeMs: Infinity },
    { maxEjectionTimeJitterMs: 0.5 },
    { maxEjectionPercent: 101 },
    { enforcingSuccessRate: -1 },
    { consecutive5xx: 1.5 },
    { baseEjectionTimeMs: s(10), maxEjectionTimeMs: s(3) }, // DetectorStaticConfigiInvalidMaxEjectTime
  ])('refuses %j', (settings) => {
    expect(() => rigOf(1, settings)).toThrow(RangeError);
  });
});
