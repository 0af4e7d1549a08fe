import { studentInterval } from '../../metrics/intervals.ts';
import { finiteOrNull } from '../../metrics/not_reached.ts';
import type { BestRow, CellLabel, CellResult, ResultDocument } from '../../run/result.ts';
import { paramNames } from '../columns.ts';
import { incompleteLine } from '../incomplete_lines.ts';
import { paramsText, someColumns } from '../label.ts';
import type { Mark } from '../marks.ts';
import { comparisonSentences } from '../sentences.ts';
import { latencyComparable } from '../survivors.ts';
import { type ChosenRuns, chooseRuns } from './chosen_runs.ts';
import { type Budget, courseOf } from './course.ts';
import { estimateOf, markGroup } from './estimates.ts';
import { wholeLine } from './lines.ts';
import { type ShownMetric, shownMetrics } from './metric_list.ts';
import { type ColumnSeries, columnKey, type Series } from './read_series.ts';
import type { ColumnData, LatencyQuantile, ReportData, ShareData, ThresholdData } from './report_data.ts';
import { rounded } from './rounded.ts';

/** What a threshold's expression means, in the metric's inside unit; null of one that cannot be read. */
type ReadLimit = (
  expression: string,
) => { readonly metric: string; readonly operator: string; readonly limit: number } | null;

/** Instances in the picture of shares, a column. */
const MOST_SHARES = 100;

/** One column and its replications, in the order of the document. */
interface Column {
  readonly label: CellLabel;
  readonly cells: readonly CellResult[];
}

/** What a page is made of, beside the files. */
export interface PageOptions {
  /** The run whose course is shown; null: of each column its median, or else the first there is. */
  readonly seed: number | null;
  readonly readLimit: ReadLimit;
  /** The scenario's file, as whoever runs a replay line from here would name it; null: nobody knows. */
  readonly file: string | null;
}

/** Makes of a study's files what the page shows. Plain data, much smaller than they are. */
export function assemble(
  document: ResultDocument,
  series: ReadonlyMap<string, ColumnSeries>,
  { seed, readLimit, file }: PageOptions,
): ReportData {
  const columns = columnsOf(document);
  const limits = new Map(document.thresholds.map(({ expression }) => [expression, readLimit(expression)]));
  const judged = [...limits.values()].flatMap((limit) => (limit === null ? [] : [limit.metric]));
  const measured = new Set(document.summary.filter(({ n }) => n > 0).map(({ metric }) => metric));
  const shown = shownMetrics(judged, (name) => measured.has(name));
  const params = paramNames(document.cells);
  const runs = chooseRuns(
    columns.map(({ label, cells }) => ({ cells, series: series.get(columnKey(label, params)) })),
    seed,
  );
  const { durationMs, budget } = runs;
  return {
    scenario: document.scenario,
    version: document.version,
    seeds: [...new Set(document.cells.map((cell) => cell.seed))].toSorted((a, b) => a - b),
    durationMs,
    metrics: shown.map(({ data }) => data),
    columns: columnData(document, columns, shown, (place) => courseData(runs.of[place], durationMs, budget)),
    thresholds: thresholdData(document, columns, limits),
    sentences: comparisonSentences(document),
    description: document.description,
    warnings: document.warnings.map(({ cause, effect, next, columns: of }) => ({
      cause: of.length === 0 ? cause : `${cause} (${someColumns(of)})`,
      ...{ effect, next },
    })),
    incomplete: incompleteLine(document),
    file: file ?? `${document.scenario}.yaml`,
    isFileKnown: file !== null,
    shown: { asked: seed, common: runs.common },
    isOverview: false,
  };
}

/** Cells by column, in the order of the document. */
export function columnsOf({ cells }: ResultDocument): Column[] {
  const byLabel = new Map<string, { label: CellLabel; cells: CellResult[] }>();
  for (const cell of cells) {
    const { strategy, variant, params } = cell;
    const known = byLabel.get(labelKey(cell));
    if (known === undefined) byLabel.set(labelKey(cell), { label: { strategy, variant, params }, cells: [cell] });
    else known.cells.push(cell);
  }
  return [...byLabel.values()];
}

function labelKey({ strategy, variant, params }: CellLabel): string {
  return JSON.stringify([strategy, variant, Object.entries(params)]);
}

function columnData(
  document: ResultDocument,
  columns: readonly Column[],
  shown: readonly ShownMetric[],
  courseOfColumn: (place: number) => Courses,
): ColumnData[] {
  const rows = new Map(document.summary.map((row) => [`${labelKey(row)} ${row.metric}`, row]));
  const comparable = latencyComparable(document);
  const groups = columns.map(({ label }) => paramsText(label));
  const estimates = columns.map(({ label }) =>
    shown.map(({ metric }) => estimateOf(label, rows.get(`${labelKey(label)} ${metric.name}`))),
  );
  const marked = shown.map(({ metric }, m) => {
    const found = columns.map((): Mark => undefined);
    for (const group of new Set(groups)) {
      const members = columns.flatMap((_, c) => (groups[c] === group ? [c] : []));
      const ranked = !metric.name.startsWith('latency.') || comparable(columns[members[0]].label);
      const peers = members.map((c) => estimates[c][m]);
      const best = document.best.filter((row: BestRow) => paramsText(row) === group);
      for (const [i, mark] of markGroup(metric, peers, best, ranked).entries()) found[members[i]] = mark;
    }
    return found;
  });
  return columns.map((column, c) => ({
    ...column.label,
    scenario: null,
    group: groups[c],
    estimates: estimates[c].map(({ label: _, ...one }, m) => ({ ...one, mark: marked[m][c] ?? null })),
    runs: column.cells.map((cell) => ({
      seed: cell.seed,
      values: shown.map(({ metric }) => rounded(finiteOrNull(metric.read(cell)))),
    })),
    ...shares(column.cells),
    ...courseOfColumn(c),
  }));
}

type Courses = Pick<ColumnData, 'latency' | 'median' | 'course' | 'commonCourse' | 'availability'>;

function courseData(
  { cells, series, median, seed, commonSeed }: ChosenRuns,
  durationMs: number,
  budget: Budget,
): Courses {
  const latency = series === undefined ? null : latencyQuantiles(series.overall);
  const courseUnder = (wanted: number | null) => {
    const cell = cells.find((one) => one.seed === wanted);
    const run = wanted === null ? undefined : series?.runs.get(wanted);
    if (series === undefined || run === undefined || cell === undefined) return null;
    const course = courseOf(cell, run, lawOf(cells, series), durationMs, budget);
    return latency === null ? course : { ...course, latencyCdf: [] };
  };
  const availability = series?.overall.get('availability');
  const perLine = Math.floor(budget.values / 22);
  const measured = wholeLine(availability?.get('measured'), perLine);
  const model = wholeLine(availability?.get('model'), perLine);
  return {
    latency,
    median,
    course: courseUnder(seed),
    commonCourse: commonSeed === seed ? null : courseUnder(commonSeed),
    availability: measured === null ? null : { measured, model },
  };
}

/** As recorded for the page. */
function latencyQuantiles(overall: Series): LatencyQuantile[] | null {
  const endOf = (metric: string, share: string) => rounded(overall.get(metric)?.get(share)?.values[0] ?? null);
  const rows = [...(overall.get('latency_quantile_ms') ?? [])];
  if (rows.length === 0) return null;
  return rows.map(([share, { values }]) => [
    Number(share),
    rounded(values[0]) ?? 0,
    endOf('latency_quantile_low_ms', share),
    endOf('latency_quantile_high_ms', share),
  ]);
}

/** The law of failover latency, where checks are all that ever noticed: the callers' own, or others that tell the registry. */
function lawOf(cells: readonly CellResult[], { overall }: ColumnSeries): readonly (readonly [number, number])[] {
  const removers = new Set(
    cells.flatMap(({ failovers }) =>
      failovers.flatMap(({ removedBy }) => Object.entries(removedBy).flatMap(([by, count]) => (count > 0 ? [by] : []))),
    ),
  );
  const [by = 'activeCheck', ...others] = removers;
  const points = [...(overall.get('detect_law')?.values() ?? [])][0];
  if (others.length > 0 || (by !== 'activeCheck' && by !== 'registry') || points === undefined) return [];
  return points.times.map((ms, i) => [ms, points.values[i]]);
}

/** Shares of attempts beside what was due, with Student's interval over replications. */
function shares(cells: readonly CellResult[]): Pick<ColumnData, 'instances' | 'instancesLeftOut'> {
  const all = cells[0]?.instances ?? [];
  const kept = all.slice(0, MOST_SHARES);
  const instances = kept.map(({ id, zone }, i): ShareData => {
    const { mean, low, high } = studentInterval(cells.map(({ instances: own }) => own[i]?.share ?? null));
    const expected = studentInterval(cells.map(({ instances: own }) => own[i]?.expectedShare ?? null)).mean;
    return { id, zone, share: rounded(mean), low: rounded(low), high: rounded(high), expected: rounded(expected) };
  });
  return { instances, instancesLeftOut: all.length - kept.length };
}

function thresholdData(
  document: ResultDocument,
  columns: readonly Column[],
  limits: ReadonlyMap<string, ReturnType<ReadLimit>>,
): ThresholdData[] {
  const places = new Map(columns.map(({ label }, c) => [labelKey(label), c]));
  return document.thresholds.flatMap((row) => {
    const column = places.get(labelKey(row));
    if (column === undefined) return [];
    const { expression, observed, low, high, verdict, seedsNeeded } = row;
    const limit = limits.get(expression) ?? null;
    const metric = limit?.metric ?? '';
    const margin = marginOf(limit, observed);
    return [{ expression, metric, column, observed, low, high, verdict, margin, seedsNeeded }];
  });
}

/** As in src/run/thresholds.ts. */
function marginOf(limit: ReturnType<ReadLimit>, observed: number | null): number | null {
  if (observed === null || limit === null || limit.limit === 0) return null;
  const room = limit.operator.startsWith('<') ? limit.limit - observed : observed - limit.limit;
  return room / Math.abs(limit.limit);
}
