import { invariant } from '../core/assert.ts';
import { metrics } from '../metrics/catalogue.ts';
import { estimate } from '../metrics/estimates/estimator.ts';
import { createPool, type Pool } from '../metrics/estimates/pool.ts';
import { createResampling } from '../metrics/estimates/resampling.ts';
import type { Precision } from '../scenario/scenario.ts';
import { labelOf } from './cells.ts';
import type { ColumnRun } from './column_run.ts';
import type { PrecisionRow } from './result.ts';
import { firstSeed } from './summary.ts';

/**
 * Whether the estimates are as precise as asked, the longer side of the interval being its half-width: every named metric in
 * every column. A study that adds replications until then begins with at least 10 and adds 5 at a time: with fewer,
 * intervals that are narrow enough are mostly lucky ones (Law and Kelton, Operations Research 32, 1984).
 */
export function isPrecise(
  runs: readonly ColumnRun[],
  precision: readonly Precision[],
): { met: boolean; unmet: PrecisionRow[] } {
  const resampling = createResampling(firstSeed(runs));
  const pools = runs.map((run) => ({ run, pool: createPool(run.cells, resampling) }));
  const unmet = precision.flatMap((wanted) => pools.flatMap(({ run, pool }) => shortfall(run, pool, wanted)));
  return { met: unmet.length === 0, unmet };
}

/** What has no interval, or none that ends, is not precise, however many replications there are. */
function shortfall({ column }: ColumnRun, pool: Pool, { metric: name, relative, absolute }: Precision): PrecisionRow[] {
  const metric = metrics.find((one) => one.name === name);
  invariant(metric !== undefined, `precision of ${name}, which the catalogue does not have`);
  const { point, low, high } = estimate(metric, pool);
  const isOpen = point === null || low === null || high === null || !Number.isFinite(high - point);
  const wide = isOpen ? null : Math.max(high - point, point - low);
  // Nothing is a share of 0, but an interval without width.
  const unit = relative === null || wide === 0 || point === null ? 1 : Math.abs(point);
  const halfWidth = wide === null || unit === 0 ? null : wide / unit;
  const wanted = relative ?? absolute ?? 0;
  if (halfWidth !== null && halfWidth <= wanted) return [];
  return [{ metric: name, ...labelOf(column), halfWidth, wanted, relative: relative !== null }];
}
