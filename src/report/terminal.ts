import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import type { Warning } from '../run/result.ts';
import type { Study } from '../run/study.ts';
import { outcomeCounts } from './counts.ts';
import { incompleteLine } from './incomplete_lines.ts';
import { someColumns } from './label.ts';
import type { Picture } from './picture/picture.ts';
import { precisionLines } from './precision_lines.ts';
import { comparisonSentences } from './sentences.ts';
import { failoverColumnsFor, legend, legends, strategyTable, trafficColumns, twinColumns } from './strategy_table.ts';
import { thresholdLines } from './threshold_lines.ts';
import { humanMs } from './units.ts';
import { wrap } from './wrap.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Characters in a line. Tables of many columns may be wider; words never are. */
  readonly width: number;
  /** Where the files went: the last line. */
  readonly directory: string;
  readonly files: readonly string[];
  /** What was seen of the series while they were written; none where it would not fit, or not be shown. */
  readonly picture?: Picture | null;
}

/** More than fit a screen are not read. */
const MOST_SENTENCES = 20;

/** What a difference is good for, before its sentence. */
const BETTER = '  better  ';
const WORSE = '  worse   ';

/** What a person wants to know, in the order in which they want to: the verdict, the figures, the differences, the doubts. */
export function renderSummary(study: Study, options: TerminalOptions): string {
  const paint = picocolors.createColors(options.color);
  const sections = [
    [title(study, paint), ...noteLines(study, paint, options.width)],
    thresholdSection(study, paint),
    tableSection(study, paint),
    options.picture?.lines(study.document, paint) ?? [],
    differenceSection(study, paint, options.width),
    warningSection(study.warnings, paint, options.width),
    options.files.length === 0 ? [] : [filesLine(options)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `written to results/zone-outage: result.json, runs.csv` */
export function filesLine({ directory, files }: Pick<TerminalOptions, 'directory' | 'files'>): string {
  return `written to ${directory}: ${files.join(', ')}`;
}

/** The thresholds alone, under their heading. */
export function thresholdSection({ verdicts }: Study, paint: Colors): string[] {
  if (verdicts.length === 0) return [];
  return [paint.bold(`Thresholds: ${thresholdCounts(verdicts)}`), ...thresholdLines(verdicts, paint)];
}

/** `2 of 6 failed and 1 inconclusive`, `all 6 passed`. */
export function thresholdCounts(verdicts: Study['verdicts']): string {
  const of = verdicts.length;
  const count = (wanted: 'fail' | 'inconclusive') => verdicts.filter(({ row }) => row.verdict === wanted).length;
  const outcomes = { of, failed: count('fail'), inconclusive: count('inconclusive') };
  return outcomeCounts(outcomes, 'failed', of === 1 ? 'passed' : `all ${of} passed`);
}

function title({ scenario, document }: Study, paint: Colors): string {
  const { name, columns } = scenario;
  const { cells, incomplete } = document;
  const own = cells.map(({ seed }) => seed);
  const [first, last] = [minOf(own), maxOf(own)];
  const seeds = first === last ? `seed ${first}` : `seeds ${first} to ${last}`;
  const runs = incomplete === null ? `${cells.length}` : `${cells.length} of ${incomplete.of}`;
  const each = columns.every(({ trial }) => trial.durationMs === columns[0].trial.durationMs)
    ? ` of ${humanMs(columns[0].trial.durationMs)}`
    : '';
  return `${paint.bold(name)}: ${runs} ${runs === '1' ? 'run' : 'runs'}${each}, ${seeds}`;
}

/** How it ended, where that is not as written in the scenario. */
function noteLines({ document }: Study, paint: Colors, width: number): string[] {
  const stopped = incompleteLine(document);
  return [
    ...(stopped === null ? [] : wrap(stopped, width, '', '  ').map((line) => paint.yellow(line))),
    ...precisionLines(document).flatMap((line) => wrap(line, width, '', '    ')),
  ];
}

/** Of more values than a call can take. */
function minOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value));
}

function maxOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value));
}

function tableSection({ document }: Study, paint: Colors): string[] {
  const faults = document.cells.some(({ failovers, impact }) => failovers.length > 0 || impact.length > 0);
  const columns = failoverColumnsFor(document);
  const twins = document.cells.some(({ twin }) => twin !== null);
  const several = new Set(document.cells.map(({ variant, strategy }) => `${variant}: ${strategy}`)).size > 1;
  return [
    strategyTable('Traffic', trafficColumns, document, paint),
    ...(faults ? ['', strategyTable('Failover', columns, document, paint)] : []),
    ...(twins ? ['', strategyTable('Because of faults', twinColumns, document, paint)] : []),
    ...(several ? [paint.dim(`  ${legend}`)] : []),
    ...legends([...trafficColumns, ...(faults ? columns : []), ...(twins ? twinColumns : [])], document).map((text) =>
      paint.dim(`  ${text}`),
    ),
  ];
}

function differenceSection({ document }: Study, paint: Colors, width: number): string[] {
  const seeds = new Set(document.cells.map(({ seed }) => seed)).size;
  if (document.comparison.length === 0 || seeds < 2) return [];
  const sentences = comparisonSentences(document);
  const paired = document.comparison.every(({ test }) => test === 'paired');
  const heading = `Differences${paired ? ', paired by seed' : ''}, with 95% intervals that hold together`;
  if (sentences.length === 0) {
    return [
      `${paint.bold(heading)}: none that is clear`,
      '  of what is named in sentences; all other figures are in comparison.csv',
    ];
  }
  const more = sentences.length - MOST_SENTENCES;
  return [
    paint.bold(heading),
    ...sentences.slice(0, MOST_SENTENCES).flatMap(({ text, isBetter }) => {
      const [first, ...rest] = wrap(text, width, isBetter ? BETTER : WORSE, '            ');
      const color = isBetter ? paint.green : paint.red;
      return [`${color(first.slice(0, BETTER.length))}${first.slice(BETTER.length)}`, ...rest];
    }),
    ...(more > 0 ? [`  and ${more} more in comparison.csv`] : []),
  ];
}

function warningSection(warnings: readonly Warning[], paint: Colors, width: number): string[] {
  if (warnings.length === 0) return [];
  return [
    paint.bold('Before you trust these figures'),
    ...warnings.flatMap(({ cause, effect, next, columns }) => {
      const about = columns.length === 0 ? '' : ` (${someColumns(columns)})`;
      const [first, ...more] = wrap(`! ${cause}${about}`, width, '  ', '    ');
      return [
        paint.yellow(first),
        ...more.map((line) => paint.yellow(line)),
        ...wrap(`so: ${effect}`, width, '    ', '        '),
        ...wrap(`try: ${next}`, width, '    ', '         '),
      ];
    }),
  ];
}
