import { describe, expect, it } from 'vitest';
import type { CellMeasures } from '../../src/metrics/measures.ts';
import { Script, type SmallWorld } from './history.ts';

/** One caller and one instance over 10 s. */
const one = (world: SmallWorld = {}) => new Script({ weights: [1], faultKinds: ['crash', 'slow', 'errors'], ...world });
const detector = (script: Script): CellMeasures['detector'] => script.run().measures.detector;

describe('detector quality', () => {
  it('has good time from the first belief, and no mistake in starting unhealthy', () => {
    expect(detector(one().join(2000, 0, 0))).toEqual({
      falsePositives: 0,
      goodTimeMs: 8000,
      meanTimeBetweenMs: null,
      meanDurationMs: null,
      queryAccuracy: 1,
      impairedRemovals: { slow: 0, errors: 0 },
    });
  });

  it('times mistakes by Chen, Toueg and Aguilera: T_MR, T_M, P_A', () => {
    const script = one().allGood().doubt(1000, 0, 0).believe(1500, 0, 0).doubt(4000, 0, 0).believe(5500, 0, 0);
    expect(detector(script)).toMatchObject({
      falsePositives: 2,
      goodTimeMs: 10_000,
      meanTimeBetweenMs: 5000,
      meanDurationMs: 1000,
      queryAccuracy: 0.8,
    });
  });

  it('looks at [warmup, duration) only', () => {
    // A mistake from before and one that goes on after. Both spoil good time; only what began inside is a mistake, and timed.
    const script = one({ warmupMs: 2000 }).allGood().doubt(1000, 0, 0).believe(3000, 0, 0).doubt(9000, 0, 0);
    expect(detector(script)).toMatchObject({
      falsePositives: 1,
      goodTimeMs: 8000,
      meanDurationMs: 1000,
      queryAccuracy: 0.75,
    });
    const before = one({ warmupMs: 2000 }).allGood().doubt(1000, 0, 0).believe(6000, 0, 0);
    expect(detector(before)).toMatchObject({ falsePositives: 0, meanDurationMs: null, queryAccuracy: 0.5 });
    // What ends mistakes from before, other than belief, leaves none of their time behind.
    const cut = one({ warmupMs: 2000 }).allGood().doubt(1000, 0, 0).outage(0, 3000, 4000);
    expect(detector(cut.believe(5000, 0, 0).doubt(6000, 0, 0).believe(6100, 0, 0))).toMatchObject({
      falsePositives: 1,
      meanDurationMs: 100,
      goodTimeMs: 1000 + 5000,
    });
  });

  it('has no good time while the instance is down, nor before belief returns', () => {
    const script = one().allGood().outage(0, 2000, 4000).doubt(2500, 0, 0).believe(6000, 0, 0);
    expect(detector(script)).toMatchObject({ falsePositives: 0, goodTimeMs: 2000 + 4000 });
  });

  it('takes belief that lasted through an outage as reinstated at the repair', () => {
    expect(detector(one().allGood().outage(0, 2000, 4000))).toMatchObject({ goodTimeMs: 8000 });
  });

  it('rests good time after a late removal, until belief is good again', () => {
    const script = one().allGood().outage(0, 2000, 4000).doubt(4500, 0, 0, 'activeCheck', 3999).believe(5000, 0, 0);
    expect(detector(script)).toMatchObject({ falsePositives: 0, goodTimeMs: 2000 + 500 + 5000, queryAccuracy: 1 });
    // The same on evidence from after the repair is a mistake.
    const mistaken = one().allGood().outage(0, 2000, 4000).doubt(4500, 0, 0, 'activeCheck', 4000).believe(5000, 0, 0);
    expect(detector(mistaken)).toMatchObject({ falsePositives: 1, goodTimeMs: 8000, meanDurationMs: 500 });
  });

  it('ends a mistake where the instance goes down', () => {
    const script = one().allGood().doubt(1000, 0, 0).outage(0, 1600, 3000).believe(5000, 0, 0);
    expect(detector(script)).toMatchObject({ falsePositives: 1, meanDurationMs: 600, goodTimeMs: 1600 + 5000 });
  });

  it('lists removals of impaired instances under what impairs them, and counts them nowhere else', () => {
    const script = one().allGood().impairment(0, 1000, 2000, 1).doubt(1500, 0, 0).believe(2500, 0, 0);
    script.impairment(0, 3000, 4000, 2).doubt(3500, 0, 0).believe(4500, 0, 0);
    // Removed after it is well again, on evidence from while it was not.
    script.impairment(0, 5000, 6000, 2).doubt(6500, 0, 0, 'ejection', 5900).believe(7000, 0, 0);
    expect(detector(script)).toMatchObject({
      falsePositives: 0,
      impairedRemovals: { slow: 1, errors: 1 },
      goodTimeMs: 1000 + 500 + 500 + 500 + 3000,
    });
  });

  it('lists a removal under what still impairs the instance when the first of two impairments has ended', () => {
    const script = one().allGood().say({ kind: 'impaired', atMs: 1000, instance: 0, on: true, entry: 1 });
    // Errors began at 1500; the slowness ends at 2000.
    script.say({ kind: 'impaired', atMs: 2000, instance: 0, on: true, entry: 2 }).doubt(2500, 0, 0);
    script.say({ kind: 'impaired', atMs: 3000, instance: 0, on: false, entry: 2 });
    // Nothing was restarted: it is sound from 3000 on, and reinstated when believed in.
    script.believe(4000, 0, 0).doubt(4500, 0, 0, 'activeCheck', 3000).believe(5000, 0, 0);
    expect(detector(script)).toMatchObject({
      falsePositives: 1,
      impairedRemovals: { slow: 0, errors: 1 },
      goodTimeMs: 1000 + 6000,
      meanDurationMs: 500,
    });
  });

  it('takes a planned removal as no mistake, during the drain and at the return', () => {
    const script = one()
      .allGood()
      .say({ kind: 'planned', atMs: 1000, instance: 0, on: true })
      .remove(1200, 0, 0, 'registry', 1000)
      .say({ kind: 'view', atMs: 1200, caller: 0, instance: 0, on: false })
      .outage(0, 2000, 3000)
      .say({ kind: 'planned', atMs: 3000, instance: 0, on: false })
      .join(3400, 0, 0);
    const { detector: quality, failovers } = script.run().measures;
    expect(quality).toMatchObject({ falsePositives: 0, goodTimeMs: 1000 + 6600 });
    expect(failovers[0]).toMatchObject({ atRisk: 0, notInView: 1 });
  });
});
