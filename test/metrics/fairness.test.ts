import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import type { CellMeasures } from '../../src/metrics/measures.ts';
import { Script, type SmallWorld } from './history.ts';

describe('fairness', () => {
  it('is 16/18 where one of four is dead and the rest get 2:1:1, and leaves the dead one out', () => {
    const script = new Script().join(0, 0, 0).join(0, 0, 1).join(0, 0, 2);
    for (const [at, instance] of [0, 1, 0, 2].entries()) script.hit(at + 1, instance);
    const { fairness } = script.run().measures;
    expect(fairness.jain).toBeCloseTo(16 / 18, 12);
    expect(fairness.worstCallerJain).toBeCloseTo(16 / 18, 12);
    expect(fairness.maxOverMean).toBeCloseTo(1.5, 12);
    expect(fairness.excluded).toBe(1);
    // By ground truth all four were up, and one got nothing: 4^2 / (4 x 6).
    expect(fairness.byTruth.jain).toBeCloseTo(16 / 24, 12);
  });

  it('judges an instance by the time it was there', () => {
    // Alternating while both are there, all to the first while the second is away: perfectly fair.
    const script = new Script({ weights: [1, 1] }).allGood().remove(100, 0, 1).restore(200, 0, 1);
    for (let at = 1; at < 300; at++) script.hit(at, at > 100 && at < 200 ? 0 : at % 2);
    const { fairness, instances } = script.run().measures;
    expect(fairness.jain).toBeCloseTo(1, 4);
    // 199 of the 299 sends met both.
    expect(instances[1].expectedShare).toBeCloseTo(199 / 2 / 299, 12);
  });

  it('expects attempts by weight', () => {
    const script = new Script({ weights: [3, 1] }).allGood();
    for (let at = 1; at <= 400; at++) script.hit(at, at % 4 === 0 ? 1 : 0);
    const { fairness } = script.run().measures;
    expect(fairness.jain).toBeCloseTo(1, 12);
    expect(fairness.cv).toBeCloseTo(0, 9);
    expect(fairness.gini).toBeCloseTo(0, 9);
  });

  it('finds the caller that spreads worst where all together look even', () => {
    const script = new Script({ weights: [1, 1], callers: 2 }).allGood();
    for (let at = 1; at <= 100; at++) script.hit(at, 0, 0).hit(at, 1, 1);
    const { fairness } = script.run().measures;
    expect([fairness.jain, fairness.worstCallerJain]).toEqual([1, 0.5]);
  });

  it('counts sends in [warmup, duration) only', () => {
    const script = new Script({ weights: [1, 1], warmupMs: 1000, durationMs: 2000 }).allGood();
    script.hit(999, 0).hit(1000, 0).hit(1999, 1).hit(2000, 0);
    const { fairness, instances } = script.run(2500).measures;
    expect(fairness.jain).toBe(1);
    expect(instances.map(({ requests }) => requests)).toEqual([1, 1]);
  });

  it('by truth leaves out what was never up, whatever was sent to it', () => {
    const script = new Script({ weights: [1, 1, 1] }).allGood().outage(2, 0, null);
    for (let at = 1; at <= 30; at++) script.hit(at, at % 3);
    const { fairness } = script.run().measures;
    expect([fairness.jain, fairness.byTruth.jain]).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
    expect(fairness.byTruth.maxOverMean).toBeCloseTo(1, 12);
  });
});

/** One caller sending every 10 ms for 60 s to whom `choose` says. */
function windowsOf(world: SmallWorld, choose: (k: number) => number): CellMeasures['fairness'] {
  const script = new Script({ ratePerMs: 0.1, durationMs: 60_000, ...world }).allGood();
  for (let k = 0; k < 6000; k++) script.hit(10 * k + 5, choose(k));
  return script.run().measures.fairness;
}

describe('fairness in windows', () => {
  it('has dispersion 0 for exact alternation', () => {
    // 4 instances at 0.1 / ms: windows of 2000 ms, 200 attempts each, a multiple of 4.
    const { dispersion, windows } = windowsOf({}, (k) => k % 4);
    expect(dispersion).toBeCloseTo(0, 12);
    expect(windows).toEqual({
      jainMean: expect.closeTo(1, 12),
      jainP1: expect.closeTo(1, 12),
      noiseFloor: expect.closeTo(1 / (1 + 3 / 200), 12),
      used: 30,
      dropped: 0,
    });
  });

  it('has dispersion 1 for uniform chance, within 4.8 standard errors', () => {
    // m CV^2 is chi-squared with n - 1 degrees of freedom, so a window's index has variance 2 / (n - 1) (to O(1/m)).
    const random = randomStream('test/windows');
    const { dispersion, windows } = windowsOf({}, () => random.int(4));
    expect(windows.used).toBe(30);
    const error = Math.sqrt(2 / 3 / windows.used);
    expect(Math.abs((dispersion as number) - 1)).toBeLessThan(4.8 * error);
    // E[CV^2] = (n - 1) / m, so Jain lies about its floor.
    expect(windows.jainMean).toBeCloseTo(windows.noiseFloor as number, 1.5);
    expect(windows.jainP1).toBeLessThan(windows.jainMean as number);
  });

  it('has dispersion above 1 for herding', () => {
    // All to one instance for 100 sends, then to the next: a window of 200 holds two of four, CV = 1, index 200 / 3.
    expect(windowsOf({}, (k) => Math.floor(k / 100) % 4).dispersion).toBeCloseTo(200 / 3, 9);
  });

  it('leaves out windows in which eligibility changed, idle ones, and the last part', () => {
    const script = new Script({ weights: [1, 1], ratePerMs: 1, durationMs: 4500 }).allGood();
    for (const at of [100, 200, 1100, 1200, 2100, 2200, 4100, 4200]) script.hit(at, (at / 100) % 2);
    // Windows of 1 s: [0, 1000) used, [1000, 2000) changed, [2000, 3000) used, [3000, 4000) idle, [4000, 4500) cut short.
    script.remove(1500, 0, 1).restore(2000, 0, 1);
    expect(script.run().measures.fairness.windows).toMatchObject({ used: 2, dropped: 3 });
  });

  it('drops a window that changes at its start after a send, or between sends', () => {
    const windows = (at: number) => {
      const script = new Script({ weights: [1, 1, 1], durationMs: 2000 }).allGood();
      script.hit(1000, 0).hit(1001, 1);
      return script.remove(at, 0, 2).run().measures.fairness.windows.used;
    };
    expect([windows(999), windows(1000), windows(1002)]).toEqual([1, 0, 0]);
  });
});
