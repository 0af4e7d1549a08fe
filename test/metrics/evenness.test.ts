import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { evenness, jain } from '../../src/metrics/evenness.ts';

const values = fc
  .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 60 })
  .filter((list) => list.some((value) => value > 0));

describe('evenness', () => {
  it('is perfect for equal shares', () => {
    expect(evenness([3, 3, 3])).toEqual({ jain: 1, cv: 0, gini: 0, maxOverMean: 1, minOverMean: 1 });
  });

  it('is 16/18 for shares 2:1:1', () => {
    const { jain, cv, gini, maxOverMean, minOverMean } = evenness([2, 1, 1]);
    expect(jain).toBeCloseTo(16 / 18, 14);
    // Mean 4/3, population variance 2/9; mean absolute difference over all 9 ordered pairs 4/9.
    expect(cv).toBeCloseTo(Math.sqrt(2 / 9) / (4 / 3), 14);
    expect(gini).toBeCloseTo(4 / 9 / (2 * (4 / 3)), 14);
    expect(maxOverMean).toBeCloseTo(1.5, 14);
    expect(minOverMean).toBeCloseTo(0.75, 14);
  });

  it('is 1/n where one has everything', () => {
    expect(evenness([0, 0, 0, 8]).jain).toBe(0.25);
    expect(evenness([0, 0, 0, 8]).gini).toBe(0.75);
  });

  it.each([[[]], [[0, 0]]])('has no value for %j', (list) => {
    expect(evenness(list)).toEqual({ jain: null, cv: null, gini: null, maxOverMean: null, minOverMean: null });
    expect(jain(list)).toBeNull();
  });

  test.prop([values])('Jain is 1 / (1 + CV^2)', (list) => {
    const { jain: index, cv } = evenness(list);
    expect(index).toBeCloseTo(1 / (1 + (cv as number) ** 2), 12);
    expect(jain(list)).toBe(index);
  });

  test.prop([values])('Gini is half the mean absolute difference over the mean', (list) => {
    const n = list.length;
    const mean = list.reduce((sum, value) => sum + value, 0) / n;
    const differences = list.flatMap((a) => list.map((b) => Math.abs(a - b))).reduce((sum, d) => sum + d, 0);
    expect(evenness(list).gini).toBeCloseTo(differences / (n * n) / (2 * mean), 12);
  });

  test.prop([values, fc.double({ min: 0.001, max: 1000, noNaN: true })])(
    'does not depend on the unit',
    (list, factor) => {
      const scaled = evenness(list.map((value) => value * factor));
      for (const [name, value] of Object.entries(evenness(list))) {
        expect(scaled[name as keyof typeof scaled]).toBeCloseTo(value as number, 10);
      }
    },
  );
});
