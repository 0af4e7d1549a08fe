import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type HashRing, lastAsSigned, sortedRing } from '../../../src/balancer/parts/hash_ring.ts';

// Few values of each half, so that halves and whole places coincide, and the ends of their range.
const half = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1), fc.nat());
const place = fc.tuple(half, half);

function ringOf(places: readonly (readonly [number, number])[]): HashRing {
  return sortedRing(
    places.length,
    Uint32Array.from(places, ([high]) => high),
    Uint32Array.from(places, ([, low]) => low),
    Uint32Array.from(places, (_, i) => i),
  );
}

const pointsOf = ({ size, high, low, owner }: HashRing) =>
  Array.from({ length: size }, (_, i) => [high[i], low[i], owner[i]]);

const whole = ([high, low]: readonly [number, number]): bigint => (BigInt(high) << 32n) | BigInt(low);

describe('a hash ring', () => {
  test.prop([fc.array(place, { minLength: 1, maxLength: 40 })])('is sorted, and stably', (places) => {
    const ring = ringOf(places);
    const sorted = places
      .map((each, owner) => ({ at: whole(each), owner }))
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.owner - b.owner));
    expect([...ring.owner]).toEqual(sorted.map(({ owner }) => owner));
    expect(Array.from(ring.high, (high, i) => whole([high, ring.low[i]]))).toEqual(sorted.map(({ at }) => at));
  });

  test.prop([fc.array(place, { minLength: 1, maxLength: 40 }), place])(
    'finds the first point not before',
    (places, key) => {
      const ring = ringOf(places);
      const points = Array.from(ring.high, (high, i) => whole([high, ring.low[i]]));
      const first = points.findIndex((point) => point >= whole(key));
      expect(ring.successor(...key)).toBe(first < 0 ? 0 : first);
    },
  );

  test.prop([fc.array(place, { minLength: 1, maxLength: 40 })])(
    'knows its last point in the order of signed numbers',
    (places) => {
      const ring = ringOf(places);
      const signed = Array.from(ring.high, (high, i) => BigInt.asIntN(64, whole([high, ring.low[i]])));
      const largest = signed.reduce((most, each) => (each > most ? each : most));
      expect(lastAsSigned(ring)).toBe(signed.lastIndexOf(largest));
    },
  );

  test.prop([fc.array(place, { minLength: 1, maxLength: 40 })])(
    'keeps the first point of a place where told',
    (places) => {
      const [high, low] = [Uint32Array.from(places, (each) => each[0]), Uint32Array.from(places, (each) => each[1])];
      const ring = sortedRing(
        places.length,
        high,
        low,
        high.map((_, i) => i),
        true,
      );
      const all = ringOf(places);
      const first = [...all.owner].filter(
        (owner, i) => i === 0 || whole(places[owner]) !== whole(places[all.owner[i - 1]]),
      );
      expect([...ring.owner.subarray(0, ring.size)]).toEqual(first);
    },
  );

  test.prop([fc.array(fc.tuple(place, fc.boolean()), { minLength: 1, maxLength: 40 })])(
    'leaves owners out as if it had been made without them',
    (places) => {
      const left = places.filter(([, stays]) => stays).map(([each]) => each);
      let next = 0;
      const numbers = Int32Array.from(places, ([, stays]) => (stays ? next++ : -1));
      expect(pointsOf(ringOf(places.map(([each]) => each)).renumbered(numbers))).toEqual(pointsOf(ringOf(left)));
    },
  );

  it('goes round in both directions', () => {
    const ring = ringOf([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect([0, 1, 2].map((point) => ring.next(point))).toEqual([1, 2, 0]);
    expect([0, 1, 2].map((point) => ring.previous(point))).toEqual([2, 0, 1]);
  });
});
