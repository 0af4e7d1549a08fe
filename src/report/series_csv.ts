import type { SeriesRow } from '../metrics/measures.ts';
import type { CellLabel } from '../run/result.ts';
import { paramColumns, paramFields } from './columns.ts';
import type { Field } from './csv.ts';

export const seriesFile = 'series.csv';

export function seriesHeader(params: readonly string[]): string[] {
  return ['strategy', 'variant', 'seed', 't_ms', 'metric', 'subject', 'value', ...paramColumns(params)];
}

/** The rows of one column, one at a time. `seed` is null for what is over all replications. */
export function* seriesFields(
  params: readonly string[],
  label: CellLabel,
  seed: number | null,
  rows: Iterable<SeriesRow>,
): Generator<Field[]> {
  const seedField = seed === null ? null : String(seed);
  const last = paramFields(params, label);
  for (const { tMs, metric, subject, value } of rows) {
    yield [label.strategy, label.variant, seedField, tMs, metric, subject, value, ...last];
  }
}
