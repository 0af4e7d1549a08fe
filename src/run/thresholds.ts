import { invariant } from '../core/assert.ts';
import { type Metric, metrics } from '../metrics/catalogue.ts';
import { NOT_REACHED } from '../metrics/not_reached.ts';
import { concerns } from '../scenario/concern.ts';
import type { Scenario, Threshold } from '../scenario/scenario.ts';
import { labelOf } from './cells.ts';
import { type ColumnRun, resultsOf } from './column_run.ts';
import type { SummaryRow, ThresholdRow } from './result.ts';

/** A threshold judged for one column, with what a reader needs beside the document's row. */
export interface Verdict {
  /** The threshold's place in the scenario: two may ask the same of different columns. */
  readonly place: number;
  readonly row: ThresholdRow;
  readonly metric: Metric;
  /** How far the observed value is on the right side of the limit, as a share of the limit; negative on the wrong side. null where that has no meaning. */
  readonly margin: number | null;
  /** Replications in which the metric was not reached. */
  readonly notReached: number;
  readonly replications: number;
  /** What the summary notes of the estimate: that it rests on `only 3 events`. */
  readonly note: string | null;
  /** Of what is not reached over all of them, the longest it was watched for. */
  readonly beyond: number | null;
}

/**
 * Every threshold for every column it is for, judged by the interval of the summary: it passes, or fails, where the whole
 * interval does, and is inconclusive where the limit lies within. Without an interval the observed value decides.
 */
export function judge(scenario: Scenario, runs: readonly ColumnRun[], summary: readonly SummaryRow[]): Verdict[] {
  return scenario.thresholds.flatMap((threshold, place) => {
    const at = metrics.findIndex(({ name }) => name === threshold.metric);
    const metric = metrics[at];
    invariant(metric !== undefined, `threshold on ${threshold.metric}, which the catalogue does not have`);
    return runs.flatMap((run, index) =>
      concerns(threshold, run.column)
        ? [{ place, ...judgeColumn(threshold, metric, run, summary[index * metrics.length + at]) }]
        : [],
    );
  });
}

function judgeColumn(threshold: Threshold, metric: Metric, run: ColumnRun, row: SummaryRow): Omit<Verdict, 'place'> {
  const { mean: observed, low, high, beyond, note } = row;
  const values = resultsOf(run).map((cell) => metric.read(cell));
  const verdict = observed === null ? verdictOnMissing(threshold, values, beyond) : verdictOf(threshold, row);
  const seedsNeeded = verdict === 'inconclusive' ? seedsFor(threshold.limit, row) : null;
  return {
    row: { expression: threshold.expression, ...labelOf(run.column), observed, low, high, verdict, seedsNeeded },
    metric,
    margin: marginOf(threshold, observed),
    notReached: values.filter((value) => value === NOT_REACHED).length,
    replications: values.length,
    note,
    beyond,
  };
}

function verdictOf(threshold: Threshold, { mean, low, high }: SummaryRow): ThresholdRow['verdict'] {
  // That something never happens cannot be shown by any number of runs: a limit of 0 asks that it was not seen.
  if (low === null || (threshold.limit === 0 && mean === 0)) return holds(threshold, mean) ? 'pass' : 'fail';
  const [first, last] = [holds(threshold, low), holds(threshold, high ?? NOT_REACHED)];
  if (first !== last) return 'inconclusive';
  return first ? 'pass' : 'fail';
}

/**
 * What was not measured cannot pass. What is not reached is beyond every limit; where single replications have a value
 * without there being one over all of them, each of those must be beyond it too.
 */
function verdictOnMissing(threshold: Threshold, values: readonly (number | null)[], beyond: number | null) {
  const known = beyond === null ? values.filter((value) => value !== null) : [NOT_REACHED];
  return known.length > 0 && known.every((value) => holds(threshold, value)) ? 'pass' : 'fail';
}

function holds({ operator, limit }: Threshold, observed: number | null): boolean {
  if (observed === null) return false;
  switch (operator) {
    case '<':
      return observed < limit;
    case '<=':
      return observed <= limit;
    case '>':
      return observed > limit;
    case '>=':
      return observed >= limit;
  }
}

/**
 * About how many replications would move that end of the interval off the limit, were the estimate to stay: half-widths
 * shrink with the root of their number, the upper end of what was never seen with the number itself. To two digits.
 */
function seedsFor(limit: number, { mean, low, high, n, method }: SummaryRow): number | null {
  if (mean === null || low === null || high === null || mean === limit) return null;
  const share = limit > mean ? (high - mean) / (limit - mean) : (mean - low) / (mean - limit);
  const needed = n * (method === 'poisson' && mean === 0 ? share : share ** 2);
  const step = 10 ** Math.max(0, Math.floor(Math.log10(needed)) - 1);
  return Math.max(n + 1, Math.ceil(needed / step) * step);
}

function marginOf({ operator, limit }: Threshold, observed: number | null): number | null {
  if (observed === null || limit === 0) return null;
  const room = operator.startsWith('<') ? limit - observed : observed - limit;
  return room / Math.abs(limit);
}
