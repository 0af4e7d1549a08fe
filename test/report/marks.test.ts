import { expect, it } from 'vitest';
import { marksOf } from '../../src/report/marks.ts';

const family = { metric: 'latency.p99', compares: 'strategy', variant: null, strategy: null, params: {} } as const;
const group = (means: Readonly<Record<string, number | null>>) =>
  Object.entries(means).map(([strategy, mean]) => ({ label: { strategy, variant: null, params: {} }, mean }));
const marks = (means: Readonly<Record<string, number | null>>, best: readonly string[]) =>
  marksOf({ name: 'latency.p99', better: 'lower' }, group(means), [{ ...family, best }]);

it('marks the best, all that cannot be told from it, and the worst of the others', () => {
  expect(marks({ ring: 3, random: 1, c3: 2, maglev: null }, ['random'])).toEqual([
    'worst',
    'best',
    undefined,
    undefined,
  ]);
  expect(marks({ ring: 3, random: 1, c3: 2 }, ['random', 'c3'])).toEqual(['worst', 'best', 'best']);
});

it('marks nobody where nobody can be told from the best', () => {
  expect(marks({ ring: 3, random: 1 }, ['random', 'ring'])).toEqual([undefined, undefined]);
});

it('calls nobody worst beside one that scatters, whose mean is worse still', () => {
  expect(marks({ ring: 36, random: 1, c3: 56 }, ['random', 'c3'])).toEqual([undefined, 'best', 'best']);
});
