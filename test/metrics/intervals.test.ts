import { describe, expect, it } from 'vitest';
import { studentInterval } from '../../src/metrics/intervals.ts';
import { NOT_REACHED } from '../../src/metrics/not_reached.ts';

describe('studentInterval', () => {
  it("gives Student's own paired example: Cushny and Peebles's sleep data, mean 1.58, s 1.23 (1908)", () => {
    // Hours of sleep gained on one drug over the other, ten patients. t(0.975, 9) = 2.262 in any table.
    const gains = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];
    const { mean, low, high, n } = studentInterval(gains);
    expect(n).toBe(10);
    expect(mean).toBeCloseTo(1.58, 12);
    // R: t.test(gains)$conf.int
    expect(low).toBeCloseTo(0.7001142, 6);
    expect(high).toBeCloseTo(2.4598858, 6);
  });

  it.each([
    [2, 12.706],
    [3, 4.303],
    [5, 2.776],
    [31, 2.042],
  ])('uses the 97.5%% quantile of the t law with n - 1 degrees of freedom, n = %i', (n, quantile) => {
    // Values 0 and 1 alternating, or n = 2: half-width / (s / sqrt n) is the quantile, printed in any table to 3 digits.
    const values = Array.from({ length: n }, (_, i) => i % 2);
    const { mean, high } = studentInterval(values);
    const variance = values.reduce((sum, value) => sum + (value - (mean as number)) ** 2, 0) / (n - 1);
    expect(((high as number) - (mean as number)) / Math.sqrt(variance / n)).toBeCloseTo(quantile, 3);
  });

  it('has no interval for one value and no mean for none', () => {
    expect(studentInterval([4])).toEqual({ mean: 4, low: null, high: null, n: 1 });
    expect(studentInterval([null, 4])).toEqual({ mean: 4, low: null, high: null, n: 1 });
    expect(studentInterval([])).toEqual({ mean: null, low: null, high: null, n: 0 });
  });

  it('has no mean where a value is not reached: it is above all that was, by nobody knows how much', () => {
    expect(studentInterval([1000, NOT_REACHED, null, 1000])).toEqual({ mean: null, low: null, high: null, n: 2 });
    expect(studentInterval([NOT_REACHED])).toEqual({ mean: null, low: null, high: null, n: 0 });
  });

  it('has no width for equal values', () => {
    expect(studentInterval([2, 2, 2])).toEqual({ mean: 2, low: 2, high: 2, n: 3 });
  });

  it('never says -0', () => {
    const { mean, low } = studentInterval([-0, -0]);
    expect(Object.is(mean, 0) && Object.is(low, 0)).toBe(true);
  });
});
