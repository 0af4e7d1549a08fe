import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { crc32, crc32Measured, crc32Of, crc32Prefixed } from '../../../src/core/hash/crc32.ts';
import { haproxyHash } from '../../../src/core/hash/haproxy_hash.ts';
import { type HashText, mod } from '../../../src/core/hash/hash_text.ts';
import { murmur32, murmur32OfTail } from '../../../src/core/hash/murmur32.ts';
import { murmur64 } from '../../../src/core/hash/murmur64.ts';
import { avalanche, sdbm } from '../../../src/core/hash/sdbm.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';

const MASK = 2n ** 64n - 1n;
const utf8 = new TextEncoder();

function whole(hash: (into: Uint32Array) => void): bigint {
  const into = new Uint32Array(2);
  hash(into);
  return (BigInt(into[0]) << 32n) | BigInt(into[1]);
}

const hashed = (hash: HashText, text: string): bigint => whole((into) => hash(text, into));

// Scala 2.11's MurmurHash3.bytesHash, and finalizeHash after mixLast, with arraySeed.
describe('murmur32', () => {
  const seed = 0x3c074a61;
  it.each([
    [[10, 0, 0, 1], -1030729860],
    [[255, 255, 255, 255], 597212695],
    [[200], 376093813],
    [[200, 237], 684076430],
    [[200, 237, 18], 61695973],
    [[200, 237, 18, 55, 92, 129, 166], -1210605129],
    [[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10], 1421086888],
  ])('of %j is what Scala finds', (bytes, hash) => {
    expect(murmur32(Uint8Array.from(bytes), seed)).toBe(hash);
  });

  it.each([
    [8080, 1943806954],
    [80, -1052577137],
    [1, 1630210471],
  ])('of the tail %i is what Scala finds', (number, hash) => {
    expect(murmur32OfTail(number, seed)).toBe(hash);
  });
});

describe('xxh64', () => {
  // Envoy, test/common/common/hash_test.cc
  it.each([
    ['foo', 3728699739546630719n],
    ['bar', 5234164152756840025n],
    ['foo\nbar', 8917841378505826757n],
    ['lyft', 4400747396090729504n],
    ['', 17241709254077376921n],
  ])('of %j is what Envoy finds', (text, hash) => {
    expect(hashed(xxh64, text)).toBe(hash);
  });

  it('takes a seed', () => {
    // Envoy, the same test: the value false is one byte of 0, hashed without a seed and with seed 42.
    expect(whole((into) => xxh64('\0', into))).toBe(16804241149081757544n);
    expect(whole((into) => xxh64('\0', into, 42))).toBe(9486749600008296231n);
  });
});

describe('murmur64', () => {
  // Envoy, test/common/common/hash_test.cc
  it.each([
    ['foo', 9631199822919835226n],
    ['bar', 11474628671133349555n],
    ['foo\nbar', 16306510975912980159n],
    ['lyft', 12847078931730529320n],
    ['', 6142509188972423790n],
    ['longer than seven chars', 15194079855121201171n],
  ])('of %j is what Envoy finds', (text, hash) => {
    expect(hashed(murmur64, text)).toBe(hash);
  });

  test.prop([fc.string({ unit: 'grapheme', maxLength: 60 })])('is MurmurHash64A in 64 bits', (text) => {
    const multiplier = 0xc6a4a7935bd1e995n;
    const data = utf8.encode(text);
    let hash = 0xc70f6907n ^ ((BigInt(data.length) * multiplier) & MASK);
    for (let at = 0; at < data.length; at += 8) {
      const part = data.subarray(at, at + 8);
      let word = part.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      if (part.length === 8) {
        word = (word * multiplier) & MASK;
        word = ((word ^ (word >> 47n)) * multiplier) & MASK;
      }
      hash = ((hash ^ word) * multiplier) & MASK;
    }
    hash = ((hash ^ (hash >> 47n)) * multiplier) & MASK;
    expect(hashed(murmur64, text)).toBe(hash ^ (hash >> 47n));
  });
});

describe('crc32', () => {
  it('gives the check value of the catalogue of CRC algorithms for CRC-32/ISO-HDLC', () => {
    expect(hashed(crc32, '123456789')).toBe(0xcbf43926n);
  });

  test.prop([fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })])(
    'goes on from where it stopped',
    (before, after) => {
      const bytes = crc32Of(utf8.encode(after), crc32Of(utf8.encode(before)));
      expect(BigInt(bytes)).toBe(hashed(crc32, before + after));
    },
  );

  test.prop([fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })])(
    'of two texts follows from that of each and the length of the second',
    (first, second) => {
      const into = new Uint32Array(2);
      crc32Measured(second, into);
      expect(into[0]).toBe(utf8.encode(second).length);
      expect(BigInt(into[1])).toBe(hashed(crc32, second));
      const whole = crc32Prefixed(crc32Of(utf8.encode(first)), into[1], into[0]);
      expect(BigInt(whole)).toBe(hashed(crc32, first + second));
    },
  );
});

describe('sdbm', () => {
  it('hashes texts whose bytes are many more than their letters', () => {
    const sum = utf8
      .encode('\u20ac'.repeat(250))
      .reduce((hash, byte) => (hash * 65599n + BigInt(byte)) % 2n ** 32n, 0n);
    expect(BigInt(sdbm('\u20ac'.repeat(250)))).toBe(sum);
  });

  test.prop([fc.string({ unit: 'grapheme' })])('is a polynomial in 65599 modulo 2^32', (text) => {
    const sum = utf8.encode(text).reduce((hash, byte) => (hash * 65599n + BigInt(byte)) % 2n ** 32n, 0n);
    expect(BigInt(sdbm(text))).toBe(sum);
    expect(hashed(haproxyHash('sdbm', true), text)).toBe(BigInt(avalanche(Number(sum))));
  });
});

describe('avalanche', () => {
  /** HAProxy, __full_hash of include/haproxy/intops.h, in whole numbers modulo 2^32. */
  function inWholeNumbers(x: number): bigint {
    const m = 2n ** 32n;
    let a = BigInt(x);
    a = (a + 0x7ed55d16n + (a << 12n)) % m;
    a = a ^ 0xc761c23cn ^ (a >> 19n);
    a = (a + 0x165667b1n + (a << 5n)) % m;
    a = ((a + 0xd3a2646cn) ^ (a << 9n)) % m;
    a = (a + 0xfd7046c5n + (a << 3n)) % m;
    a = a ^ 0xb55a4f09n ^ (a >> 16n);
    return (a * 3221225473n) % m;
  }

  test.prop([fc.integer({ min: 0, max: 2 ** 32 - 1 })])('is full_hash in 32 bits', (x) => {
    expect(BigInt(avalanche(x))).toBe(inWholeNumbers(x));
  });
});

describe('mod', () => {
  const half = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const divisor = fc.oneof(fc.integer({ min: 1, max: 5_000_011 }), fc.integer({ min: 1, max: 2 ** 26 }));
  test.prop([half, half, divisor], {
    examples: [
      [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 26],
      [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 26 - 1],
      [2 ** 32 - 1, 2 ** 32 - 1, 5_000_011],
    ],
  })('is exact', (high, low, m) => {
    expect(BigInt(mod(high, low, m))).toBe(((BigInt(high) << 32n) | BigInt(low)) % BigInt(m));
    expect(mod(high | 0, low | 0, m)).toBe(mod(high, low, m));
  });
});
