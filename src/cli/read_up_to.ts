import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK = 64 * 1024;

/** The first bytes of a file, or of an open one: at most `length`, since some files (`/dev/zero`, a pipe) have no end. */
export function readUpTo(file: string | number, length: number): Uint8Array {
  const handle = typeof file === 'number' ? file : openSync(file, 'r');
  try {
    const chunks: Uint8Array[] = [];
    for (let left = length; left > 0; ) {
      const chunk = new Uint8Array(Math.min(CHUNK, left));
      const read = readSync(handle, chunk);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      left -= read;
    }
    return Buffer.concat(chunks);
  } finally {
    if (handle !== file) closeSync(handle);
  }
}
