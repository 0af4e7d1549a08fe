import type { Column, Scenario } from '../scenario/scenario.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { CellLabel } from './result.ts';

/** One cell to be run: a column of the matrix under one seed. Plain data, so that it can be sent to a worker. */
export interface CellTask {
  /** Its place in the result document, from 0. Results are assembled by it, never by who finished first. */
  readonly index: number;
  /** Its place in `scenario.columns`. */
  readonly column: number;
  readonly seed: number;
  readonly trial: TrialConfig;
  /** Series are kept for one seed of each column: the first. */
  readonly recordSeries: boolean;
}

/** The cells of a scenario, column by column, the replications of a column together in the order of their seeds. */
export function cellTasks(scenario: Scenario, recordSeries: boolean): CellTask[] {
  const { columns, replications, seed } = scenario;
  return columns.flatMap(({ trial }, column) =>
    Array.from({ length: replications }, (_, replication) => ({
      index: column * replications + replication,
      column,
      seed: seed + replication,
      trial,
      recordSeries: recordSeries && replication === 0,
    })),
  );
}

/** What every row about a column carries. */
export function labelOf(column: Column): CellLabel {
  return { strategy: column.strategy, variant: column.variant, params: column.params };
}

/** Which cell, in words: `zone-outage: variant proposed, ring, load.rate=2000/s, seed 42`. */
export function cellName(scenario: Scenario, task: CellTask): string {
  const { strategy, variant, params } = scenario.columns[task.column];
  const who = variant === null ? [strategy] : [`variant ${variant}`, strategy];
  return `${scenario.name}: ${[...who, ...paramList(params), `seed ${task.seed}`].join(', ')}`;
}

function paramList(params: CellLabel['params']): string[] {
  return Object.entries(params).map(([path, value]) => `${path}=${String(value)}`);
}

/** Equal for columns that differ in their strategy only, and so may be compared. */
export function paramsKey(params: CellLabel['params']): string {
  return JSON.stringify(Object.entries(params));
}
