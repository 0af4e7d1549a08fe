import { expect, test } from 'vitest';
import { inPanic } from '../../src/balancer/panic.ts';

test('panic follows Envoy: score below 100 and healthy share below the threshold, for all small sets and whole percentages', () => {
  for (let total = 1; total <= 24; total++) {
    for (let healthy = 0; healthy <= total; healthy++) {
      for (let percent = 0; percent <= 100; percent++) {
        // In whole numbers, so that the expectation has no rounding of its own.
        const expected = Math.floor((140 * healthy) / total) < 100 && 100 * healthy < percent * total;
        if (inPanic(healthy, total, percent / 100) !== expected) {
          expect.fail(`${healthy} of ${total} healthy at ${percent}%: panic should be ${expected}`);
        }
      }
    }
  }
});

test.each([
  // healthy, total, threshold, panic
  [5, 10, 0.5, false],
  [4, 10, 0.5, true],
  // Overprovisioning: 72 of 100 are scored 100, so no threshold brings panic; 71 are scored 99.
  [72, 100, 1, false],
  [71, 100, 1, true],
  [7, 100, 0.07, false],
  [0, 10, 0, false],
  [0, 0, 1, false],
])('%i of %i healthy at threshold %d: panic %s', (healthy, total, threshold, expected) => {
  expect(inPanic(healthy, total, threshold)).toBe(expected);
});
