import { describe, expect, it } from 'vitest';
import { HashRing } from '../../../src/balancer/parts/hash_ring.ts';
import { RecentRings } from '../../../src/balancer/parts/recent_rings.ts';

/** Rings of as many points as their recipes say, of which the name counts as well. */
function recentRings(maxRings: number, maxPoints: number) {
  interface Recipe {
    readonly name: string;
    readonly points: number;
  }
  const recent = new RecentRings<Recipe>((a, b) => a.name === b.name && a.points === b.points, maxRings, maxPoints);
  const made: string[] = [];
  const get = (name: string, points = 1): HashRing =>
    recent.get({ name, points }, () => {
      made.push(name);
      return new HashRing(points, new Uint32Array(points), new Uint32Array(points), new Uint32Array(points));
    });
  return { get, made };
}

describe('rings made lately', () => {
  it('are not made again', () => {
    const { get, made } = recentRings(2, 100);
    const rings = ['a', 'b', 'a', 'b', 'b', 'a'].map((name) => get(name));
    expect(made).toEqual(['a', 'b']);
    expect(new Set(rings).size).toBe(2);
    expect(get('a', 2)).not.toBe(get('a', 1));
  });

  it('are as many as may be kept: the ones asked for last', () => {
    const { get, made } = recentRings(2, 100);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) get(name);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('have as many points as may be kept, but for the latest', () => {
    const { get, made } = recentRings(9, 10);
    get('large', 11);
    get('large', 11);
    get('a', 4);
    get('b', 6);
    get('a', 4);
    expect(made).toEqual(['large', 'a', 'b']);
    get('c', 1);
    get('a', 4);
    get('b', 6);
    expect(made).toEqual(['large', 'a', 'b', 'c', 'b']);
  });
});
