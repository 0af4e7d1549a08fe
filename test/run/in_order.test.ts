import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { inOrder } from '../../src/run/in_order.ts';

test.prop([fc.integer({ min: 0, max: 30 }).chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n }))])(
  'whatever order items come in, they are consumed in the order of their indexes, one at a time',
  async (order) => {
    const consumed: number[] = [];
    let busy = false;
    const take = inOrder<string>(async (item, index) => {
      expect(busy).toBe(false);
      busy = true;
      await Promise.resolve();
      expect(item).toBe(`item ${index}`);
      consumed.push(index);
      busy = false;
    });
    await Promise.all(order.map((index) => take.give(index, `item ${index}`)));
    expect(consumed).toEqual(order.toSorted((a, b) => a - b));
  },
);

it('tells everybody who waits of a failure', async () => {
  const take = inOrder<string>(async () => {
    throw new Error('disk full');
  });
  const results = await Promise.allSettled([take.give(1, 'b'), take.give(0, 'a')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(take.give(2, 'c')).rejects.toThrow('disk full');
});

test.prop([fc.uniqueArray(fc.nat(30))])(
  'what waits behind a gap is consumed in order when nothing more will come',
  async (order) => {
    const consumed: number[] = [];
    const take = inOrder<string>(async (_item, index) => void consumed.push(index));
    await Promise.all(order.map((index) => take.give(index, 'item')));
    const sorted = order.toSorted((a, b) => a - b);
    expect(consumed).toEqual(sorted.filter((index, i) => index === i));
    await take.rest();
    expect(consumed).toEqual(sorted);
  },
);
