/**
 * A hash of a text's UTF-8 bytes, written as two halves of 32 bits: `into[0]` the high one, `into[1]` the low one. A
 * hash of 32 bits leaves the high half 0. Halves, because a number holds 53 bits and a BigInt is allocated each time.
 */
export type HashText = (text: string, into: Uint32Array) => void;

/**
 * The hash of these halves, signed or not, modulo m, exactly, for whole m from 1 to 2^26: the sum of products below stays
 * under 2^53.
 * By a division that is put right rather than `%`, which for numbers beyond 32 bits is a slow call.
 */
export function mod(high: number, low: number, m: number): number {
  const sum = ((high >>> 0) % m) * (2 ** 32 % m) + ((low >>> 0) % m);
  const rest = sum - Math.floor(sum / m) * m;
  return rest < 0 ? rest + m : rest < m ? rest : rest - m;
}

/** The bytes last encoded by `encode`; valid until it is called again. Replaced when it grows. */
export let bytes = new Uint8Array(256);

const encoder = new TextEncoder();

/** Writes the UTF-8 bytes of the text to `bytes`; returns how many there are. */
export function encode(text: string): number {
  // No UTF-16 unit takes more than three bytes.
  if (3 * text.length > bytes.length) bytes = new Uint8Array(6 * text.length);
  return encoder.encodeInto(text, bytes).written;
}
