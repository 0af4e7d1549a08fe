import { invariant } from '../core/assert.ts';
import { type Metric, metrics } from '../metrics/catalogue.ts';
import { NOT_REACHED } from '../metrics/intervals.ts';
import { concerns } from '../scenario/concern.ts';
import type { Scenario, Threshold } from '../scenario/scenario.ts';
import { labelOf } from './cells.ts';
import { type ColumnRun, resultsOf } from './column_run.ts';
import type { SummaryRow, ThresholdRow } from './result.ts';

/** A threshold judged for one column, with what a reader needs beside the document's row. */
export interface Verdict {
  readonly row: ThresholdRow;
  readonly metric: Metric;
  /** How far the observed value is on the right side of the limit, as a share of the limit; negative on the wrong side. null where that has no meaning. */
  readonly margin: number | null;
  /** Replications in which the metric was not reached: with one there is no mean to observe. */
  readonly notReached: number;
  readonly replications: number;
}

/**
 * Every threshold for every column, judged by the mean over replications. Where the metric is not reached in one there is
 * no mean; the limit then holds only where every replication that has a value is beyond it, as what is not reached is.
 */
export function judge(scenario: Scenario, runs: readonly ColumnRun[], summary: readonly SummaryRow[]): Verdict[] {
  return scenario.thresholds.flatMap((threshold) => {
    const at = metrics.findIndex(({ name }) => name === threshold.metric);
    const metric = metrics[at];
    invariant(metric !== undefined, `threshold on ${threshold.metric}, which the catalogue does not have`);
    return runs.flatMap((run, index) => {
      if (!concerns(threshold, run.column)) return [];
      const row = summary[index * metrics.length + at];
      const { mean: observed, low, high } = row;
      const values = resultsOf(run).map((cell) => metric.read(cell));
      const notReached = values.filter((value) => value === NOT_REACHED).length;
      const passes =
        notReached === 0
          ? holds(threshold, observed)
          : values.every((value) => value === null || holds(threshold, value));
      const verdict = passes ? ('pass' as const) : ('fail' as const);
      return {
        row: { expression: threshold.expression, ...labelOf(run.column), observed, low, high, verdict },
        metric,
        margin: marginOf(threshold, observed),
        notReached,
        replications: values.length,
      };
    });
  });
}

/** What was not measured cannot pass. */
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

function marginOf({ operator, limit }: Threshold, observed: number | null): number | null {
  if (observed === null || limit === 0) return null;
  const room = operator.startsWith('<') ? limit - observed : observed - limit;
  return room / Math.abs(limit);
}
