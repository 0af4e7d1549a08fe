import { bytes, encode } from './hash_text.ts';

/** The seed of GCC's std::hash, which Envoy takes over (source/common/common/hash.h, STD_HASH_SEED). */
const SEED = 0xc70f6907;
/** The multiplier of MurmurHash64A, 0xc6a4a7935bd1e995, in halves. */
const M_HIGH = 0xc6a4a793;
const M_LOW = 0x5bd1e995;

/** The 64-bit number the functions below work on. */
let high = 0;
let low = 0;

/**
 * MurmurHash64A (Austin Appleby) of the text's UTF-8 bytes with the seed of std::hash: Envoy's MURMUR_HASH_2
 * (MurmurHash::murmurHash2, source/common/common/hash.cc). Words are read low byte first.
 */
export function murmur64(text: string, into: Uint32Array): void {
  const length = encode(text);
  high = 0;
  low = length;
  multiply();
  let hashHigh = high;
  let hashLow = low ^ SEED;
  const whole = length - (length % 8);
  for (let at = 0; at < whole; at += 8) {
    high = word(at + 4, 4);
    low = word(at, 4);
    multiply();
    shiftMix();
    multiply();
    high ^= hashHigh;
    low ^= hashLow;
    multiply();
    hashHigh = high;
    hashLow = low;
  }
  high = hashHigh;
  low = hashLow;
  if (whole < length) {
    high ^= word(whole + 4, length - whole - 4);
    low ^= word(whole, Math.min(length - whole, 4));
    multiply();
  }
  shiftMix();
  multiply();
  shiftMix();
  into[0] = high;
  into[1] = low;
}

/** The next `count` bytes as a number, the first the lowest; 0 where there are none. */
function word(at: number, count: number): number {
  let sum = 0;
  for (let i = count - 1; i >= 0; i--) sum = (sum << 8) | bytes[at + i];
  return sum;
}

/** x ^= x >> 47 */
function shiftMix(): void {
  low ^= high >>> 15;
}

/** x *= M, modulo 2^64. */
function multiply(): void {
  high = Math.imul(high, M_LOW) + Math.imul(low, M_HIGH) + highOfProduct(low >>> 0, M_LOW);
  low = Math.imul(low, M_LOW);
  high |= 0;
}

/** The high 32 bits of the product of two numbers of 32 bits, by halves of 16 so that every step is exact. */
function highOfProduct(a: number, b: number): number {
  const a1 = a >>> 16;
  const a0 = a & 0xffff;
  const b1 = b >>> 16;
  const b0 = b & 0xffff;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const rest = (middle & 0xffff) + a0 * b1;
  return a1 * b1 + (middle >>> 16) + (rest >>> 16);
}
