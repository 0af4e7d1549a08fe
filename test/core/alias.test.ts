import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aliasTable } from '../../src/core/alias.ts';

/** Read back from the table: a column's threshold goes to itself, the rest to its alias. */
function probabilitiesOf(weights: readonly number[]): number[] {
  const { threshold, alias } = aliasTable(Float64Array.from(weights));
  const probabilities = Array<number>(weights.length).fill(0);
  threshold.forEach((own, column) => {
    probabilities[column] += own / weights.length;
    probabilities[alias[column]] += (1 - own) / weights.length;
  });
  return probabilities;
}

test('each has its share of the weight', () => {
  const weights = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(weights, (drawn) => {
      const total = drawn.reduce((sum, weight) => sum + weight, 0);
      fc.pre(total > 1e-6);
      probabilitiesOf(drawn).forEach((probability, i) => {
        expect(probability).toBeCloseTo(drawn[i] / total, 9);
      });
    }),
  );
});

// Figures of Finagle's DrvTest: ten equal weights, and {1, 0}.
test('equal weights fill their own columns; weight 0 is never drawn', () => {
  expect([...aliasTable(new Float64Array(10).fill(0.1)).threshold]).toEqual(Array(10).fill(1));
  const { threshold, alias } = aliasTable(Float64Array.of(1, 0));
  expect([...threshold]).toEqual([1, 0]);
  expect(alias[1]).toBe(0);
});

test('small and large columns are paired from the end', () => {
  const { threshold, alias } = aliasTable(Float64Array.of(1, 2, 3, 2));
  // In units of the mean: 0.5, 1, 1.5, 1. Column 0 takes its other half from 3, and that one takes it back from 2.
  expect([...threshold]).toEqual([0.5, 1, 1, 0.5]);
  expect([...alias.slice(0, 1), ...alias.slice(3)]).toEqual([3, 2]);
});
