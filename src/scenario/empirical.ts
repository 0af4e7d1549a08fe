import type { Distribution } from '../sim/config.ts';
import { block, required } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import type { Reading } from './reading.ts';
import { prose } from './scalars.ts';
import { isUnreadable, parseDuration } from './units.ts';
import { unreadableFile } from './unreadable_file.ts';
import { describe, quote, writtenScalar } from './written.ts';

type Empirical = Extract<Distribution, { kind: 'empirical' }>;

const PATH_LENGTH = 1_000;

/**
 * `empirical: { file: latencies.csv }`: values from a text file of one duration a line, or a CSV of one column. Blank
 * lines and lines that begin with # do not count; a first line that is a word is a heading.
 */
export function empirical(readText: (path: string) => string): Form<Distribution> {
  const file = { ...prose(PATH_LENGTH), example: 'latencies.csv' };
  const fields = { file: required(file, 'A file of one duration a line, relative to this one.') };
  // One file may be named in many places.
  const known = new Map<string, Empirical | string>();
  const load = (path: string) => {
    const value = known.get(path) ?? (known.size < limits.empiricalFiles ? parseFile(path, readText) : tooManyFiles);
    known.set(path, value);
    return value;
  };
  return block('an empirical distribution', fields, {
    make: (values, site) => {
      const loaded = load(values.file);
      return typeof loaded === 'string' ? reportFile(site.reading, site.offset('file'), loaded) : loaded;
    },
  });
}

const tooManyFiles = `expected at most ${limits.empiricalFiles} files of values, found more`;

function reportFile(reading: Reading, offset: number, message: string): undefined {
  return reading.report(offset, message, 'name a text file with one duration a line, such as 8ms');
}

/** The values, or what is wrong with the file. */
function parseFile(path: string, readText: (path: string) => string): Empirical | string {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    return unreadableFile(path, error);
  }
  const valuesMs: number[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const cell = line.trim().replace(/^"(.*)"$/, '$1');
    if (cell === '' || cell.startsWith('#')) continue;
    const value = parseDuration(cell);
    if (!isUnreadable(value)) valuesMs.push(Math.min(value, limits.durationMs));
    else if (valuesMs.length > 0 || !/^[A-Za-z_][\w ()-]*$/.test(cell) || index > 0) {
      const found = describe(writtenScalar(cell, 0));
      return `expected a duration on line ${index + 1} of ${quote(path)}, found ${found}: ${value.fix}`;
    }
    if (valuesMs.length > limits.empiricalValues) {
      return `expected at most ${limits.empiricalValues} values in ${quote(path)}, found more`;
    }
  }
  return valuesMs.length > 0 ? { kind: 'empirical', valuesMs } : `expected values in ${quote(path)}, found none`;
}
