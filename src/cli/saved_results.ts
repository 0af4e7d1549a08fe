import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readResult } from '../run/read_result.ts';
import type { ResultDocument } from '../run/result.ts';
import { visible } from '../scenario/diagnostics.ts';
import { limits } from '../scenario/limits.ts';
import { isSaveName } from './arguments.ts';
import { reasonOf } from './read_scenarios.ts';
import { readUpTo } from './read_up_to.ts';
import { statOf } from './stat_of.ts';
import { UsageError } from './usage_error.ts';

/** What `compare` was given: one result a scenario. */
export interface SavedResults {
  /** What a person calls it. */
  readonly name: string;
  readonly byScenario: ReadonlyMap<string, ResultDocument>;
}

const FILE = 'result.json';

/** The folder in which results are kept under a name. No scenario is called so, since none begins with `@`. */
export function savedFolder(out: string, name: string): string {
  return join(out, `@${name}`);
}

/**
 * Results by a name they were saved under, a folder (of one result, or of folders of one each) or a `result.json`; a name
 * comes first. Throws a UsageError where there is none, or one is broken.
 */
export function readSavedResults(given: string, out: string): SavedResults {
  const files = resultFiles(given, out);
  const byScenario = new Map<string, ResultDocument>();
  for (const file of files) {
    const document = readResultFile(file);
    if (byScenario.has(document.scenario)) {
      throw new UsageError(`${visible(given)} has two results of '${visible(document.scenario)}': name one of them`);
    }
    byScenario.set(document.scenario, document);
  }
  return { name: visible(given), byScenario };
}

function resultFiles(given: string, out: string): string[] {
  const named = isSaveName(given) ? savedFolder(out, given) : null;
  const path = named !== null && existsSync(named) ? named : given;
  const found = statOf(path);
  if (found === undefined) {
    const saved = savedNames(out);
    const names = saved.length === 0 ? '' : `; saved in ${out}: ${saved.join(', ')}`;
    throw new UsageError(`there are no results called '${visible(given)}', and no such folder or file${names}`);
  }
  if (!found.isDirectory()) return [path];
  if (existsSync(join(path, FILE))) return [join(path, FILE)];
  const inside = readdirSync(path)
    .toSorted()
    .map((name) => join(path, name, FILE))
    .filter((file) => existsSync(file));
  if (inside.length === 0) throw new UsageError(`there is no ${FILE} in ${visible(path)}, nor in a folder in it`);
  return inside;
}

function savedNames(out: string): string[] {
  if (!statOf(out)?.isDirectory()) return [];
  return readdirSync(out).flatMap((name) => (name.startsWith('@') ? [visible(name.slice(1))] : []));
}

/** A result.json as this version writes it. Throws a UsageError where it cannot be read, or is something else. */
export function readResultFile(file: string): ResultDocument {
  const name = visible(file);
  let bytes: Uint8Array;
  try {
    bytes = readUpTo(file, limits.resultLength + 1);
  } catch (thrown) {
    throw new UsageError(`cannot read ${name}: ${reasonOf(thrown)}`);
  }
  if (bytes.length > limits.resultLength) throw new UsageError(`${name} is longer than ${limits.resultLength} bytes`);
  const read = readResult(new TextDecoder().decode(bytes));
  if ('document' in read) return read.document;
  const [first, ...more] = read.problems.map(visible);
  const rest = more.length === 0 ? '' : `, and ${more.length} more`;
  throw new UsageError(`${name} is no result of this version of meshtrial: ${first}${rest}; run the scenario again`);
}
