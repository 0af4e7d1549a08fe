import type { SeriesRow } from '../metrics/measures.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { failedAbortively } from './abort.ts';
import { availabilityRows, upShares } from './availability_rows.ts';
import { type BatchEnd, type CellOutcome, runBatch } from './batch.ts';
import { type CellTask, cellTasks, labelOf } from './cells.ts';
import type { CellRun, ColumnRun } from './column_run.ts';
import { detectionRows } from './detection_rows.ts';
import type { CellFailure } from './failure.ts';
import type { RunCell } from './pool.ts';
import { isPrecise } from './precision.ts';
import type { CellLabel, Incomplete, PrecisionResult } from './result.ts';

/** Takes series rows of a column as they come, columns in order; `seed` is null for what is over all replications. */
export type SeriesSink = (label: CellLabel, seed: number | null, rows: Iterable<SeriesRow>) => Promise<void>;

export interface ReplicationOptions {
  readonly runCell: RunCell;
  /** Cells in hand at once. It changes no result. */
  readonly jobs: number;
  /** null: no series are recorded. */
  readonly series: SeriesSink | null;
  /** Called after each cell with how many have ended, well or not, of how many that are due so far. */
  readonly onProgress?: (ended: number, due: number) => void;
  /** Ends the study with what is done; cells in hand must then settle. */
  readonly signal?: AbortSignal;
}

/** The cells of a study that ended, by column. */
export interface Replications {
  /** Every column, those without a cell too. */
  readonly runs: readonly ColumnRun[];
  readonly failures: readonly CellFailure[];
  readonly end: BatchEnd;
  /** Cells that were due. */
  readonly due: number;
  /** The threshold that stopped it, where one did. */
  readonly threshold: Incomplete['threshold'];
  readonly precision: PrecisionResult | null;
}

/**
 * Where precision is asked for, replications to begin with and to add at a time (theory.md, Intervals): an interval over
 * fewer says little of its own width, and looking after every single one stops at a lucky moment.
 */
const FIRST_BATCH = 10;
const NEXT_BATCH = 5;

/**
 * Runs the replications of a scenario: all that are written, or batches of them, as many for every column, until the
 * estimates are precise. Thresholds with `abortOnFail` are judged column by column, each as soon as all its replications
 * and all columns before it have ended; in batches they are judged over all columns, after each. So where it stops does
 * not depend on the number of workers.
 */
export async function runReplications(scenario: Scenario, options: ReplicationOptions): Promise<Replications> {
  const { columns, precision: wanted, maxReplications } = scenario;
  const adaptive = wanted.length > 0;
  const collector = createCollector(scenario, options.series, adaptive);
  let precision: PrecisionResult | null = null;
  let threshold: Incomplete['threshold'] = null;
  let end: BatchEnd = 'done';
  let from = 0;
  let to = adaptive ? Math.min(Math.max(scenario.replications, FIRST_BATCH), maxReplications) : scenario.replications;
  for (;;) {
    let ended = columns.length * from;
    const due = columns.length * to;
    const onEnd = () => options.onProgress?.(++ended, due);
    const tasks = cellTasks(scenario, { from, to, recordSeries: options.series !== null });
    end = await runBatch(tasks, { ...options, signal: options.signal, onEnd }, async (task, outcome) => {
      const complete = await collector.take(task, outcome);
      const isJudged = complete && !adaptive && task.column < columns.length - 1 && !options.signal?.aborted;
      if (isJudged) threshold = failedAbortively(scenario, [collector.runs[task.column]]);
      return threshold === null;
    });
    if (end !== 'done' || !adaptive) break;
    precision = { replications: to, ...isPrecise(collector.runs, wanted) };
    if (precision.met || to >= maxReplications) break;
    threshold = failedAbortively(scenario, collector.runs);
    if (threshold !== null) break;
    [from, to] = [to, Math.min(to + NEXT_BATCH, maxReplications)];
  }
  await collector.close();
  const { runs, failures } = collector;
  return { runs, failures, end: threshold === null ? end : 'stopped', due: columns.length * to, threshold, precision };
}

/** Puts what comes of cells, in order, where it belongs. */
function createCollector({ columns, replications }: Scenario, series: SeriesSink | null, adaptive: boolean) {
  const runs = columns.map((column) => ({ column, cells: [] as CellRun[] }));
  const failures: CellFailure[] = [];
  const shares = columns.map(() => upShares());
  const ended = new Uint32Array(columns.length);
  const closed = new Uint8Array(columns.length);
  const close = async (place: number) => {
    const { column, cells } = runs[place];
    if (series === null || closed[place] === 1 || cells.length === 0) return;
    closed[place] = 1;
    const means = shares[place].takeMeans();
    await series(labelOf(column), null, [...availabilityRows(means, column.trial), ...detectionRows(column.trial)]);
  };
  return {
    runs: runs as readonly ColumnRun[],
    failures: failures as readonly CellFailure[],
    /** Whether the column has all the replications that are written. */
    async take({ column: place, seed }: CellTask, outcome: CellOutcome): Promise<boolean> {
      const { column, cells } = runs[place];
      const label = labelOf(column);
      ended[place]++;
      if ('failure' in outcome) failures.push({ label, seed, message: outcome.failure });
      else {
        const { measures, sample, upShare, series: rows } = outcome.report;
        cells.push({ result: { ...label, seed, ...measures }, sample });
        shares[place].add(upShare);
        if (series !== null && rows !== null) await series(label, seed, rows);
      }
      const complete = ended[place] === replications;
      if (complete && !adaptive) await close(place);
      return complete;
    },
    /** What is over all replications, of the columns for which it was not known before. */
    async close(): Promise<void> {
      for (const place of columns.keys()) await close(place);
    },
  };
}
