import { metrics } from '../metrics/catalogue.ts';
import type { Estimate } from '../metrics/estimates/estimate.ts';
import { estimate } from '../metrics/estimates/estimator.ts';
import { createPool } from '../metrics/estimates/pool.ts';
import { createResampling } from '../metrics/estimates/resampling.ts';
import { finiteOrNull, NOT_REACHED } from '../metrics/not_reached.ts';
import { labelOf } from './cells.ts';
import type { ColumnRun } from './column_run.ts';
import type { SummaryRow } from './result.ts';

/** Every metric of the catalogue for every column, over the column's replications. */
export function summarize(runs: readonly ColumnRun[]): SummaryRow[] {
  const resampling = createResampling(firstSeed(runs));
  return runs.flatMap(({ column, cells }) => {
    const label = labelOf(column);
    const pool = createPool(cells, resampling);
    return metrics.map((metric) => ({ ...label, metric: metric.name, ...figures(estimate(metric, pool)) }));
  });
}

/** The smallest seed of all runs: what is drawn for a study depends on the study alone. */
export function firstSeed(runs: readonly ColumnRun[]): number {
  return runs.reduce((least, { cells }) => Math.min(least, cells[0]?.result.seed ?? least), Number.MAX_SAFE_INTEGER);
}

function figures({ point, low, high, n, method, note, beyond }: Estimate) {
  const missed = point === NOT_REACHED && beyond === null ? 'not reached' : note;
  return { mean: finiteOrNull(point), low, high: finiteOrNull(high), n, method, note: missed, beyond };
}
