import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { TimerHeap } from '../../src/live/timer_heap.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ add: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ cancel: fc.nat({ max: 400 }) }) },
  { weight: 2, arbitrary: fc.record({ runUntil: fc.integer({ min: 0, max: 4 }) }) },
);

test.prop([fc.array(step, { maxLength: 600 })])('a heap of timers runs them as a sorted list does', (steps) => {
  const [heap, oracle] = [new TimerHeap(), new ManualClock()];
  const ran: { heap: number[]; oracle: number[] } = { heap: [], oracle: [] };
  for (const what of steps) {
    if ('add' in what) {
      const dueMs = oracle.now() + what.add;
      const id = heap.add(dueMs, (arg) => void ran.heap.push(arg), heap.lastId + 1);
      expect(oracle.schedule(what.add, (arg) => void ran.oracle.push(arg), id)).toBe(id);
    } else if ('cancel' in what) {
      heap.cancel(what.cancel);
      oracle.cancel(what.cancel);
    } else {
      oracle.advance(what.runUntil);
      for (let timer = heap.first(); timer !== null && timer.dueMs <= oracle.now(); timer = heap.first()) {
        heap.removeFirst();
        timer.fn(timer.arg);
      }
      expect(ran.heap).toEqual(ran.oracle);
    }
    expect(heap.first()?.dueMs ?? null).toBe(oracle.nextDueMs);
  }
});

test('cancelled timers do not pile up behind one that waits long', () => {
  const heap = new TimerHeap();
  heap.add(0, () => {}, 0);
  for (let i = 0; i < 10_000; i++) heap.cancel(heap.add(1e9, () => {}, 0));
  expect(heap.length).toBeLessThan(100);
});
