import { columnOptions } from '../report/replay_line.ts';
import { visible } from '../scenario/diagnostics.ts';
import type { ParamOverride } from '../scenario/param_overrides.ts';
import type { Column, Scenario } from '../scenario/scenario.ts';
import { noteOnOthers } from './choose_columns.ts';
import { nameOf, parseScenario, readText } from './read_scenarios.ts';
import { UsageError } from './usage_error.ts';

/** What the command line says of the column. */
export interface ColumnChoice {
  /** As results have it, options included. */
  readonly strategy?: string | undefined;
  readonly variant?: string | undefined;
  readonly param?: readonly ParamOverride[] | undefined;
}

export type ChosenColumn =
  | { readonly scenario: Scenario; readonly column: Column; readonly note: string | null }
  | { readonly problems: string };

/** More of them are counted, not named. */
const MOST_COLUMNS = 20;

/**
 * The one column of a scenario file that is meant, or the file's problems. A strategy is first looked for among the
 * file's columns as results name it, and is otherwise run in place of the file's, as `run --strategy` does. Throws a
 * UsageError where none is meant, or several are.
 */
export function chooseColumn(file: string, choice: ColumnChoice): ChosenColumn {
  const { strategy, param } = choice;
  const text = readText(file);
  const own = parseScenario(file, text, { param });
  if ('problems' in own) return own;
  const written = own.scenario.columns.filter((column) => strategy === undefined || column.strategy === strategy);
  if (written.length > 0) return { scenario: own.scenario, column: only(file, written, choice), note: null };
  const label = strategy ?? '';
  const other = parseScenario(file, text, { param, strategy: [label] });
  if ('problems' in other) return other;
  const note = noteOnOthers(nameOf(file), own.scenario, label);
  return { scenario: other.scenario, column: only(file, other.scenario.columns, choice), note };
}

function only(file: string, columns: readonly Column[], { variant }: ColumnChoice): Column {
  const meant = columns.filter((column) => variant === undefined || column.variant === variant);
  if (meant.length === 1) return meant[0];
  const listed = meant.length > 0 ? meant : columns;
  const lines = listed.slice(0, MOST_COLUMNS).map((column) => `  ${visible(columnOptions(column))}`);
  if (listed.length > MOST_COLUMNS) lines.push(`  and ${listed.length - MOST_COLUMNS} more`);
  const what =
    meant.length > 0
      ? `replay runs one cell, and ${meant.length} columns of ${visible(file)} are meant; choose one:`
      : `${visible(file)} has no variant '${visible(variant ?? '')}' of this; there are:`;
  throw new UsageError([what, ...lines].join('\n'));
}
