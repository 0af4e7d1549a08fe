import type { CellSample } from '../metrics/sample.ts';
import type { Column } from '../scenario/scenario.ts';
import type { CellResult } from './result.ts';

/** One replication that ran to its end. */
export interface CellRun {
  readonly result: CellResult;
  readonly sample: CellSample;
}

/** A column of the matrix and what came of it. */
export interface ColumnRun {
  readonly column: Column;
  /** In the order of their seeds. A seed may be missing: its cell failed, or the study was interrupted before it. */
  readonly cells: readonly CellRun[];
}

/** The documents' rows of a column. */
export function resultsOf({ cells }: ColumnRun): CellResult[] {
  return cells.map(({ result }) => result);
}
