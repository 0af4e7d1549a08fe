import { describe, expect, it } from 'vitest';
import { Outcome } from '../../../src/core/outcome.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { rigOf, s } from './rig.ts';

const grpc = { system: 'grpc', maxEjectionPercent: 100 } as const;
const byFailures = { ...grpc, enforcingSuccessRate: 0, enforcingFailurePercentage: 100 } as const;

describe("gRPC's outlier detection (gRFC A50)", () => {
  it('does not count errors in a row', () => {
    const { clock, load, taken } = rigOf(1, grpc);
    load(0, 99);
    clock.advanceTo(s(100));
    expect(taken()).toEqual([]);
  });

  it('ejects by success rate at a tick, and ends strictly after its time', () => {
    const { clock, load, taken } = rigOf(5, grpc);
    for (let host = 0; host < 4; host++) load(host, 200, Outcome.ok);
    load(4, 100, Outcome.ok);
    load(4, 100);
    clock.advanceTo(s(60));
    expect(taken()).toEqual(['10000 out 4', '50000 in 4']);
  });

  it('ejects above the failure percentage, not at it', () => {
    const { clock, load, taken } = rigOf(5, byFailures);
    for (let host = 0; host < 5; host++) load(host, 100, Outcome.ok);
    const failing = rigOf(5, byFailures);
    for (const [rig, failures] of [[{ load }, 850] as const, [failing, 851] as const]) {
      for (const host of [0, 1]) rig.load(host, failures);
    }
    for (const host of [0, 1]) load(host, 50, Outcome.ok);
    for (let host = 0; host < 5; host++) failing.load(host, host < 2 ? 150 : 100, Outcome.ok);
    clock.advanceTo(s(10));
    failing.clock.advanceTo(s(10));
    expect(taken()).toEqual([]); // 850 of 1000
    expect(failing.taken()).toEqual(['10000 out 0', '10000 out 1']);
  });

  it('looks at the cap before an ejection, and may end up above it', () => {
    const { clock, load, out } = rigOf(10, { ...byFailures, maxEjectionPercent: 15 });
    for (let host = 0; host < 10; host++) load(host, 50);
    clock.advanceTo(s(10));
    expect([...out]).toEqual([0, 1]); // 10% is below 15%, 20% is not
  });

  it('ejects nobody once as many are out as the cap says', () => {
    for (const by of [byFailures, { ...grpc, enforcingFailurePercentage: 0, successRateStdevFactor: 100 }]) {
      const { clock, load, out } = rigOf(10, { ...by, maxEjectionPercent: 10 });
      for (let host = 0; host < 10; host++) load(host, 100, host < 2 ? Outcome.error : Outcome.ok);
      clock.advanceTo(s(10));
      expect([...out]).toEqual([0]); // 10% is not below 10%
    }
  });

  it('draws for each outlier, even where all are ejected', () => {
    const { clock, load, out } = rigOf(5, { ...byFailures, enforcingFailurePercentage: 50 }, scriptedRandom([50, 149]));
    for (let host = 0; host < 5; host++) load(host, 50, host < 2 ? Outcome.error : Outcome.ok);
    clock.advanceTo(s(10));
    expect([...out]).toEqual([1]);
  });

  it('judges each priority by itself', () => {
    const rig = rigOf(0, { ...byFailures, maxEjectionPercent: 10 });
    for (let host = 0; host < 10; host++) rig.passive.add(host, host % 2);
    for (let host = 0; host < 10; host++) rig.load(host, 50);
    rig.clock.advanceTo(s(10));
    expect([...rig.out]).toEqual([0, 1]); // one of each five, both above 10%
  });

  it('shortens the next ejection at every tick without one', () => {
    const settings = { ...byFailures, failurePercentageMinimumHosts: 1 };
    const { clock, load, taken } = rigOf(1, settings);
    load(0, 50);
    clock.advanceTo(s(50)); // out at 10 s, in at 50 s: not ejected, and no shorter yet
    load(0, 50);
    clock.advanceTo(s(130)); // out at 60 s, for 60 s: in at 130 s
    clock.advanceTo(s(140)); // shorter by one
    load(0, 50);
    clock.advanceTo(s(250)); // out at 150 s
    expect(taken()).toEqual(['10000 out 0', '50000 in 0', '60000 out 0', '130000 in 0', '150000 out 0', '220000 in 0']);
  });

  it('ejects anew a host that still has failures while it is out', () => {
    const { clock, load, taken } = rigOf(2, { ...byFailures, failurePercentageMinimumHosts: 1 });
    load(0, 50);
    clock.advanceTo(s(15));
    load(0, 50);
    clock.advanceTo(s(100)); // again at 20 s, for 60 s
    expect(taken()).toEqual(['10000 out 0', '90000 in 0']);
  });

  it('has no timer where no algorithm is enforced', () => {
    expect(rigOf(1, { ...grpc, enforcingSuccessRate: 0 }).clock.pending).toBe(0);
  });

  it('takes the base for the longest where that is longer', () => {
    const settings = {
      ...byFailures,
      failurePercentageMinimumHosts: 1,
      baseEjectionTimeMs: s(15),
      maxEjectionTimeMs: s(1),
    };
    const { clock, load, taken } = rigOf(1, settings);
    load(0, 50);
    clock.advanceTo(s(40));
    expect(taken()).toEqual(['10000 out 0', '30000 in 0']);
  });
});
