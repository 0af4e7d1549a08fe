import type { Column, Scenario } from '../scenario/scenario.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { CellLabel } from './result.ts';

/** One cell to be run: a column of the matrix under one seed. Plain data, so that it can be sent to a worker. */
export interface CellTask {
  /** Its place among all cells of the study, from 0. Results are assembled by it, never by who finished first. */
  readonly index: number;
  /** Its place in `scenario.columns`. */
  readonly column: number;
  readonly seed: number;
  readonly trial: TrialConfig;
  /** Series are kept for one seed of each column: the first. */
  readonly recordSeries: boolean;
  /** Whether it runs beside itself without faults. */
  readonly twin: boolean;
}

/** Some replications of every column. */
export interface Batch {
  /** The first replication, from 0, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly recordSeries: boolean;
}

/** The cells of a batch, column by column, the replications of a column together in the order of their seeds. */
export function cellTasks({ columns, seed, impact }: Scenario, { from, to, recordSeries }: Batch): CellTask[] {
  const before = columns.length * from;
  return columns.flatMap(({ trial }, column) =>
    Array.from({ length: to - from }, (_, i) => ({
      index: before + column * (to - from) + i,
      column,
      seed: seed + from + i,
      trial,
      recordSeries: recordSeries && from + i === 0,
      twin: impact === 'twin',
    })),
  );
}

/** What every row about a column carries. */
export function labelOf(column: Column): CellLabel {
  return { strategy: column.strategy, variant: column.variant, params: column.params };
}

/** Equal for columns that differ in their strategy only, and so may be compared. */
export function paramsKey(params: CellLabel['params']): string {
  return JSON.stringify(Object.entries(params));
}
