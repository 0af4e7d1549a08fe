import { join } from 'node:path';
import { reasonOf } from './read_scenarios.ts';
import { readUpTo } from './read_up_to.ts';
import { statOf } from './stat_of.ts';
import { UsageError } from './usage_error.ts';

/** A result of a matrix of thousands of cells has some hundred megabytes. */
const MOST_BYTES = 512 * 1024 * 1024;

/** What a result.json holds, or that of a folder: JSON, whatever it is. Throws a UsageError where it cannot be read. */
export function readResult(path: string): unknown {
  const file = statOf(path)?.isDirectory() ? join(path, 'result.json') : path;
  try {
    const bytes = readUpTo(file, MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) throw new UsageError(`cannot read ${file}: it is longer than ${MOST_BYTES} bytes`);
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    const reason = thrown instanceof SyntaxError ? 'it is not JSON' : reasonOf(thrown);
    throw new UsageError(`cannot read ${file}: ${reason}`);
  }
}
