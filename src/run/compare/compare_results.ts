import { type Metric, metrics } from '../../metrics/catalogue.ts';
import { type Contrast, paired, welch } from '../../metrics/contrast.ts';
import { NOT_REACHED, studentInterval } from '../../metrics/intervals.ts';
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
  const contrast = contrastOf(values, column.paired, level);
  const notReached = { before: countNotReached(values.before), after: countNotReached(values.after) };
  const same = column.paired && values.before.every((value, i) => value === values.after[i]);
  return {
    ...column.label,
    metric: metric.name,
    before: studentInterval(values.before).mean,
    after: studentInterval(values.after).mean,
    ...contrast,
    test: column.paired ? 'paired' : 'welch',
    verdict: verdictOf(metric, contrast, same, studentInterval(values.before).mean),
    notReached,
    measured: { before: countMeasured(values.before), after: countMeasured(values.after) },
  };
}

interface Values {
  readonly before: readonly (number | null)[];
  readonly after: readonly (number | null)[];
}

function valuesOf(metric: Metric, cells: MatchedColumn['before']): (number | null)[] {
  return cells.map((cell) => metric.read(cell));
}

/** Where one of a pair has a value and the other has none there is no difference to tell: what is missing is not missing at random. */
function contrastOf({ before, after }: Values, isPaired: boolean, level: number): Contrast {
  const none = paired([], [], level);
  if (!isPaired) {
    const [own, other] = [before, after].map((values) => values.filter((value) => value !== null));
    return [...own, ...other].includes(NOT_REACHED) ? none : welch(own, other, level);
  }
  const pairs = before
    .map((value, i) => [value, after[i]] as const)
    .filter(([own, other]) => own !== other || isReached(own));
  const known = pairs.filter((pair): pair is readonly [number, number] => pair.every(isReached));
  if (known.length < pairs.length) return none;
  return paired(
    known.map(([own]) => own),
    known.map(([, other]) => other),
    level,
  );
}

function verdictOf(
  { better }: Metric,
  { difference, low, high, n }: Contrast,
  same: boolean,
  before: number | null,
): Change['verdict'] {
  if (same) return n === 0 ? 'none' : 'same';
  if (difference === null || low === null || high === null) return 'unclear';
  const noise = NOISE * Math.abs(before ?? 0);
  const isClear = low > 0 || high < 0;
  if (isClear ? Math.abs(difference) < noise : -noise < low && high < noise) return 'negligible';
  if (!isClear) return 'unclear';
  if (better === 'neither') return 'changed';
  return difference < 0 === (better === 'lower') ? 'better' : 'worse';
}

function countMeasured(values: readonly (number | null)[]): number {
  return values.filter((value) => value !== null).length;
}

function countNotReached(values: readonly (number | null)[]): number {
  return values.filter((value) => value === NOT_REACHED).length;
}

function isReached(value: number | null): value is number {
  return value !== null && value !== NOT_REACHED;
}
