import xxhash from 'xxhash-wasm';

// One instance for the process, compiled while the modules load: a few kilobytes.
const { h32, h32Raw, h64 } = await xxhash();
const big = new BigUint64Array(1);
/** The same eight bytes as two numbers. */
const halves = new Uint32Array(big.buffer);
/** Where the low half lies: first on every machine that stores the low byte first. */
const lowAt = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/** The last seed asked for: few callers have another each time, and each BigInt would be an object. */
let lastSeed = 0;
let lastSeedBig = 0n;

/** XXH64 (Yann Collet, xxHash specification) of the text's UTF-8 bytes. The seed is a whole number below 2^53. */
export function xxh64(text: string, into: Uint32Array, seed = 0): void {
  if (seed !== lastSeed) {
    lastSeed = seed;
    lastSeedBig = BigInt(seed);
  }
  big[0] = h64(text, lastSeedBig);
  into[0] = halves[1 - lowAt];
  into[1] = halves[lowAt];
}

/** XXH32 of these bytes, or of the text's UTF-8 bytes, as a whole number >= 0. The seed is a whole number below 2^32. */
export function xxh32(of: string | Uint8Array, seed = 0): number {
  return typeof of === 'string' ? h32(of, seed) : h32Raw(of, seed);
}
