import { describe, expect, it } from 'vitest';
import { movesBetween } from './helpers/csv_moves.ts';

describe('the moves between two tables', () => {
  const before = 'strategy,seed,digest,a_ms\n"ring(x=1,y=2)",1,ab,10\nrandom,2,cd,\n';
  it('name the figure, the row and by how much', () => {
    expect(movesBetween(before, before.replace('10', '11').replace('ab', 'ef'))).toEqual([
      'a_ms of ring(x=1,y=2), seed 1: 10 -> 11 (+10%)',
    ]);
    expect(movesBetween(before, before.replace('cd,', 'cd,5'))).toEqual(['a_ms of random, seed 2: nothing -> 5']);
    expect(movesBetween(before, before.replace('cd', 'ce'))).toEqual(['digest of random, seed 2: cd -> ce']);
  });
  it('tell of new columns and rows', () => {
    expect(movesBetween('a,b\n1,2\n', 'a,b,c\n1,2,3\n')).toEqual(['new columns: c']);
    expect(movesBetween('a,b\n1,2\n', 'a\n1\n2\n')).toEqual(['columns gone: b', '1 rows -> 2']);
  });
});
