import { columnName, metrics } from '../metrics/catalogue.ts';
import { finiteOrNull } from '../metrics/not_reached.ts';
import type { ResultDocument } from '../run/result.ts';
import { paramColumns, paramFields, paramNames } from './columns.ts';
import type { Field, Table } from './csv.ts';

/** One row for each column and seed: every metric of the catalogue, empty where it has no value or is not reached. */
export function runsTable(document: ResultDocument): Table {
  const params = paramNames(document.cells);
  return {
    file: 'runs.csv',
    header: [
      ...['scenario', 'strategy', 'variant', 'seed', 'digest', 'input_digest'],
      ...metrics.map(columnName),
      ...paramColumns(params),
    ],
    rows: rows(document, params),
  };
}

function* rows({ scenario, cells }: ResultDocument, params: readonly string[]): Generator<Field[]> {
  for (const cell of cells) {
    yield [
      ...[scenario, cell.strategy, cell.variant, String(cell.seed), cell.digest, cell.inputDigest],
      ...metrics.map(({ read }) => finiteOrNull(read(cell))),
      ...paramFields(params, cell),
    ];
  }
}
