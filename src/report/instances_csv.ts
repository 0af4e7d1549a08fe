import type { ResultDocument } from '../run/result.ts';
import { columnOf, paramColumns, paramFields, paramNames } from './columns.ts';
import type { Field, Table } from './csv.ts';

const fields = [
  'id',
  'zone',
  'weight',
  'requests',
  'failures',
  'share',
  'expectedShare',
  'availability',
  'utilization',
  'probes',
  'probesPerSecond',
] as const;

/** One row for each cell and instance. */
export function instancesTable(document: ResultDocument): Table {
  const params = paramNames(document.cells);
  return {
    file: 'instances.csv',
    header: ['scenario', 'strategy', 'variant', 'seed', ...fields.map(columnOf), ...paramColumns(params)],
    rows: rows(document, params),
  };
}

function* rows({ scenario, cells }: ResultDocument, params: readonly string[]): Generator<Field[]> {
  for (const cell of cells) {
    const first = [scenario, cell.strategy, cell.variant, String(cell.seed)];
    const last = paramFields(params, cell);
    for (const instance of cell.instances) yield [...first, ...fields.map((field) => instance[field]), ...last];
  }
}
