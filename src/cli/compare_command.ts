import picocolors from 'picocolors';
import { comparisonLines } from '../report/change_lines.ts';
import { incompleteLine } from '../report/incomplete_lines.ts';
import { someColumns } from '../report/label.ts';
import { type Comparison, compareResults } from '../run/compare/compare_results.ts';
import type { Margin } from '../run/compare/margin.ts';
import { visible } from '../scenario/diagnostics.ts';
import { ExitCode } from './exit_code.ts';
import { tellGitHubOfComparison } from './github.ts';
import { readSavedResults, type SavedResults } from './saved_results.ts';
import { say, wantsColor, writeOut } from './streams.ts';
import { UsageError } from './usage_error.ts';

export interface CompareOptions {
  readonly failOn: readonly Margin[];
  readonly out: string;
  readonly json: boolean;
}

/** Compares saved results with a baseline, scenario by scenario, and says which metric became worse by more than allowed. */
export async function compareCommand(baseline: string, other: string, options: CompareOptions): Promise<ExitCode> {
  const before = readSavedResults(baseline, options.out);
  const after = readSavedResults(other, options.out);
  const comparisons = compareAll(before, after, options.failOn);
  for (const { scenario } of comparisons) tellReservations(scenario, before, after);
  const sides = { before: before.name, after: after.name };
  if (options.json) await writeOut(comparisons.map((comparison) => `${JSON.stringify(comparison)}\n`));
  else {
    const paint = picocolors.createColors(wantsColor());
    const texts = comparisons.map((comparison) => `${comparisonLines(comparison, sides, paint).join('\n')}\n`);
    await writeOut([texts.join('\n')]);
  }
  for (const comparison of comparisons) tellGitHubOfComparison(comparison, sides);
  const regressed = comparisons.some(({ margins }) => margins.some(({ verdict }) => verdict === 'regression'));
  return regressed ? ExitCode.regression : ExitCode.pass;
}

function compareAll(before: SavedResults, after: SavedResults, margins: readonly Margin[]): Comparison[] {
  const names = [...before.byScenario.keys()];
  const common = names.flatMap((name) => {
    const [own, other] = [before.byScenario.get(name), after.byScenario.get(name)];
    return own === undefined || other === undefined ? [] : [compareResults(own, other, margins)];
  });
  if (common.length === 0) {
    throw new UsageError(`no scenario is in both: ${contents(before)}; ${contents(after)}`);
  }
  for (const [one, two] of [
    [before, after],
    [after, before],
  ] as const) {
    const missing = [...one.byScenario.keys()].filter((name) => !two.byScenario.has(name));
    if (missing.length > 0) say(`meshtrial: only in ${one.name}: ${missing.join(', ')}`);
  }
  const empty = common.find(({ changes }) => changes.length === 0);
  if (empty !== undefined) throw new UsageError(noCommonColumn(empty, before.name, after.name));
  return common;
}

/** What to know of two results that were not made alike, before what is said of them. */
function tellReservations(scenario: string, before: SavedResults, after: SavedResults): void {
  const sides = [before, after].flatMap(({ name, byScenario }) => {
    const document = byScenario.get(scenario);
    return document === undefined ? [] : [{ name, document }];
  });
  for (const { name, document } of sides) {
    const line = incompleteLine(document);
    if (line !== null) say(visible(`meshtrial: ${scenario} of ${name} is incomplete: ${line}`));
  }
  if (new Set(sides.map(({ document }) => document.version)).size === 1) return;
  const written = sides.map(({ name, document }) => `${name} by version ${document.version}`).join(', ');
  say(visible(`meshtrial: ${scenario} was written by two versions: ${written}; what changed may be meshtrial`));
}

function contents({ name, byScenario }: SavedResults): string {
  return `${name} has ${[...byScenario.keys()].join(', ')}`;
}

function noCommonColumn({ scenario, onlyBefore, onlyAfter }: Comparison, before: string, after: string): string {
  const columns = (labels: Comparison['onlyBefore']) => (labels.length === 0 ? 'none' : someColumns(labels));
  return `no column of '${scenario}' is in both: ${before} has ${columns(onlyBefore)}; ${after} has ${columns(onlyAfter)}`;
}
