import { limits } from '../scenario/limits.ts';
import { nameOf, reasonOf } from './read_scenarios.ts';
import { readUpTo } from './read_up_to.ts';
import { UsageError } from './usage_error.ts';

/** The lines of a file that are not blank, `-` being standard input. Throws a UsageError where they cannot be had. */
export function readKeys(file: string): string[] {
  const name = nameOf(file);
  const bytes = bytesOf(file);
  if (bytes.length > limits.keysLength) throw new UsageError(`${name} is longer than ${limits.keysLength} bytes`);
  const keys: string[] = [];
  for (const [i, line] of decoded(bytes, name).split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    if (line.length > limits.keyLength) {
      throw new UsageError(`${name}:${i + 1}: a key has at most ${limits.keyLength} characters, found ${line.length}`);
    }
    keys.push(line);
  }
  if (keys.length === 0) throw new UsageError(`there are no keys in ${name}: write one a line`);
  if (keys.length > limits.picks) {
    throw new UsageError(`there may be ${limits.picks} keys in ${name}, found ${keys.length}`);
  }
  return keys;
}

function bytesOf(file: string): Uint8Array {
  try {
    return readUpTo(file === '-' ? 0 : file, limits.keysLength + 1);
  } catch (thrown) {
    throw new UsageError(`cannot read ${nameOf(file)}: ${reasonOf(thrown)}`);
  }
}

/** Without a byte order mark, which would be part of the first key. */
function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`cannot read ${name}: it is not UTF-8 text`);
  }
}
