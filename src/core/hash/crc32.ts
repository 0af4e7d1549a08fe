import crc from 'crc-32';

/** CRC-32 (the polynomial of Ethernet and zlib, as nginx's ngx_crc32_long) of the text's UTF-8 bytes, in the low half. */
export function crc32(text: string, into: Uint32Array): void {
  into[0] = 0;
  into[1] = crc.str(text);
}

/** The CRC-32 of further bytes after those whose CRC-32 is `before`, as a whole number >= 0. */
export function crc32Of(bytes: Uint8Array, before = 0): number {
  return crc.buf(bytes, before) >>> 0;
}
