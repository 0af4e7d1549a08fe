import { bytes, encode } from './hash_text.ts';

/** The hash of the sdbm library over the text's UTF-8 bytes (HAProxy: hash_sdbm, src/hash.c): h = byte + 65599 h. */
export function sdbm(text: string): number {
  const length = encode(text);
  let hash = 0;
  for (let i = 0; i < length; i++) hash = (bytes[i] + Math.imul(hash, 65599)) | 0;
  return hash >>> 0;
}

/**
 * Spreads a whole number of 32 bits over all 32 bits: Bob Jenkins's full avalanche in six steps, then a multiplication
 * that spreads neighbours further (HAProxy: __full_hash, include/haproxy/intops.h).
 */
export function avalanche(x: number): number {
  let a = (x + 0x7ed55d16 + (x << 12)) | 0;
  a = a ^ 0xc761c23c ^ (a >>> 19);
  a = (a + 0x165667b1 + (a << 5)) | 0;
  a = (a + 0xd3a2646c) ^ (a << 9);
  a = (a + 0xfd7046c5 + (a << 3)) | 0;
  a = a ^ 0xb55a4f09 ^ (a >>> 16);
  return Math.imul(a, 3221225473) >>> 0;
}
