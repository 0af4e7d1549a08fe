import type { Scenario } from '../scenario/scenario.ts';
import { type ColumnRun, resultsOf } from './column_run.ts';
import { compare } from './comparison.ts';
import type { CellFailure } from './failure.ts';
import type { Reference } from './reference.ts';
import { type ReplicationOptions, type Replications, runReplications } from './replications.ts';
import type { Incomplete, ResultDocument, Warning } from './result.ts';
import { summarize } from './summary.ts';
import { judge, type Verdict } from './thresholds.ts';
import { version } from './version.ts';
import { findWarnings } from './warnings.ts';

export interface StudyOptions extends ReplicationOptions {
  /** What each column is compared with. Absent: the first column with the same parameters. */
  readonly reference?: Reference | undefined;
}

/** All that came of a scenario. */
export interface Study {
  readonly scenario: Scenario;
  /** Of the columns that have a cell at least. */
  readonly document: ResultDocument;
  /** The thresholds with what a reader needs beside the document's rows, in the same order. */
  readonly verdicts: readonly Verdict[];
  readonly warnings: readonly Warning[];
  /** Cells that could not be run to their end, in the order in which they were due. */
  readonly failures: readonly CellFailure[];
  /** What all that rests on: the columns that have a cell, with what the document does not hold of them. */
  readonly runs: readonly ColumnRun[];
}

/**
 * Runs every cell of a scenario and draws the conclusions. Same scenario, same study, on any number of workers in any
 * order, unless a worker dies or somebody stops it; the study is then of the cells that are done, and says so.
 */
export async function runStudy(scenario: Scenario, options: StudyOptions): Promise<Study> {
  const replications = await runReplications(scenario, options);
  // Of a column without a cell there is nothing to say, least of all that it failed a threshold.
  const runs = replications.runs.filter(({ cells }) => cells.length > 0);
  const summary = summarize(runs);
  const verdicts = judge(scenario, runs, summary);
  const { comparison, best } = compare(runs, { reference: options.reference ?? null });
  const warnings = findWarnings(scenario, runs);
  const document: ResultDocument = {
    schema: 1,
    scenario: scenario.name,
    version,
    cells: runs.flatMap(resultsOf),
    summary,
    comparison,
    thresholds: verdicts.map(({ row }) => row),
    best,
    precision: replications.precision,
    incomplete: missing(replications),
    description: scenario.description,
    warnings,
  };
  return {
    scenario,
    document,
    verdicts,
    warnings,
    failures: replications.failures,
    runs,
  };
}

function missing({ runs, failures, end, due, threshold }: Replications): Incomplete | null {
  if (end === 'done' && failures.length === 0) return null;
  return {
    reason: end === 'interrupted' ? 'interrupted' : end === 'stopped' ? 'threshold' : 'failed',
    done: runs.reduce((total, { cells }) => total + cells.length, 0),
    of: due,
    threshold,
    failed: failures.map(({ label, seed }) => ({ ...label, seed })),
  };
}
