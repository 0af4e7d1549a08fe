import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { byBytes } from '../../src/core/byte_order.ts';

const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'z', 'é', '\ud7ff', '\ue000', '\uff01', '😀', '😁', '𐀀'),
  maxLength: 4,
});

test.prop([text, text])('texts come in the order of their UTF-8 bytes', (a, b) => {
  expect(Math.sign(byBytes(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
});
