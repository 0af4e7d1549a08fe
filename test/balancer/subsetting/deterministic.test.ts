import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deterministic } from '../../../src/balancer/subsetting/deterministic.ts';
import { hostsOf, selections, spread, subset, used } from './group.ts';

const select = (n: number, callers: number, size: number) =>
  selections(deterministic, { size }, callers, hostsOf(Array(n).fill(1)));

test('300 callers of 10 of 300 hosts each: 10 for every host (Site Reliability Engineering, figure 20-5)', () => {
  expect(used(select(300, 300, 10))).toEqual(Array(300).fill(10));
});

test('12 hosts in subsets of 3: callers 0 to 3, 4 to 7 and 8 to 11 are rounds that share all hosts out', () => {
  const subsets = select(12, 12, 3).map(subset);
  for (const round of [0, 4, 8]) {
    const all = subsets.slice(round, round + 4).flat();
    expect(all.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  }
  // Shuffled anew: the odds against two rounds alike are 12! / 3!^4 to one.
  expect(subsets.slice(0, 4)).not.toEqual(subsets.slice(4, 8));
});

test('any two hosts are used by numbers of callers that differ by one at most', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 45 }),
      (n, callers, size) => {
        const selected = select(n, callers, size);
        expect(spread(used(selected))).toBeLessThanOrEqual(1);
        for (const factors of selected) {
          const count = subset(factors).length;
          expect(count).toBeGreaterThanOrEqual(Math.min(size, n));
          expect(count).toBeLessThan(2 * size);
        }
      },
    ),
  ));
