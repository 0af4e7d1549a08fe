import { invariant } from '../core/assert.ts';
import type { SeriesRow, TrialReport } from '../metrics/measures.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { availabilityRows, upShares } from './availability_rows.ts';
import { type CellTask, cellName, cellTasks, labelOf } from './cells.ts';
import { type CellRun, type ColumnRun, resultsOf } from './column_run.ts';
import { compare } from './comparison.ts';
import { CellError, InterruptedError, messageOf } from './failure.ts';
import { inOrder } from './in_order.ts';
import type { RunCell } from './pool.ts';
import type { Reference } from './reference.ts';
import type { CellLabel, ResultDocument } from './result.ts';
import { summarize } from './summary.ts';
import { judge, type Verdict } from './thresholds.ts';
import { version } from './version.ts';
import { findWarnings, type Warning } from './warnings.ts';

/** Takes series rows of a column as they come, columns in order; `seed` is null for what is over all replications. */
export type SeriesSink = (label: CellLabel, seed: number | null, rows: Iterable<SeriesRow>) => Promise<void>;

export interface StudyOptions {
  readonly runCell: RunCell;
  /** Cells in hand at once. It changes no result. */
  readonly jobs: number;
  /** null: no series are recorded. */
  readonly series: SeriesSink | null;
  /** Called after each cell with how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** What each column is compared with. Absent: the first column with the same parameters. */
  readonly reference?: Reference | undefined;
}

/** All that came of a scenario. */
export interface Study {
  readonly scenario: Scenario;
  readonly document: ResultDocument;
  /** The thresholds with what a reader needs beside the document's rows, in the same order. */
  readonly verdicts: readonly Verdict[];
  readonly warnings: readonly Warning[];
}

/** Runs every cell of a scenario and draws the conclusions. Same scenario, same study, on any number of workers in any order. */
export async function runStudy(scenario: Scenario, options: StudyOptions): Promise<Study> {
  const runs = await runColumns(scenario, options);
  const summary = summarize(runs);
  const verdicts = judge(scenario, runs, summary);
  const { comparison, best } = compare(runs, { reference: options.reference ?? null });
  const document: ResultDocument = {
    schema: 1,
    scenario: scenario.name,
    version,
    cells: runs.flatMap(resultsOf),
    summary,
    comparison,
    thresholds: verdicts.map(({ row }) => row),
    best,
  };
  return { scenario, document, verdicts, warnings: findWarnings(scenario, runs) };
}

async function runColumns(scenario: Scenario, options: StudyOptions): Promise<ColumnRun[]> {
  const tasks = cellTasks(scenario, options.series !== null);
  const runs = scenario.columns.map((column) => ({ column, cells: [] as CellRun[] }));
  const shares = upShares();
  const take = inOrder<TrialReport>(async (report, index) => {
    const task = tasks[index];
    const { column, cells } = runs[task.column];
    const label = labelOf(column);
    cells.push({ result: { ...label, seed: task.seed, ...report.measures }, sample: report.sample });
    shares.add(report.upShare);
    if (options.series === null) return;
    if (report.series !== null) await options.series(label, task.seed, report.series);
    if (cells.length < scenario.replications) return;
    await options.series(label, null, availabilityRows(shares.takeMeans(), column.trial));
  });
  await inLanes(tasks, options, async (task) => {
    const report = await options.runCell(task).catch((thrown: unknown) => {
      throw options.signal?.aborted ? new InterruptedError('interrupted') : cellError(scenario, task, thrown);
    });
    await take(task.index, report);
  });
  const came = runs.reduce((total, { cells }) => total + cells.length, 0);
  invariant(came === tasks.length, `${tasks.length} cells were due, ${came} came`);
  return runs;
}

/** Keeps `jobs` tasks in hand until none is left; after a failure no further task is begun. */
async function inLanes(
  tasks: readonly CellTask[],
  { jobs, onProgress, signal }: StudyOptions,
  run: (task: CellTask) => Promise<void>,
): Promise<void> {
  let next = 0;
  let done = 0;
  let failed = false;
  const lane = async () => {
    while (next < tasks.length && !failed) {
      if (signal?.aborted) throw new InterruptedError('interrupted');
      const task = tasks[next++];
      await run(task);
      onProgress?.(++done, tasks.length);
    }
  };
  const lanes = Array.from({ length: Math.min(jobs, tasks.length) }, () =>
    lane().catch((thrown: unknown) => {
      failed = true;
      throw thrown;
    }),
  );
  await Promise.all(lanes);
}

function cellError(scenario: Scenario, task: CellTask, thrown: unknown): CellError {
  const column = scenario.columns[task.column];
  return new CellError(messageOf(thrown), { cell: cellName(scenario, task), seed: task.seed, column });
}
