import { expect, test } from 'vitest';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { replayedRecord } from '../../helpers/finagle_records.ts';

// What Finagle's own RoundRobinBalancer did (twitter/finagle, commit 4feb34cb), alone and within its TrafficDistributor, over
// the endpoints of its weightEndpoints.

test.each<[WrittenOptions, readonly number[], string, readonly number[]]>([
  [
    {},
    [1, 1, 1, 1],
    'a b c d a !b c a c d *b a a b c =acd a c =abcd a b c d !a !b !c !d a a a *c c c c *a c a c a = ? =abc a b c a',
    [],
  ],
  [{}, [1, 1, 1, 1, 1, 1, 1], 'a b c d e f g !a !b !c !d !e f g f !f g g g *d g d g d', []],
  [{}, [1, 1, 1, 1, 1, 1, 1], 'a b c d e f g !a !b !c !d e e f *a *b *c *d g a b !b =abcd *b a a b c d', []],
  [
    { weights: 'classes' },
    [1, 2, 1, 2],
    'b a c d b d !b d d a c ^a2 a d c a *b !d !c a a b =abd a b a b = ?',
    [
      1, 0, 622732529, 0, 1844940385, 1, 1, 0, 3638022921, 1, 0, 3538183689, 0, 975509354, 0, 1846912182, 1, 0,
      2719701318, 0, 374283464, 1, 1, 1, 0, 755012363, 0, 0, 0, 0, 0,
    ],
  ],
])('%j, weights %j: %s', (options, weights, record, draws) => {
  const strategy = ['round-robin', { system: 'finagle', ...options }] as const;
  expect(replayedRecord({ strategy, weights, draws }, record)).toBe(record);
});
