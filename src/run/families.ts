import type { Column } from '../scenario/scenario.ts';
import { paramsKey } from './cells.ts';
import type { ColumnRun } from './column_run.ts';
import type { Reference } from './reference.ts';
import type { ComparisonRow } from './result.ts';

/** Columns that are compared with each other: they differ in their strategy only, or in their variant only. */
export interface Family {
  readonly compares: ComparisonRow['compares'];
  /** At least two. */
  readonly runs: readonly ColumnRun[];
  readonly reference: ColumnRun;
  readonly nameOf: (column: Column) => string;
}

/**
 * The strategies of each variant and set of parameters, then the variants of each point of the matrix. The reference of
 * a family is the member of that name, or else the first.
 */
export function familiesOf(runs: readonly ColumnRun[], reference: Reference | null): Family[] {
  const sameWorld = groups(runs, ({ variant, params }) => JSON.stringify([variant, paramsKey(params)]));
  const samePoint = groups(runs, ({ point }) => String(point));
  return [
    ...sameWorld.flatMap((members) => familyOf('strategy', members, ({ strategy }) => strategy, reference)),
    ...samePoint.flatMap((members) => familyOf('variant', members, ({ variant }) => variant ?? '', reference)),
  ];
}

function groups(runs: readonly ColumnRun[], keyOf: (column: Column) => string): ColumnRun[][] {
  const found = new Map<string, ColumnRun[]>();
  for (const run of runs) {
    const key = keyOf(run.column);
    const group = found.get(key) ?? [];
    found.set(key, group);
    group.push(run);
  }
  return [...found.values()];
}

function familyOf(
  compares: Family['compares'],
  runs: readonly ColumnRun[],
  nameOf: Family['nameOf'],
  reference: Reference | null,
): Family[] {
  if (new Set(runs.map(({ column }) => nameOf(column))).size < 2) return [];
  const named = runs.find(({ column }) => nameOf(column) === reference?.[compares]);
  return [{ compares, runs, reference: named ?? runs[0], nameOf }];
}
