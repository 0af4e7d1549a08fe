import type { ResultDocument } from '../../run/result.ts';
import { assemble, type PageOptions } from './assemble.ts';
import { shownMetrics } from './metric_list.ts';
import type { ColumnData, EstimateData, ReportData } from './report_data.ts';

/** One of several studies. */
export interface OverviewPart {
  readonly document: ResultDocument;
  /** The scenario's file; null: nobody knows. */
  readonly file: string | null;
  /** Its own page, as a link from the overview. */
  readonly page: string;
}

const unmeasured: EstimateData = {
  ...{ mean: null, low: null, high: null, n: 0 },
  ...{ beyond: null, note: null, mark: null },
};

/** The first screen over several studies: verdicts, and the matrix scenario x strategy; courses are on the page of each. */
export function assembleOverview(
  parts: readonly OverviewPart[],
  { readLimit }: Pick<PageOptions, 'readLimit'>,
): ReportData {
  const pages = parts.map(({ document, file, page }) => ({
    data: assemble(document, new Map(), { seed: null, readLimit, file }),
    page,
  }));
  const names = new Set(pages.flatMap(({ data }) => data.metrics.map(({ name }) => name)));
  const metrics = shownMetrics([...names], () => false).map(({ data }) => data);
  const before = pages.map((_, p) => pages.slice(0, p).reduce((sum, { data }) => sum + data.columns.length, 0));
  return {
    scenario: `${parts.length} scenarios`,
    version: parts[0].document.version,
    seeds: [...new Set(pages.flatMap(({ data }) => data.seeds))].toSorted((a, b) => a - b),
    durationMs: 0,
    metrics,
    columns: pages.flatMap(({ data, page }) => data.columns.map((column) => columnOf(column, data, page, metrics))),
    thresholds: pages.flatMap(({ data }, p) =>
      data.thresholds.map((row) => ({ ...row, column: row.column + before[p] })),
    ),
    sentences: pages.flatMap(({ data }) =>
      data.sentences.map((sentence) => ({
        ...sentence,
        text: `${data.scenario}: ${sentence.text}`,
        who: `${data.scenario}: ${sentence.who}`,
      })),
    ),
    description: '',
    warnings: pages.flatMap(({ data }) =>
      data.warnings.map((warning) => ({ ...warning, cause: `${data.scenario}: ${warning.cause}` })),
    ),
    incomplete:
      pages
        .flatMap(({ data }) => (data.incomplete === null ? [] : [`${data.scenario}: ${data.incomplete}`]))
        .join('; ') || null,
    file: '',
    isFileKnown: pages.every(({ data }) => data.isFileKnown),
    shown: { asked: null, common: null },
    isOverview: true,
  };
}

function columnOf(
  column: ColumnData,
  { scenario: name, file, metrics: own }: ReportData,
  page: string,
  metrics: ReportData['metrics'],
): ColumnData {
  const places = new Map(own.map((metric, m) => [metric.name, m]));
  const aligned = <T>(values: readonly T[], none: T) =>
    metrics.map((metric) => {
      const place = places.get(metric.name);
      return place === undefined ? none : values[place];
    });
  return {
    ...column,
    // Only what ran the same scenario is compared.
    group: `${name} ${column.group}`,
    estimates: aligned(column.estimates, unmeasured),
    runs: column.runs.map(({ seed, values }) => ({ seed, values: aligned(values, null) })),
    instances: [],
    scenario: { name, file, page },
  };
}
