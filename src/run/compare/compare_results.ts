import { type Metric, metrics } from '../../metrics/catalogue.ts';
import { type Contrast, type Figure, pairedContrast, welchContrast } from '../../metrics/estimates/contrast.ts';
import { studentInterval } from '../../metrics/intervals.ts';
import { NOT_REACHED } from '../../metrics/not_reached.ts';
import type { CellLabel, ResultDocument } from '../result.ts';
import { judgeMargin, type MarginVerdict } from './judge_margin.ts';
import type { Margin } from './margin.ts';
import { type MatchedColumn, matchColumns } from './match.ts';

/** Changes below this share of the baseline are of no account (Criterion's noise threshold, too). */
const NOISE = 0.01;

/** How a metric of a column changed from a baseline to another result. */
export interface Change extends CellLabel, Contrast {
  readonly metric: string;
  /** Means over the replications compared. null: not measured, or not reached in one. */
  readonly before: number | null;
  readonly after: number | null;
  /** `paired` by seed where both met the same requests. */
  readonly test: 'paired' | 'welch';
  /**
   * `better` and `worse` by what the metric is for, `changed` where it is for neither; `same`: equal in every pair;
   * `negligible`: a change of less than 1%; `none`: nothing was measured; `unclear`: all else.
   */
  readonly verdict: 'better' | 'worse' | 'changed' | 'same' | 'negligible' | 'unclear' | 'none';
  /** Replications in which it was watched for and not reached. */
  readonly notReached: { readonly before: number; readonly after: number };
  /** Replications in which it had a subject: those that did not reach it, too. */
  readonly measured: { readonly before: number; readonly after: number };
}

/** What came of comparing a result with a baseline. */
export interface Comparison {
  readonly scenario: string;
  /** Every metric of every common column. */
  readonly changes: readonly Change[];
  /** Each margin for every common column. */
  readonly margins: readonly MarginVerdict[];
  readonly onlyBefore: readonly CellLabel[];
  readonly onlyAfter: readonly CellLabel[];
}

/**
 * Compares two results of one scenario, column by column and metric by metric. Changes are told with intervals that hold
 * together over the columns in 95% of all comparisons (Bonferroni), margins are judged by the plain 95% interval: who
 * names a metric asks about it alone. All rests on the replications' own values, which is what a result keeps.
 */
export function compareResults(before: ResultDocument, after: ResultDocument, margins: readonly Margin[]): Comparison {
  const { columns, onlyBefore, onlyAfter } = matchColumns(before, after);
  const level = 1 - 0.05 / Math.max(1, columns.length);
  return {
    scenario: before.scenario,
    changes: columns.flatMap((column) => metrics.map((metric) => changeOf(metric, column, level))),
    margins: margins.flatMap((margin) =>
      columns.map((column) => judgeMargin(margin, changeOf(margin.metric, column, 0.95))),
    ),
    onlyBefore,
    onlyAfter,
  };
}

function changeOf(metric: Metric, column: MatchedColumn, level: number): Change {
  const values = { before: valuesOf(metric, column.before), after: valuesOf(metric, column.after) };
  const contrastOf = column.paired ? pairedContrast : welchContrast;
  const contrast = contrastOf(figureOf(values.after), figureOf(values.before), level);
  const notReached = { before: countNotReached(values.before), after: countNotReached(values.after) };
  const before = studentInterval(values.before).mean;
  return {
    ...column.label,
    metric: metric.name,
    before,
    after: studentInterval(values.after).mean,
    ...contrast,
    test: column.paired ? 'paired' : 'welch',
    verdict: hasNothing(values.before, values.after) ? 'none' : verdictOf(metric, contrast, before),
    notReached,
    measured: { before: countMeasured(values.before), after: countMeasured(values.after) },
  };
}

function valuesOf(metric: Metric, cells: MatchedColumn['before']): (number | null)[] {
  return cells.map((cell) => metric.read(cell));
}

/** A result keeps each replication's own value, and not what they are pooled by: their mean is what is compared. */
function figureOf(values: readonly (number | null)[]): Figure {
  const point = values.includes(NOT_REACHED) ? NOT_REACHED : studentInterval(values).mean;
  return { point, values, resamples: null, tooFew: false };
}

function verdictOf(
  { better }: Metric,
  { difference, low, high, same }: Contrast,
  before: number | null,
): Change['verdict'] {
  if (same) return 'same';
  if (difference === null || low === null || high === null) return 'unclear';
  const noise = NOISE * Math.abs(before ?? 0);
  const isClear = low > 0 || high < 0;
  if (isClear ? Math.abs(difference) < noise : -noise < low && high < noise) return 'negligible';
  if (!isClear) return 'unclear';
  if (better === 'neither') return 'changed';
  return difference < 0 === (better === 'lower') ? 'better' : 'worse';
}

/** Not measured on either side, or reached on neither: there is nothing to compare. */
function hasNothing(before: readonly (number | null)[], after: readonly (number | null)[]): boolean {
  const all = [...before, ...after];
  return all.every((value) => value === null || value === NOT_REACHED) && new Set(all).size < 2;
}

function countMeasured(values: readonly (number | null)[]): number {
  return values.filter((value) => value !== null).length;
}

function countNotReached(values: readonly (number | null)[]): number {
  return values.filter((value) => value === NOT_REACHED).length;
}
