import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FifoHeap } from '../../../src/balancer/parts/fifo_heap.ts';

const IDS = 24;
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('insert', 'insert', 'insert', 'requeue', 'removeFirst', 'remove'),
    id: fc.nat(IDS - 1),
    key: fc.nat(20),
  }),
  { minLength: 40, maxLength: 160 },
);

test('numbers come by key, equal ones in the order of insertion, whatever goes in and out', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const heap = new FifoHeap();
      // The oracle: a list that is kept sorted, each one put after all of equal key.
      const list: { id: number; key: number }[] = [];
      const put = (id: number, key: number): void => {
        const later = list.findIndex((other) => other.key > key);
        list.splice(later < 0 ? list.length : later, 0, { id, key });
      };
      for (const { kind, id, key } of script) {
        const at = list.findIndex((other) => other.id === id);
        if (kind === 'insert' && at < 0) {
          heap.reserve(id + 1);
          heap.keys[id] = key;
          heap.insert(id);
          put(id, key);
        } else if (kind === 'requeue' && list.length > 0) {
          heap.keys[heap.first] += key;
          heap.requeueFirst();
          const [first] = list.splice(0, 1);
          put(first.id, first.key + key);
        } else if (kind === 'removeFirst' && list.length > 0) {
          heap.removeFirst();
          list.shift();
        } else if (kind === 'remove' && at >= 0) {
          heap.remove(id);
          list.splice(at, 1);
        }
        expect(heap.size).toBe(list.length);
        expect(heap.first).toBe(list[0]?.id ?? -1);
      }
      const order: number[] = [];
      for (; heap.size > 0; heap.removeFirst()) order.push(heap.first);
      expect(order).toEqual(list.map(({ id }) => id));
    }),
    { numRuns: 500 },
  );
});

test('a cleared one starts anew', () => {
  const heap = new FifoHeap();
  heap.reserve(2);
  heap.insert(1);
  heap.clear();
  expect(heap.first).toBe(-1);
  heap.insert(0);
  heap.insert(1);
  expect([heap.size, heap.first]).toEqual([2, 0]);
});

test('room for one more at a time is not made anew each time', () => {
  const heap = new FifoHeap();
  const arrays = new Set<Float64Array>();
  for (let id = 0; id < 10_000; id++) {
    heap.reserve(id + 1);
    arrays.add(heap.keys);
  }
  expect(arrays.size).toBeLessThan(20);
});

test('a reserve keeps what is in it', () => {
  const heap = new FifoHeap();
  heap.reserve(3);
  for (const id of [0, 1, 2]) {
    heap.keys[id] = 3 - id;
    heap.insert(id);
  }
  heap.reserve(100);
  heap.remove(1);
  heap.removeFirst();
  expect([heap.size, heap.first]).toEqual([1, 0]);
});
