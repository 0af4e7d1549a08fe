import type { DetectorResult } from '../metrics/measures.ts';
import type { ResultDocument } from '../run/result.ts';
import { columnOf, paramColumns, paramFields, paramNames } from './columns.ts';
import type { Field, Table } from './csv.ts';

const statistics = ['count', 'mean', 'p50', 'p90', 'p99', 'max'] as const;
const figures = [
  'undetected',
  'censored',
  'falsePositives',
  'goodTimeMs',
  'meanTimeBetweenMs',
  'meanDurationMs',
  'queryAccuracy',
] as const;

const header = ['detector', 'atRisk', ...statistics.map((statistic) => `detectMs.${statistic}`), ...figures].map(
  columnOf,
);

/** One row for each cell and source of verdicts, and one for all of them together: T_D, T_MR, T_M and P_A of each. */
export function detectorsTable(document: ResultDocument): Table {
  const params = paramNames(document.cells);
  return {
    file: 'detectors.csv',
    header: ['scenario', 'strategy', 'variant', 'seed', ...header, ...paramColumns(params)],
    rows: rows(document, params),
  };
}

function* rows({ scenario, cells }: ResultDocument, params: readonly string[]): Generator<Field[]> {
  for (const cell of cells) {
    const first = [scenario, cell.strategy, cell.variant, String(cell.seed)];
    const last = paramFields(params, cell);
    for (const row of cell.detectors) yield [...first, ...fieldsOf(row), ...last];
  }
}

function fieldsOf(row: DetectorResult): Field[] {
  return [
    row.detector,
    row.atRisk,
    ...statistics.map((statistic) => row.detectMs[statistic]),
    ...figures.map((figure) => row[figure]),
  ];
}
