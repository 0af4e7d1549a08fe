import { metrics } from '../metrics/catalogue.ts';
import { studentInterval } from '../metrics/intervals.ts';
import { labelOf } from './cells.ts';
import { type ColumnRun, resultsOf } from './column_run.ts';
import type { SummaryRow } from './result.ts';

/** Every metric of the catalogue for every column: its mean over the replications that have it, with a 95% interval; none where it is not reached in one. */
export function summarize(runs: readonly ColumnRun[]): SummaryRow[] {
  return runs.flatMap((run) => {
    const own = resultsOf(run);
    return metrics.map(({ name, read }) => ({
      ...labelOf(run.column),
      metric: name,
      ...studentInterval(own.map((cell) => read(cell))),
    }));
  });
}
