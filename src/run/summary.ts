import { metrics } from '../metrics/catalogue.ts';
import { studentInterval } from '../metrics/intervals.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { labelOf } from './cells.ts';
import type { CellResult, SummaryRow } from './result.ts';

/** Every metric of the catalogue for every column: its mean over the replications that have it, with a 95% interval; none where it is not reached in one. */
export function summarize(scenario: Scenario, cells: readonly CellResult[]): SummaryRow[] {
  return scenario.columns.flatMap((column, index) => {
    const own = cellsOf(scenario, cells, index);
    return metrics.map(({ name, read }) => ({
      ...labelOf(column),
      metric: name,
      ...studentInterval(own.map((cell) => read(cell))),
    }));
  });
}

/** The cells of one column, in the order of their seeds. */
export function cellsOf(scenario: Scenario, cells: readonly CellResult[], column: number): readonly CellResult[] {
  return cells.slice(column * scenario.replications, (column + 1) * scenario.replications);
}
