import { fc, test as property } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { type CurveGrid, createGrid, type UnitTimes } from '../../../src/metrics/estimates/curve_grid.ts';

const time = fc.oneof(
  fc.constantFrom(0, 1, 1000, Number.MIN_VALUE, 1e-310, 1e-9, 1e12),
  fc.integer({ max: 20, min: 0 }),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
);
/** More than a coarse grid has steps. */
const many = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 150, maxLength: 250 });
const unit = fc.record({
  events: fc.oneof(fc.array(time, { maxLength: 50 }), many),
  censored: fc.array(time, { maxLength: 20 }),
});

/** By step and unit, what falls there: the entries written out. */
function counts({ steps, starts, units, events, leavers }: CurveGrid, of: number): string {
  const all = Array.from(steps, () => Array<string>(of).fill('0+0'));
  for (let step = 0; step < steps.length; step++) {
    for (let at = starts[step]; at < starts[step + 1]; at++) all[step][units[at]] = `${events[at]}+${leavers[at]}`;
  }
  return all.join('; ');
}

/** An event falls into the first step at its time or later; who leaves does so after the last step at that time or earlier. */
function naiveCounts(steps: readonly number[], units: readonly UnitTimes[]) {
  return steps.map((step, i) => {
    const before = i === 0 ? -1 : steps[i - 1];
    const after = steps[i + 1] ?? Infinity;
    return units.map(({ events, censored }) => {
      const met = events.filter((one) => one > before && one <= step).length;
      return `${met}+${censored.filter((one) => one >= step && one < after).length}`;
    });
  });
}

describe('the grid', () => {
  property.prop([fc.array(unit, { minLength: 1, maxLength: 5 }), fc.boolean()], {
    numRuns: 40,
    endOnFailure: true,
    examples: [[[{ events: [0], censored: [0, 1] }], false]],
  })('counts every time where it belongs, in steps of one time each or of several', (written, several) => {
    // More units leave fewer steps to each, so that several times share one.
    const empty: UnitTimes[] = Array.from({ length: several ? 295 : 0 }, () => ({ events: none, censored: none }));
    const units = [
      ...written.map(({ events, censored }) => ({
        events: Float64Array.from(events),
        censored: Float64Array.from(censored),
      })),
      ...empty,
    ];
    const times = Float64Array.from(written.flatMap(({ events }) => events)).sort();
    const grid = createGrid(units, times);
    const distinct = [...new Set(times)];
    expect(grid.coarse).toBe(distinct.length > 30_000 / units.length && distinct.length > 100);
    if (!grid.coarse) expect([...grid.steps]).toEqual(distinct);
    expect(counts(grid, units.length)).toEqual(naiveCounts([...grid.steps], units).join('; '));
    const first = grid.steps[0] ?? Infinity;
    expect([...grid.early]).toEqual(units.map(({ censored }) => censored.filter((one) => one < first).length));
  });
});

const none = new Float64Array();
