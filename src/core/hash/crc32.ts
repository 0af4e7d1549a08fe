import crc from 'crc-32';
import { bytes, encode } from './hash_text.ts';

/** CRC-32 (the polynomial of Ethernet and zlib, as nginx's ngx_crc32_long) of the text's UTF-8 bytes, in the low half. */
export function crc32(text: string, into: Uint32Array): void {
  into[0] = 0;
  into[1] = crc.str(text);
}

/** The CRC-32 of further bytes after those whose CRC-32 is `before`, as a whole number >= 0. */
export function crc32Of(bytes: Uint8Array, before = 0): number {
  return crc.buf(bytes, before) >>> 0;
}

/** The CRC-32 of the text's UTF-8 bytes in the low half, and in the high half how many there are: what `crc32Prefixed` takes. */
export function crc32Measured(text: string, into: Uint32Array): void {
  const length = encode(text);
  into[0] = length;
  into[1] = crc.buf(bytes.subarray(0, length));
}

/** Per byte, what eight zero bits make of it in the register, lowest bit first. */
const steps = Uint32Array.from({ length: 256 }, (_, byte) => {
  let register = byte;
  for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? 0xedb88320 : 0);
  return register >>> 0;
});

/**
 * The CRC-32 of two texts run together, from that of the first, and that and the length in bytes of the second: the first
 * one, carried on over as many zero bytes, xor the second, as a CRC is linear but for its start and end, which cancel.
 */
export function crc32Prefixed(first: number, second: number, length: number): number {
  let register = first;
  for (let i = 0; i < length; i++) register = steps[register & 0xff] ^ (register >>> 8);
  return (register ^ second) >>> 0;
}
