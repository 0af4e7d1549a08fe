import { describe, expect, it } from 'vitest';
import { AVOIDED, KeyLists, TAKES } from '../../../src/balancer/parts/key_lists.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

/** Servers 0, 1, ... at these keys, all in the first list of theirs; searches begin there. */
function queued(lists: number, ...keys: readonly number[]): KeyLists {
  const queue = new KeyLists(lists, scriptedRandom(Array<number>(20).fill(0)));
  queue.reserve(keys.length);
  keys.forEach((key, slot) => {
    queue.join(slot, key);
  });
  return queue;
}

const isFirst = (slot: number): number => (slot === 0 ? AVOIDED : TAKES);

// fwlc_get_next_server looks at the head of each list only, as often as there are servers of that key.
describe('a server that is avoided', () => {
  it('hides those behind it, whose places those of a greater key take', () => {
    expect(queued(4, 0, 0, 5).first(isFirst)).toBe(2);
  });

  it('is taken where it hides all others', () => {
    expect(queued(4, 0, 0).first(isFirst)).toBe(0);
  });

  it('hides nobody in one list, as before 3.2', () => {
    expect(queued(1, 0, 0, 5).first(isFirst)).toBe(1);
    expect(queued(1, 0).first(isFirst)).toBe(0);
  });

  it('is passed by for good by later searches, until somebody comes to a key below theirs', () => {
    const queue = queued(4, 0, 5, 7);
    expect([queue.first(isFirst), queue.first()]).toEqual([1, 1]);
    queue.move(2, 3);
    expect(queue.first()).toBe(2);
    queue.move(2, 0);
    expect(queue.first()).toBe(0);
  });
});

it('finds nobody where an earlier search has passed by all there are', () => {
  const all = (): number => AVOIDED;
  const queue = queued(1, 0, 5, 9);
  queue.move(1, 7);
  queue.leave(2);
  // Passed by, the key 7 is where searches begin; who was there has left.
  expect(queue.first(isFirst)).toBe(1);
  queue.move(1, 8);
  queue.leave(1);
  expect(queue.first(all)).toBe(-1);
  queue.move(0, 3);
  expect(queue.first(all)).toBe(0);
});
