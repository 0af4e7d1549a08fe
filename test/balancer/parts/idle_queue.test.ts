import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdleQueue } from '../../../src/balancer/parts/idle_queue.ts';

const PLACES = 6;

/** From the first to the last; one more than there can be where the links go round in circles. */
function inOrder(queue: IdleQueue): number[] {
  const places: number[] = [];
  for (let place = queue.first; place !== queue.end && places.length <= PLACES; place = queue.after(place)) {
    places.push(place);
  }
  return places;
}

test('holds who joined and has not left, in the order they joined, each once', () => {
  const step = fc.record({ joins: fc.boolean(), place: fc.nat(PLACES - 1) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new IdleQueue(PLACES);
      let list: number[] = [];
      for (const { joins, place } of steps) {
        if (!joins) {
          queue.leave(place);
          list = list.filter((other) => other !== place);
        } else {
          queue.join(place);
          if (!list.includes(place)) list.push(place);
        }
        expect(inOrder(queue)).toEqual(list);
      }
    }),
  );
});

test('of no places, nobody waits', () => {
  expect(inOrder(new IdleQueue(0))).toEqual([]);
});
