import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../run/failure.ts';
import { metrics, strategies } from '../run/lists.ts';
import { formatDiagnostics } from '../scenario/diagnostics.ts';
import { readScenario } from '../scenario/read_scenario.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { UsageError } from './usage_error.ts';

/** What the command line says instead of the files; undefined where it is silent. */
export interface Overrides {
  readonly strategy?: readonly string[];
  readonly seed?: number;
  readonly replications?: number;
}

/** A file as named on the command line, and what is in it: a scenario, or its problems in words. */
export type ScenarioFile = { readonly file: string } & (
  | { readonly scenario: Scenario }
  | { readonly problems: string }
);

/** Reads all files before a word is said about any. Throws a UsageError where one cannot be read; `-` is standard input. */
export function readScenarios(files: readonly string[], overrides: Overrides): ScenarioFile[] {
  if (files.filter((file) => file === '-').length > 1)
    throw new UsageError("'-', standard input, can be read only once");
  const unreadable: string[] = [];
  const texts = files.map((file) => {
    try {
      return { file, text: readFileSync(file === '-' ? 0 : file) };
    } catch (thrown) {
      unreadable.push(`cannot read ${nameOf(file)}: ${reasonOf(thrown)}`);
      return { file, text: new Uint8Array() };
    }
  });
  if (unreadable.length > 0) throw new UsageError(unreadable.join('\n'));
  return texts.map(({ file, text }) => parse(file, text, overrides));
}

function parse(file: string, text: Uint8Array, overrides: Overrides): ScenarioFile {
  const name = nameOf(file);
  const folder = file === '-' ? '.' : dirname(file);
  const read = readScenario(text, name, {
    strategies,
    metrics,
    readFile: (path) => readFileSync(resolve(folder, path), 'utf8'),
    policyOverride: overrides.strategy,
    seedOverride: overrides.seed,
    replicationsOverride: overrides.replications,
  });
  if ('scenario' in read) return { file, scenario: read.scenario };
  return { file, problems: formatDiagnostics(name, text, read.problems) };
}

function nameOf(file: string): string {
  return file === '-' ? '<stdin>' : file;
}

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return messageOf(thrown);
  }
}
