import { invariant } from '../core/assert.ts';
import { latencyCurve } from '../metrics/estimates/latency_curve.ts';
import type { SeriesRow, TrialReport } from '../metrics/measures.ts';
import { medianRun } from '../metrics/median_run.ts';
import { runBatch } from './batch.ts';
import { type CellTask, labelOf } from './cells.ts';
import type { CellRun, ColumnRun } from './column_run.ts';
import type { CellFailure } from './failure.ts';
import type { ReplicationOptions, SeriesSink } from './replications.ts';
import type { CellResult } from './result.ts';
import type { Study } from './study.ts';

export interface PageSeriesOptions extends Pick<ReplicationOptions, 'runCell' | 'jobs' | 'signal'> {
  readonly series: SeriesSink;
  /** Called after each cell with how many have ended, of how many. */
  readonly onProgress?: (ended: number, due: number) => void;
}

/**
 * What the page shows beyond the series of a study: of each column the distribution of latency over all replications, and the
 * series of its median replication. That is run once more, unless it is the first, whose series are recorded already. A
 * cell is what its seed makes of it, so this changes no result. Returns the cells that could not be run again; after the
 * signal, the rest is left out.
 */
export async function recordForPage(
  { scenario, runs }: Pick<Study, 'scenario' | 'runs'>,
  { series, onProgress, ...options }: PageSeriesOptions,
): Promise<readonly CellFailure[]> {
  for (const { column, cells } of runs) await series(labelOf(column), null, latencyRows(cells));
  const due = runs.flatMap(({ column, cells }) => {
    const median = medianRun(cells.map(({ result }) => result));
    const { result } = cells.find((cell) => cell.result.seed === median?.seed) as CellRun;
    return result.seed === scenario.seed ? [] : [{ column, place: scenario.columns.indexOf(column), median: result }];
  });
  const tasks = due.map(({ column: { trial }, place, median }, index): CellTask => {
    return { index, column: place, seed: median.seed, trial, recordSeries: true, twin: false };
  });
  const failures: CellFailure[] = [];
  let ended = 0;
  const onEnd = () => onProgress?.(++ended, tasks.length);
  await runBatch(tasks, { ...options, signal: options.signal, onEnd }, async ({ index, seed }, outcome) => {
    const { column, median } = due[index];
    if ('failure' in outcome) failures.push({ label: labelOf(column), seed, message: outcome.failure });
    else await series(labelOf(column), seed, seriesOf(outcome.report, median));
    return true;
  });
  return failures;
}

/** Quantiles of successes, subject the share of requests that took no longer, and the ends of their intervals. */
function* latencyRows(cells: ColumnRun['cells']): Generator<SeriesRow> {
  for (const { q, ms, low, high } of latencyCurve(cells.map(({ sample }) => sample.latency.successes))) {
    const row = (metric: string, value: number): SeriesRow => ({ tMs: 0, metric, subject: String(q), value });
    yield row('latency_quantile_ms', ms);
    if (low !== null && high !== null) {
      yield row('latency_quantile_low_ms', low);
      yield row('latency_quantile_high_ms', high);
    }
  }
}

function seriesOf({ measures, series }: TrialReport, first: CellResult): Iterable<SeriesRow> {
  invariant(measures.digest === first.digest, () => `seed ${first.seed} run again has digest ${measures.digest}`);
  invariant(series !== null, 'series were asked for');
  return series;
}
