import picocolors from 'picocolors';
import type { Comparison } from '../run/compare/compare_results.ts';
import type { Warning } from '../run/result.ts';
import type { Study } from '../run/study.ts';
import type { Verdict } from '../run/thresholds.ts';
import { comparisonLines, marginCounts, marginSentence, type Sides } from './change_lines.ts';
import { labelText, someColumns } from './label.ts';
import { renderSummary, thresholdCounts } from './terminal.ts';
import { byThreshold, observedText, thresholdLines } from './threshold_lines.ts';

/** Something to show beside a line of a file on GitHub. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  /** From the top of the repository; null: of no file. */
  readonly file: string | null;
  /** From 1. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly title: string;
  readonly message: string;
}

/**
 * A workflow command, with its escapes: `::error file=a.yaml,line=3::message`
 * (docs.github.com, Workflow commands for GitHub Actions; the escapes as in actions/toolkit, packages/core/src/command.ts).
 */
export function annotationLine({ level, file, line, column, title, message }: Annotation): string {
  const properties = { file: file ?? undefined, line, col: column, title };
  const written = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${escapeProperty(String(value))}`],
  );
  return `::${level} ${written.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * One for each threshold that failed, whatever the number of columns, since GitHub shows ten a step; where that is asked
 * for, what is inconclusive has failed, too. `lineOf` a threshold, by its place in the scenario.
 */
export function thresholdAnnotations(
  { scenario, verdicts }: Study,
  { file, strict, lineOf }: { file: string | null; strict: boolean; lineOf: (place: number) => number | undefined },
): Annotation[] {
  const failed = verdicts.filter(
    ({ row: { verdict } }) => verdict === 'fail' || (strict && verdict === 'inconclusive'),
  );
  return byThreshold(failed).map((own) => {
    const { place, row } = own[0];
    const isDecided = own.some(({ row: { verdict } }) => verdict === 'fail');
    return {
      level: 'error',
      file,
      line: lineOf(place),
      title: `${scenario.name}: ${row.expression} ${isDecided ? 'failed' : 'is inconclusive'}`,
      message: thresholdLines(own, picocolors.createColors(false)).join('\n'),
    };
  });
}

/** What a reader should know before trusting the figures. */
export function warningAnnotations({ scenario, warnings }: Study, file: string | null): Annotation[] {
  return warnings.map((warning) => ({
    level: 'warning',
    file,
    title: `${scenario.name}: before you trust these figures`,
    message: warningText(warning),
  }));
}

/** One for each margin that a metric of a column exceeds. */
export function marginAnnotations({ scenario, margins }: Comparison): Annotation[] {
  return margins
    .filter(({ verdict }) => verdict === 'regression')
    .map((verdict) => ({
      level: 'error',
      file: null,
      title: `${scenario}: ${verdict.expression} regressed`,
      message: marginSentence(verdict),
    }));
}

/** A study as a section of a step summary: the thresholds as a table, the rest as on a terminal. */
export function studyMarkdown(study: Study): string {
  const { scenario, verdicts, warnings } = study;
  const colors = { color: false, width: 120, directory: '', files: [] };
  return [
    `### ${escapeMarkdown(scenario.name)}${verdicts.length === 0 ? '' : `: thresholds: ${thresholdCounts(verdicts)}`}`,
    ...(verdicts.length === 0 ? [] : [thresholdTable(verdicts)]),
    ...warnings.map((warning) => `> ⚠️ ${escapeMarkdown(warningText(warning))}`),
    details('figures', renderSummary({ ...study, warnings: [], verdicts: [] }, colors)),
  ].join('\n\n');
}

/** A comparison as a section of a step summary. */
export function comparisonMarkdown(comparison: Comparison, sides: Sides): string {
  const { scenario, margins } = comparison;
  const lines = comparisonLines(comparison, sides, picocolors.createColors(false));
  return [
    `### ${escapeMarkdown(scenario)}: ${escapeMarkdown(sides.after)} against ${escapeMarkdown(sides.before)}${margins.length === 0 ? '' : `: margins: ${marginCounts(margins)}`}`,
    ...(margins.length === 0 ? [] : [margins.map((one) => `- ${escapeMarkdown(marginSentence(one))}`).join('\n')]),
    details('changes', lines.join('\n')),
  ].join('\n\n');
}

function thresholdTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((one) => {
    const { row } = one;
    return [
      row.verdict === 'fail' ? '❌' : row.verdict === 'pass' ? '✅' : '❔',
      row.expression,
      labelText(row),
      observedText(one),
    ];
  });
  const lines = [['', 'threshold', 'column', 'observed'], ['---', '---', '---', '---:'], ...rows];
  return lines
    .map((cells, i) => `| ${cells.map((cell) => (i < 2 ? cell : escapeMarkdown(cell))).join(' | ')} |`)
    .join('\n');
}

/** Text of a terminal, folded away. The fence is longer than any in the text. */
function details(summary: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `<details><summary>${summary}</summary>\n\n${fence}text\n${text.trimEnd()}\n${fence}\n\n</details>`;
}

function warningText({ cause, effect, next, columns }: Warning): string {
  const about = columns.length === 0 ? '' : ` (${someColumns(columns)})`;
  return `${cause}${about}\nso: ${effect}\ntry: ${next}`;
}

/** As it reads, on one line: names may hold what Markdown or HTML would make something of. */
function escapeMarkdown(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|#~@]/g, '\\$&')
    .replace(/\s*\n\s*/g, '; ');
}
