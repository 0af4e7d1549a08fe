import { visible } from '../scenario/diagnostics.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { suggestion } from '../scenario/suggest.ts';
import { UsageError } from './usage_error.ts';

/** Which of a scenario's columns are meant; undefined: all. */
export interface ColumnsChoice {
  /** As results name them, options included. */
  readonly strategy?: readonly string[] | undefined;
  readonly variant?: string | undefined;
}

/** Whether every one of these names is that of a column. */
export function hasColumns({ columns }: Scenario, names: readonly string[]): boolean {
  return names.every((name) => columns.some(({ strategy }) => strategy === name));
}

/**
 * The scenario with those of its columns alone, strategies in the order in which they are named. Throws a UsageError
 * where a name is of none.
 */
export function withColumns(file: string, scenario: Scenario, { strategy, variant }: ColumnsChoice): Scenario {
  const { columns } = scenario;
  const of = strategy === undefined ? columns : strategy.flatMap((name) => columnsOf(file, scenario, name));
  if (variant === undefined) return { ...scenario, columns: of };
  const meant = of.filter((column) => column.variant === variant);
  if (meant.length > 0) return { ...scenario, columns: meant };
  const known = [...new Set(of.flatMap((column) => (column.variant === null ? [] : [column.variant])))];
  const fix = known.length === 0 ? 'it names no variants' : suggestion(variant, known);
  throw new UsageError(`--variant ${visible(variant)}: ${visible(file)} has no such variant of these; ${fix}`);
}

function columnsOf(file: string, { columns }: Scenario, name: string): Scenario['columns'] {
  const found = columns.filter(({ strategy }) => strategy === name);
  if (found.length > 0) return found;
  const known = [...new Set(columns.map(({ strategy }) => strategy))];
  throw new UsageError(
    `--strategy ${visible(name)}: ${visible(file)} has no such column; ${suggestion(name, known.map(visible))}`,
  );
}
