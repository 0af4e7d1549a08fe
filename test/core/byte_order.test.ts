import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { byBytes, byteOrderOf } from '../../src/core/byte_order.ts';

const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'z', 'é', '\ud7ff', '\ue000', '\uff01', '😀', '😁', '𐀀'),
  maxLength: 4,
});

test.prop([text, text])('texts come in the order of their UTF-8 bytes', (a, b) => {
  expect(Math.sign(byBytes(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
});

test.prop([fc.array(text, { minLength: 2, maxLength: 6 })])('and so they do by the order for many', (texts) => {
  const sorted = texts.map((each) => Buffer.from(each)).sort(Buffer.compare);
  expect(texts.toSorted(byteOrderOf(texts))).toStrictEqual(sorted.map(String));
});
