import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { byBytes, inByteOrder } from '../../src/core/byte_order.ts';

const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'z', 'é', '\ud7ff', '\ue000', '\uff01', '😀', '😁', '𐀀'),
  maxLength: 4,
});

test.prop([text, text])('texts come in the order of their UTF-8 bytes', (a, b) => {
  expect(Math.sign(byBytes(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
});

test.prop([fc.array(text, { maxLength: 6 })])(
  'and so they do many at a time, equal ones as they are given',
  (texts) => {
    const bytes = texts.map((each) => Buffer.from(each));
    const sorted = [...texts.keys()].sort((a, b) => Buffer.compare(bytes[a], bytes[b]) || a - b);
    expect([...inByteOrder(texts)]).toStrictEqual(sorted);
  },
);
