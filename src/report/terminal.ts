import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import type { Study } from '../run/study.ts';
import type { Warning } from '../run/warnings.ts';
import { someColumns } from './label.ts';
import { comparisonSentences } from './sentences.ts';
import {
  failoverColumnsFor,
  hasNotReached,
  legend,
  notReachedLegend,
  strategyTable,
  trafficColumns,
} from './strategy_table.ts';
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
}

/** More than fit a screen are not read. */
const MOST_SENTENCES = 20;

/** What a person wants to know, in the order in which they want to: the verdict, the figures, the differences, the doubts. */
export function renderSummary(study: Study, options: TerminalOptions): string {
  const paint = picocolors.createColors(options.color);
  const sections = [
    [title(study, paint)],
    thresholdSection(study, paint),
    tableSection(study, paint),
    differenceSection(study, paint, options.width),
    warningSection(study.warnings, paint, options.width),
    [filesLine(options)],
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
  const failures = verdicts.filter(({ row }) => row.verdict === 'fail').length;
  const count = failures === 0 ? `all ${verdicts.length} passed` : `${failures} of ${verdicts.length} failed`;
  return [paint.bold(`Thresholds: ${count}`), ...thresholdLines(verdicts, paint)];
}

function title({ scenario }: Study, paint: Colors): string {
  const { name, columns, replications, seed } = scenario;
  const seeds = replications === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + replications - 1}`;
  const runs = columns.length * replications;
  const each = columns.every(({ trial }) => trial.durationMs === columns[0].trial.durationMs)
    ? ` of ${humanMs(columns[0].trial.durationMs)}`
    : '';
  return `${paint.bold(name)}: ${runs} ${runs === 1 ? 'run' : 'runs'}${each}, ${seeds}`;
}

function tableSection({ document }: Study, paint: Colors): string[] {
  const faults = document.cells.some(({ failovers, impact }) => failovers.length > 0 || impact.length > 0);
  const columns = failoverColumnsFor(document);
  const several = new Set(document.cells.map(({ variant, strategy }) => `${variant}: ${strategy}`)).size > 1;
  const missed = faults && hasNotReached(columns, document);
  return [
    strategyTable('Traffic', trafficColumns, document, paint),
    ...(faults ? ['', strategyTable('Failover', columns, document, paint)] : []),
    ...(several ? [paint.dim(`  ${legend}`)] : []),
    ...(missed ? [paint.dim(`  ${notReachedLegend}`)] : []),
  ];
}

function differenceSection({ document, scenario }: Study, paint: Colors, width: number): string[] {
  if (document.comparison.length === 0 || scenario.replications < 2) return [];
  const sentences = comparisonSentences(document);
  const heading = 'Differences, paired by seed, with 95% intervals';
  if (sentences.length === 0) return [`${paint.bold(heading)}: none that is clear`];
  const more = sentences.length - MOST_SENTENCES;
  return [
    paint.bold(heading),
    ...sentences.slice(0, MOST_SENTENCES).flatMap((sentence) => wrap(sentence, width, '  ', '    ')),
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
