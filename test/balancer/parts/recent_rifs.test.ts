import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentRifs } from '../../../src/balancer/parts/recent_rifs.ts';

test('quantiles are those of the last values, sorted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 100 }),
      (values, capacity, percent) => {
        const recent = new RecentRifs(capacity, percent / 100);
        for (const value of values) recent.add(value);
        const last = values.slice(-capacity);
        // The least value with at least that share of all at or below it.
        const reached = (value: number) => 100 * last.filter((other) => other <= value).length >= percent * last.length;
        const expected = last.toSorted((a, b) => a - b).find(reached) ?? 0;
        expect(recent.quantile()).toBe(expected);
      },
    ),
  );
});
