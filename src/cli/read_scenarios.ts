import { dirname, isAbsolute, join, resolve } from 'node:path';
import { messageOf } from '../run/failure.ts';
import { accruals, detectors, metrics, strategies, subsettings } from '../run/lists.ts';
import { type Diagnostic, formatDiagnostics, visible } from '../scenario/diagnostics.ts';
import { limits } from '../scenario/limits.ts';
import type { ParamOverride } from '../scenario/param_overrides.ts';
import { type ReadResult, readScenario } from '../scenario/read_scenario.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { type ColumnsChoice, hasColumns, withColumns } from './choose_columns.ts';
import { readUpTo } from './read_up_to.ts';
import { UsageError } from './usage_error.ts';

/** What the command line says instead of the files; undefined where it is silent. */
export interface Overrides extends ColumnsChoice {
  readonly seed?: number | undefined;
  readonly replications?: number | undefined;
  readonly param?: readonly ParamOverride[] | undefined;
}

/** A file as named on the command line, and what is in it: a scenario, or its problems in words. */
export type ScenarioFile = { readonly file: string } /** `text` is the file's. */ & (
  | { readonly scenario: Scenario; readonly text: Uint8Array }
  | { readonly problems: string; readonly diagnostics: readonly Diagnostic[] }
);

/**
 * Reads all files before a word is said about any. Throws a UsageError where one cannot be read, or where an option does
 * not go with one; `-` is standard input.
 */
export function readScenarios(files: readonly string[], overrides: Overrides): ScenarioFile[] {
  if (files.filter((file) => file === '-').length > 1)
    throw new UsageError("'-', standard input, can be read only once");
  const unreadable: string[] = [];
  const texts = files.map((file) => {
    try {
      return { file, text: readText(file) };
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      unreadable.push(thrown.message);
      return { file, text: new Uint8Array() };
    }
  });
  if (unreadable.length > 0) throw new UsageError(unreadable.join('\n'));
  return texts.map(({ file, text }) => parseScenario(file, text, overrides));
}

/** The bytes of one file, a byte more than a scenario may have at most. Throws a UsageError where it cannot be read. */
export function readText(file: string): Uint8Array {
  try {
    return readUpTo(file === '-' ? 0 : file, limits.fileLength + 1);
  } catch (thrown) {
    throw new UsageError(`cannot read ${nameOf(file)}: ${reasonOf(thrown)}`);
  }
}

/**
 * What these bytes of a file say. Strategies take the place of the file's. But those named with their options are first
 * looked for among the file's columns, and so are all where a variant sets what they are. Throws a UsageError where an
 * option does not go with the file.
 */
export function parseScenario(file: string, text: Uint8Array, overrides: Overrides): ScenarioFile {
  const { strategy = [], variant } = overrides;
  const chosen = (scenario: Scenario, choice: ColumnsChoice): ScenarioFile => {
    return { file, scenario: withColumns(nameOf(file), scenario, choice), text };
  };
  const ownColumns = (): ScenarioFile | null => {
    const own = readWith(file, text, { ...overrides, strategy: undefined });
    return 'scenario' in own && hasColumns(own.scenario, strategy) ? chosen(own.scenario, overrides) : null;
  };
  const own = strategy.some((label) => label.includes('(')) ? ownColumns() : null;
  if (own !== null) return own;
  const read = readWith(file, text, overrides);
  if ('scenario' in read) return chosen(read.scenario, { variant });
  const meant = strategy.length > 0 ? ownColumns() : null;
  if (meant !== null) return meant;
  const overridden = overrideKeys.some((key) => overrides[key] !== undefined);
  const alone = overridden ? readWith(file, text, {}) : read;
  if ('scenario' in alone) throw new UsageError(blameOptions(file, text, overrides, read.problems));
  return { file, problems: formatDiagnostics(nameOf(file), text, alone.problems), diagnostics: alone.problems };
}

/** The files that scenario files name, as far as those can be read: traces, measured durations. */
export function filesReadFor(files: readonly string[]): string[] {
  const named: string[] = [];
  for (const file of files) {
    try {
      readWith(file, readUpTo(file, limits.fileLength + 1), {}, (path) => named.push(path));
    } catch {
      // A file that is gone names none.
    }
  }
  return [...new Set(named)];
}

function readWith(
  file: string,
  text: Uint8Array,
  { strategy, seed, replications, param }: Overrides,
  onRead: (path: string) => void = () => {},
): ReadResult {
  const folder = file === '-' ? '.' : dirname(file);
  return readScenario(text, nameOf(file), {
    strategies,
    subsettings,
    accruals,
    detectors,
    metrics,
    readFile: (path) => {
      onRead(isAbsolute(path) ? path : join(folder, path));
      return readValues(resolve(folder, path));
    },
    policyOverride: strategy,
    seedOverride: seed,
    replicationsOverride: replications,
    paramOverrides: param,
  });
}

/** Durations, for `empirical: { file }`. */
function readValues(path: string): string {
  const bytes = readUpTo(path, limits.empiricalLength + 1);
  if (bytes.length > limits.empiricalLength) throw new Error(`it is longer than ${limits.empiricalLength} bytes`);
  return new TextDecoder().decode(bytes);
}

/**
 * What is wrong with options that make an invalid scenario of a valid one: those are to blame without any one of which
 * all would be well, or all of them.
 */
function blameOptions(file: string, text: Uint8Array, overrides: Overrides, problems: readonly Diagnostic[]): string {
  const keys = overrideKeys.filter((key) => overrides[key] !== undefined);
  const guilty = keys.filter((key) => 'scenario' in readWith(file, text, { ...overrides, [key]: undefined }));
  const options = (guilty.length > 0 ? guilty : keys).flatMap((key) => optionText(key, overrides));
  const what = problems.map(({ message, fix }) => visible(`${message}; ${fix}`)).join('\n');
  return `${options.join(' and ')} ${options.length === 1 ? 'does' : 'do'} not go with ${nameOf(file)}: ${what}`;
}

const overrideKeys = ['strategy', 'seed', 'replications', 'param'] as const;

/** As it was typed, or nearly. */
function optionText(key: (typeof overrideKeys)[number], overrides: Overrides): string[] {
  if (key === 'param') return (overrides.param ?? []).map(({ path, value }) => `--param ${path}=${value}`);
  return [`--${key} ${String(overrides[key])}`];
}

/**
 * What a file of the command line is called in messages. These may begin with it, and a line that begins with `::` is a
 * command to GitHub.
 */
export function nameOf(file: string): string {
  if (file === '-') return '<stdin>';
  if (file === '') return "''";
  return /^\s*(::|##\[)/.test(file) ? `./${file}` : file;
}

/** Why a file cannot be read. */
export function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'a part of the path is a file, not a folder';
    default:
      return messageOf(thrown);
  }
}
