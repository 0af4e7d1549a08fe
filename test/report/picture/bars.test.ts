import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { bars } from '../../../src/report/picture/bars.ts';

const blocks = '▁▂▃▄▅▆▇█';
const value = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const scale = fc
  .record({ low: value, factor: fc.double({ min: 1.001, max: 1e4, noNaN: true }), log: fc.boolean() })
  .map(({ low, factor, log }) => ({ low, high: low * factor, log }));

test.prop([fc.array(fc.oneof(value, fc.constant(Number.NaN))), scale])('a block a value', (values, on) => {
  const drawn = [...bars(values, on)];
  expect(drawn).toHaveLength(values.length);
  drawn.forEach((block, i) => {
    expect(Number.isNaN(values[i]) ? ' ' : blocks).toContain(block);
  });
});

test.prop([value, value, scale])('more is never lower', (a, b, on) => {
  const [lower, higher] = [Math.min(a, b), Math.max(a, b)].map((one) => blocks.indexOf(bars([one], on)));
  expect(lower).toBeLessThanOrEqual(higher);
});

test.prop([value, scale])('the full block is for what reaches the top, the lowest for the bottom', (one, on) => {
  expect(bars([one], on) === '█').toBe(one >= on.high);
  expect(bars([on.low, on.high], on)).toBe('▁█');
});

it('grows in equal steps, or in equal factors', () => {
  expect(bars([0, 1, 2, 3, 4, 5, 6, 7], { low: 0, high: 7 })).toBe(blocks);
  expect(bars([1, 2.01, 4.01, 8.01, 16.01, 32.01, 64.01, 128], { low: 1, high: 128, log: true })).toBe(blocks);
});
