import type { Scenario } from '../scenario/scenario.ts';
import type { ColumnRun } from './column_run.ts';
import type { Incomplete } from './result.ts';
import { summarize } from './summary.ts';
import { judge } from './thresholds.ts';

/** The first threshold with `abortOnFail` that these columns fail; null where none does. */
export function failedAbortively(scenario: Scenario, runs: readonly ColumnRun[]): Incomplete['threshold'] {
  const thresholds = scenario.thresholds.filter(({ abortOnFail }) => abortOnFail);
  const measured = runs.filter(({ cells }) => cells.length > 0);
  if (thresholds.length === 0 || measured.length === 0) return null;
  const failed = judge({ ...scenario, thresholds }, measured, summarize(measured)).find(
    ({ row }) => row.verdict === 'fail',
  );
  if (failed === undefined) return null;
  const { expression, strategy, variant, params } = failed.row;
  return { expression, strategy, variant, params };
}
