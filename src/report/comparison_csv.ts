import type { ResultDocument } from '../run/result.ts';
import { columnOf, paramColumns, paramFields, paramNames } from './columns.ts';
import type { Field, Table } from './csv.ts';

const fields = [
  ...(['metric', 'reference', 'strategy', 'variant', 'difference', 'low', 'high', 'n', 'verdict'] as const),
  ...(['compares', 'test', 'ratio', 'ratioLow', 'ratioHigh', 'family'] as const),
] as const;

/** One row for each comparison of the document. */
export function comparisonTable(document: ResultDocument): Table {
  const params = paramNames(document.cells);
  return {
    file: 'comparison.csv',
    header: ['scenario', ...fields.map(columnOf), ...paramColumns(params)],
    rows: rows(document, params),
  };
}

function* rows({ scenario, comparison }: ResultDocument, params: readonly string[]): Generator<Field[]> {
  for (const row of comparison) yield [scenario, ...fields.map((field) => row[field]), ...paramFields(params, row)];
}
