import type { Colors } from 'picocolors/types.js';
import type { SeriesRow } from '../../metrics/measures.ts';
import type { CellLabel, CellResult, ResultDocument } from '../../run/result.ts';
import type { Column } from '../../scenario/scenario.ts';
import { human, humanMs } from '../units.ts';
import { bars } from './bars.ts';
import { faultMarks } from './fault_marks.ts';
import { AS_EXPECTED, shareBars, shareExtremes } from './shares.ts';
import { shortNames } from './short_names.ts';
import { gridOf, TimeLines } from './time_lines.ts';

/** What a run looks like over time, in a few lines of text. */
export interface Picture {
  /** Sums up the series of a column's first run as they pass through. */
  watch(label: CellLabel, seed: number | null, rows: Iterable<SeriesRow>): Iterable<SeriesRow>;
  /** None where there was nothing to see. */
  lines(document: ResultDocument, paint: Colors): string[];
}

/** With more columns nobody finds anything in it. */
const MOST_COLUMNS = 8;
const NARROWEST = 80;
const INDENT = 2;
const METRIC = 'latency p99'.length;
/** For `i-12 0.42x to i-3 1.6x`. */
const REMARK = 24;
const GAP = 2;
const LONGEST_NAME = 30;
/** In place of their names, where all lines are alike. */
const ALL = 'all';
/** Of fewer parts a line of time is no line. */
const FEWEST_BINS = 8;

/** null: too many columns, or too narrow a terminal. */
export function createPicture(columns: readonly Column[], width: number): Picture | null {
  if (columns.length > MOST_COLUMNS || width < NARROWEST) return null;
  const names = shortNames(columns, Math.min(LONGEST_NAME, Math.floor(width / 5)));
  const nameWidth = columns.length === 1 ? 0 : Math.max(ALL.length, ...names.map((name) => name.length));
  const room = width - INDENT - METRIC - GAP - (nameWidth === 0 ? 0 : nameWidth + GAP) - GAP - REMARK;
  const timeLines = new Map<string, TimeLines>();
  return {
    *watch(label, seed, rows) {
      const key = keyOf(label);
      const column = columns.find((one) => keyOf(one) === key);
      const isFirst = seed !== null && column !== undefined && !timeLines.has(key);
      const lines = isFirst ? new TimeLines(gridOf(column, room), seed) : null;
      if (lines !== null) timeLines.set(key, lines);
      for (const row of rows) {
        lines?.take(row);
        yield row;
      }
    },
    lines(document, paint) {
      const rows = columns.flatMap((column, i): Row[] => {
        const time = timeLines.get(keyOf(column));
        const cell = document.cells.find((one) => one.seed === time?.seed && keyOf(one) === keyOf(column));
        return time === undefined || cell === undefined ? [] : [{ name: names[i], column, time, cell }];
      });
      return rows.length === 0 ? [] : drawn(rows, { room, nameWidth }, paint);
    },
  };
}

interface Row {
  readonly name: string;
  readonly column: Column;
  readonly time: TimeLines;
  readonly cell: CellResult;
}

interface Line {
  readonly name: string;
  readonly blocks: string;
  readonly remark: string;
}

function drawn(rows: readonly Row[], layout: { room: number; nameWidth: number }, paint: Colors): string[] {
  const isLong = rows.every(({ time }) => time.grid.bins >= FEWEST_BINS);
  const groups: { metric: string; lines: readonly Line[] }[] = [
    ...(isLong ? [{ metric: 'requests ok', lines: merged(successLines(rows)) }] : []),
    ...(isLong ? [{ metric: 'faults', lines: merged(faultLines(rows)) }] : []),
    ...(isLong ? [{ metric: 'latency p99', lines: merged(latencyLines(rows)) }] : []),
    { metric: 'share', lines: merged(shareLines(rows, layout.room)) },
  ];
  const widest = Math.max(...groups.flatMap(({ lines }) => lines.map(({ blocks }) => blocks.length)));
  const seeds = new Set(rows.map(({ time }) => time.seed));
  const seed = seeds.size === 1 ? `, seed ${rows[0].time.seed}` : '';
  return [
    `${paint.bold(isLong ? 'Over time' : 'Shares')}${seed}${isLong ? `: ${timeText(rows)}` : ''}`,
    ...groups.flatMap(({ metric, lines }) =>
      lines.map(({ name, blocks, remark }, i) => {
        const first = paint.dim((i === 0 ? metric : '').padEnd(METRIC));
        const names = layout.nameWidth === 0 ? [] : [name.padEnd(layout.nameWidth)];
        const parts = [first, ...names, blocks.padEnd(widest), paint.dim(remark)];
        return `${' '.repeat(INDENT)}${parts.join(' '.repeat(GAP))}`.trimEnd();
      }),
    ),
    paint.dim(
      `${' '.repeat(INDENT)}share: a block an instance, ${AS_EXPECTED} what was expected of it, █ twice that or more`,
    ),
  ];
}

/** `20 s to 2 min, a block 2 s`; of runs of several lengths only that each fills its line. */
function timeText(rows: readonly Row[]): string {
  const [{ fromMs, toMs, bins }] = rows.map(({ time }) => time.grid);
  const alike = rows.every(({ time }) => time.grid.fromMs === fromMs && time.grid.toMs === toMs);
  if (!alike) return 'the measured time of each run';
  return `${fromMs === 0 ? '0' : humanMs(fromMs)} to ${humanMs(toMs)}, a block ${humanMs((toMs - fromMs) / bins)}`;
}

/** All on one scale, which ends at 100%: a full block is a stretch without a failure. */
function successLines(rows: readonly Row[]): Line[] {
  const shares = rows.map(({ time }) => time.successShares());
  const low = shares.map(lowest).reduce((a, b) => Math.min(a, b), 0.99);
  return rows.map(({ name }, i) => {
    const worst = lowest(shares[i]);
    const remark = worst === Infinity ? '' : worst === 1 ? '100%' : `lowest ${human(worst, 'share')}`;
    return { name, blocks: bars(shares[i], { low, high: 1 }), remark };
  });
}

/** All on one scale of logarithms, of at least a factor of four: noise shall not look like news. */
function latencyLines(rows: readonly Row[]): Line[] {
  const low = rows.map(({ time }) => lowest(time.p99Ms)).reduce((a, b) => Math.min(a, b));
  const high = rows.map(({ time }) => highest(time.p99Ms)).reduce((a, b) => Math.max(a, b), 4 * low);
  return rows.map(({ name, time }) => {
    const worst = highest(time.p99Ms);
    const remark = worst === -Infinity ? '' : `highest ${humanMs(worst)}`;
    return { name, blocks: bars(time.p99Ms, { low, high, log: true }), remark };
  });
}

function faultLines(rows: readonly Row[]): Line[] {
  return rows.map(({ name, time, column, cell }) => ({
    ...{ name, blocks: faultMarks(time.grid, column, cell), remark: faultNames(column) },
  }));
}

/** One line for all where they are alike, and none where there is nothing in it. */
function merged(lines: readonly Line[]): readonly Line[] {
  const [{ blocks, remark }] = lines;
  if (lines.length > 1 && lines.every((line) => line.blocks === blocks && line.remark === remark)) {
    return merged([{ name: ALL, blocks, remark }]);
  }
  return lines.some((line) => line.blocks.trim() !== '') ? lines : [];
}

function faultNames({ trial }: Column): string {
  const kinds = [...new Set(trial.faults.map(({ action }) => action.kind))].join(', ');
  return kinds.length > REMARK ? `${kinds.slice(0, REMARK - 3)}...` : kinds;
}

function shareLines(rows: readonly Row[], room: number): Line[] {
  return rows.map(({ name, cell: { instances } }) => {
    const remark = shareExtremes(instances);
    return { name, blocks: shareBars(instances, room), remark: remark.length > REMARK ? '' : remark };
  });
}

function lowest(values: Iterable<number>): number {
  let found = Infinity;
  for (const value of values) if (value < found) found = value;
  return found;
}

function highest(values: Iterable<number>): number {
  let found = -Infinity;
  for (const value of values) if (value > found) found = value;
  return found;
}

function keyOf({ strategy, variant, params }: CellLabel): string {
  return JSON.stringify([strategy, variant, params]);
}
