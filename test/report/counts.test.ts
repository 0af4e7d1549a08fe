import { expect, it } from 'vitest';
import { counted, outcomeCounts } from '../../src/report/counts.ts';

it('counts things, one of them in the singular', () => {
  expect([0, 1, 2, 1204].map((count) => counted(count, 'run'))).toEqual(['0 runs', '1 run', '2 runs', '1,204 runs']);
});

it.each([
  [0, 0, 'fine'],
  [2, 0, '2 of 6 bad'],
  [0, 3, '3 of 6 inconclusive'],
  [2, 1, '2 of 6 bad and 1 inconclusive'],
])('of six, %i bad and %i inconclusive: %s', (failed, inconclusive, words) => {
  expect(outcomeCounts({ of: 6, failed, inconclusive }, 'bad', 'fine')).toBe(words);
});
