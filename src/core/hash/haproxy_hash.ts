import { crc32 } from './crc32.ts';
import { bytes, encode, type HashText } from './hash_text.ts';
import { avalanche, sdbm } from './sdbm.ts';

/** HAProxy's hash functions of keys, as its `hash-type` names them. */
export const haproxyFunctions = ['sdbm', 'djb2', 'wt6', 'crc32', 'none'] as const;
export type HaproxyFunction = (typeof haproxyFunctions)[number];

const halves = new Uint32Array(2);

/** 32 bits of a text, signed or not. */
const functions: Readonly<Record<HaproxyFunction, (text: string) => number>> = {
  sdbm,
  djb2,
  wt6,
  crc32: (text) => {
    crc32(text, halves);
    return halves[1];
  },
  none: numberOf,
};

/** One function object for each, as tables of hashes are kept by it. */
const plain = hashesBy((hash) => hash);
const avalanched = hashesBy(avalanche);

/** What HAProxy makes of a key by `hash-type <method> <function> [avalanche]` (gen_hash, src/backend.c), in the low half. */
export function haproxyHash(by: HaproxyFunction, avalanches: boolean): HashText {
  return (avalanches ? avalanched : plain)[by];
}

function hashesBy(modifier: (hash: number) => number): Record<HaproxyFunction, HashText> {
  const hashText =
    (by: HaproxyFunction): HashText =>
    (text, into) => {
      into[0] = 0;
      into[1] = modifier(functions[by](text));
    };
  return Object.fromEntries(haproxyFunctions.map((by) => [by, hashText(by)])) as Record<HaproxyFunction, HashText>;
}

/** Bernstein's second: h = 33 h + byte, from 5381 (hash_djb2, src/hash.c). */
function djb2(text: string): number {
  const length = encode(text);
  let hash = 5381;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 33) + bytes[i]) | 0;
  return hash;
}

/** HAProxy's own: two words that take each byte in, turned and swapped by steps that follow from them (hash_wt6, src/hash.c). */
function wt6(text: string): number {
  const length = encode(text);
  let one = 0xa53c965a | 0;
  let other = 0x5ca6953a;
  let step = 6;
  let otherStep = 18;
  for (let i = 0; i < length; i++) {
    one = ~(one ^ bytes[i]);
    other = ~(other + bytes[i]);
    const turned = rotated(other, step);
    other = rotated(one, otherStep);
    one = turned;
    const low = ((one >>> 16) ^ other) & 0xffff;
    step = low & 31;
    otherStep = low >>> 11;
  }
  return one ^ other;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

const MOST = 2n ** 63n - 1n;

/** The number that the text begins with, within 64 bits, of which the lower 32 are taken; without one 0 (read_int64, src/tools.c). */
function numberOf(text: string): number {
  const [, sign, digits] = /^([-+]?)(\d*)/.exec(text) as RegExpExecArray;
  const size = BigInt(digits);
  if (sign === '-') return Number(BigInt.asIntN(32, size > MOST ? -MOST - 1n : -size));
  return Number(BigInt.asIntN(32, size > MOST ? MOST : size));
}
