import { fc, test } from '@fast-check/vitest';
import { mean } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { durationStats, kaplanMeier, restrictedMean, survivalQuantile } from '../../src/metrics/kaplan_meier.ts';

const times = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 });

/** The product over event times of 1 - deaths / at risk, straight from the definition. */
function naiveSurvival(t: number, events: readonly number[], censored: readonly number[]): number {
  const distinct = [...new Set(events)].filter((time) => time <= t);
  return distinct.reduce((product, time) => {
    const atRisk = [...events, ...censored].filter((other) => other >= time).length;
    return product * (1 - events.filter((other) => other === time).length / atRisk);
  }, 1);
}

describe('kaplanMeier', () => {
  // Freireich et al., Blood 21 (1963): weeks in remission of 21 leukaemia patients on 6-MP, the standard example of
  // survival analysis texts; the curve as printed in Kleinbaum and Klein, Survival Analysis, chapter 2.
  const relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23];
  const lost = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];

  it('gives the published curve of the 6-MP trial', () => {
    const { times, survival } = kaplanMeier(relapsed, lost);
    expect(times).toEqual([6, 7, 10, 13, 16, 22, 23]);
    expect(survival.map((share) => Number(share.toFixed(4)))).toEqual([
      0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482,
    ]);
  });

  it('gives its median, and no quantile beyond its end', () => {
    const curve = kaplanMeier(relapsed, lost);
    expect(survivalQuantile(curve, 0.5)).toBe(23);
    expect(survivalQuantile(curve, 0.55)).toBe(23);
    expect(survivalQuantile(curve, 0.56)).toBeNull();
  });

  it('gives its restricted mean, the area up to 35 weeks', () => {
    const { survival } = kaplanMeier(relapsed, lost);
    const widths = [1, 3, 3, 3, 6, 1, 12];
    const area = 6 + survival.reduce((sum, share, i) => sum + share * widths[i], 0);
    expect(restrictedMean(kaplanMeier(relapsed, lost))).toBeCloseTo(area, 12);
  });

  test.prop([times, times])('is the product of the definition', (events, censored) => {
    const curve = kaplanMeier(events, censored);
    curve.times.forEach((time, i) => {
      expect(curve.survival[i]).toBeCloseTo(naiveSurvival(time, events, censored), 12);
    });
    expect(curve.times).toEqual([...new Set(events)].sort((a, b) => a - b));
  });

  test.prop([times, fc.constantFrom(0.01, 0.25, 0.5, 0.9, 0.99, 1)])(
    'without censoring is the empirical quantile and the plain mean',
    (events, q) => {
      const curve = kaplanMeier(events, []);
      const sorted = events.toSorted((a, b) => a - b);
      expect(survivalQuantile(curve, q)).toBe(sorted[Math.ceil(q * sorted.length - 1e-9) - 1]);
      expect(restrictedMean(curve)).toBeCloseTo(mean(events), 9);
    },
  );
});

describe('durationStats', () => {
  it('is null throughout for nobody', () => {
    expect(durationStats([], [])).toEqual({ count: 0, mean: null, p50: null, p90: null, p99: null, max: null });
  });

  it('has no quantile where all were lost, and the time watched as the mean', () => {
    expect(durationStats([], [7, 9])).toEqual({ count: 0, mean: 9, p50: null, p90: null, p99: null, max: null });
  });

  it('takes a subject lost at the time of an event as still at risk of it', () => {
    // Four at risk at 10: one event, S = 3/4, whoever else is lost at 10. One left at 20: S = 0.
    expect(durationStats([10, 20], [10, 10])).toEqual({ count: 2, mean: 17.5, p50: 20, p90: 20, p99: 20, max: 20 });
  });
});
