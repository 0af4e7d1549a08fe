const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/**
 * MurmurHash3 of 32 bits (Austin Appleby, x86_32) as a signed integer, words read low byte first: Scala's
 * MurmurHash3.bytesHash.
 */
export function murmur32(bytes: Uint8Array, seed: number): number {
  let hash = seed | 0;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) hash = mixed(hash, word(bytes, at, 4));
  if (whole < bytes.length) hash ^= scrambled(word(bytes, whole, bytes.length - whole));
  return finished(hash, bytes.length);
}

/** Scala's finalizeHash after mixLast, for 4 bytes: of a number whose bytes are no whole word, as it were. */
export function murmur32OfTail(number: number, seed: number): number {
  return finished(seed ^ scrambled(number), 4);
}

/** `count` bytes as a number, the first the lowest. */
function word(bytes: Uint8Array, at: number, count: number): number {
  let sum = 0;
  for (let i = count - 1; i >= 0; i--) sum = (sum << 8) | bytes[at + i];
  return sum;
}

function scrambled(word: number): number {
  return Math.imul(rotated(Math.imul(word, C1), 15), C2);
}

function mixed(hash: number, word: number): number {
  return (Math.imul(rotated(hash ^ scrambled(word), 13), 5) + 0xe6546b64) | 0;
}

function finished(before: number, length: number): number {
  let hash = before ^ length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
