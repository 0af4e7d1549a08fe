import Table from 'cli-table3';
import type { Colors } from 'picocolors/types.js';
import { type Metric, metrics } from '../metrics/catalogue.ts';
import { IDENTICAL } from '../metrics/estimates/estimation.ts';
import { EVENTS_FOR_P99, PAIRS_FOR_P99 } from '../metrics/estimates/survival.ts';
import type { BestRow, CellLabel, ResultDocument, SummaryRow } from '../run/result.ts';
import { fewText } from './few.ts';
import { paramsText } from './label.ts';
import { type Mark, marksOf } from './marks.ts';
import { latencyComparable } from './survivors.ts';
import { human, plusMinus } from './units.ts';

/** A column of a table: what it shows and under which two words. */
export interface Shown {
  readonly metric: string;
  readonly head: readonly [string, string];
}

export const trafficColumns: readonly Shown[] = [
  { metric: 'requests.successShare', head: ['requests', 'ok'] },
  { metric: 'latency.p50', head: ['latency', 'p50'] },
  { metric: 'latency.p99', head: ['', 'p99'] },
  { metric: 'fairness.jain', head: ['fairness', 'jain'] },
  { metric: 'fairness.dispersion', head: ['', 'dispersion'] },
  { metric: 'fairness.cv', head: ['', 'CV'] },
  { metric: 'requests.retries', head: ['', 'retries'] },
];

const failoverColumns: readonly Shown[] = [
  { metric: 'failover.detect.p50', head: ['detect', 'p50'] },
  { metric: 'failover.detect.p99', head: ['', 'p99'] },
  { metric: 'failover.drain.p50', head: ['drain', 'p50'] },
  { metric: 'failover.drain.p99', head: ['', 'p99'] },
  { metric: 'impact.outageSeconds', head: ['outage', 'seconds'] },
  { metric: 'impact.clientFailures', head: ['failed on', 'targets'] },
  { metric: 'failover.unnoticed', head: ['never', 'noticed'] },
];

/** The columns of failover; of false alarms only where there were any. */
export function failoverColumnsFor({ cells }: ResultDocument): readonly Shown[] {
  if (cells.every(({ failover }) => failover.falsePositives === 0)) return failoverColumns;
  return [...failoverColumns, { metric: 'failover.falsePositives', head: ['false', 'alarms'] }];
}

/** Against the twin: what the faults did. */
export const twinColumns: readonly Shown[] = [
  { metric: 'twin.failures', head: ['requests', 'lost'] },
  { metric: 'twin.collateral', head: ['lost', 'elsewhere'] },
  { metric: 'twin.delayedRequests', head: ['requests', 'delayed'] },
  { metric: 'twin.extraSeconds', head: ['time', 'lost'] },
];

/** What stands in a table instead of a figure. Short enough for a narrow column; the spaces stand where others have a mark. */
const notReached = 'not \nreached ';

/** Its legend. */
const notReachedLegend = 'not reached: in some run, too few pairs got that far while they were watched';
const identicalLegend = `±0: ${IDENTICAL}`;

/** What needs explaining in the table. */
export function legends(columns: readonly Shown[], { summary }: ResultDocument): string[] {
  const shown = summary.filter(({ metric }) => columns.some((column) => column.metric === metric));
  const beyond = shown.find((row) => row.beyond !== null);
  const few = new Set(shown.flatMap((row) => (isMissed(row) || fewText(row) === '' ? [] : [fewText(row)])));
  return [
    ...(beyond === undefined ? [] : [beyondLegend(beyond)]),
    ...(shown.some((row) => isMissed(row) && row.beyond === null) ? [notReachedLegend] : []),
    ...(few.size === 0 ? [] : [fewLegend(few)]),
    ...(shown.some(({ note }) => note === IDENTICAL) ? [identicalLegend] : []),
  ];
}

function isMissed({ mean, beyond, note }: SummaryRow): boolean {
  return mean === null && (beyond !== null || note === 'not reached');
}

/** `> 20 s: ..., 20 s at the longest`, of the first that is not reached. */
function beyondLegend({ beyond, metric: name }: SummaryRow): string {
  const longest = human(beyond, metrics.find((metric) => metric.name === name)?.unit ?? 'ms');
  return `> ${longest}: too few pairs got that far while they were watched, ${longest} at the longest`;
}

/** `only 3 events: ..`, where there are several the first and that there are. */
function fewLegend(few: ReadonlySet<string>): string {
  const [first] = few;
  const which = `only ${first}${few.size > 1 ? ' and the like' : ''}`;
  return `${which}: too few for an interval of a p99, which takes ${EVENTS_FOR_P99} events and ${PAIRS_FOR_P99} pairs`;
}

/** Legend of the marks in the table. */
export const legend = '* best, or not to be told from it; ! worst of the others';

/** A longer name is broken. */
const WIDEST_NAME = 36;

interface Row {
  readonly label: CellLabel;
  readonly values: ReadonlyMap<string, SummaryRow>;
}

/** One line for each variant and strategy (two where there are intervals), under a heading for each set of parameters. */
export function strategyTable(
  title: string,
  columns: readonly Shown[],
  document: ResultDocument,
  paint: Colors,
): string {
  const { cells, summary, best } = document;
  const comparable = latencyComparable(document);
  const known = metricsOf(columns);
  const names = nameColumns(cells);
  const table = new Table({
    chars: plain,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colAligns: [...names.map(() => 'left' as const), ...known.map(() => 'right' as const)],
    colWidths: names.map(({ read }) => {
      const longest = Math.max(...summary.map((row) => read(row).length));
      return longest > WIDEST_NAME ? WIDEST_NAME : null;
    }),
    wordWrap: true,
    wrapOnWordBoundary: false,
    head: [
      ...names.map(({ head }, i) => `${i === 0 ? paint.bold(title) : ''}\n${head}`),
      ...known.map(({ head }) => head.join('\n')),
    ],
  });
  for (const group of groups(summary)) {
    const heading = paramsText(group[0].label);
    const bestHere = best.filter((row) => paramsText(row) === heading);
    if (heading !== '') table.push([{ content: paint.bold(heading), colSpan: names.length + known.length }]);
    const ranked = ({ name }: Metric) => !name.startsWith('latency.') || comparable(group[0].label);
    const texts = known.map(({ metric }) => columnTexts(metric, group, bestHere, ranked(metric), paint));
    for (const [i, { label }] of group.entries()) {
      table.push([...names.map(({ read }) => broken(read(label))), ...texts.map((column) => column[i])]);
    }
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A long name on several lines, each of as many whole options as it has room for. What is longer by itself the table breaks. */
function broken(name: string): string {
  const lines = [''];
  for (const part of name.split(/(?<=[(,])/)) {
    const last = lines.length - 1;
    if (lines[last] !== '' && lines[last].length + part.length > WIDEST_NAME) lines.push(part);
    else lines[last] += part;
  }
  return lines.join('\n');
}

/** What tells rows apart: the variant where there are any, the strategy unless variants are all there is to tell. */
function nameColumns(labels: readonly CellLabel[]): { head: string; read: (label: CellLabel) => string }[] {
  const variants = labels.some(({ variant }) => variant !== null);
  const strategies = new Set(labels.map(({ strategy }) => strategy)).size > 1;
  return [
    ...(variants ? [{ head: 'variant', read: ({ variant }: CellLabel) => variant ?? '' }] : []),
    ...(strategies || !variants ? [{ head: 'strategy', read: ({ strategy }: CellLabel) => strategy }] : []),
  ];
}

function metricsOf(columns: readonly Shown[]): (Omit<Shown, 'metric'> & { metric: Metric })[] {
  return columns.flatMap((column) => {
    const metric = metrics.find(({ name }) => name === column.metric);
    return metric === undefined ? [] : [{ ...column, metric }];
  });
}

/** Rows with the same parameters together, in the order of the matrix. */
function groups(summary: readonly SummaryRow[]): Row[][] {
  const byParams = new Map<string, Map<string, { label: CellLabel; values: Map<string, SummaryRow> }>>();
  for (const row of summary) {
    const key = paramsText(row);
    const group = byParams.get(key) ?? new Map<string, { label: CellLabel; values: Map<string, SummaryRow> }>();
    byParams.set(key, group);
    const name = JSON.stringify([row.variant, row.strategy]);
    const own = group.get(name) ?? { label: row, values: new Map<string, SummaryRow>() };
    group.set(name, own);
    own.values.set(row.metric, row);
  }
  return [...byParams.values()].map((group) => [...group.values()]);
}

/** What stands in one column of one group. */
function columnTexts(
  metric: Metric,
  group: readonly Row[],
  best: readonly BestRow[],
  ranked: boolean,
  paint: Colors,
): string[] {
  const rows = group.map(({ values }) => values.get(metric.name));
  // Beside what is longer than was observed, nobody knows who is best or worst.
  const marks =
    ranked && !rows.some((row) => row !== undefined && isMissed(row))
      ? marksOf(
          metric,
          group.map(({ label, values }) => ({ label, mean: values.get(metric.name)?.mean ?? null })),
          best,
        )
      : [];
  return rows.map((row, i) => {
    if (row === undefined) return `${human(null, metric.unit)} `;
    if (isMissed(row)) return row.beyond === null ? notReached : `> ${human(row.beyond, metric.unit)} `;
    const value = painted(human(row.mean, metric.unit), marks[i], paint);
    const below = besideText(row, metric);
    return `${value}${below === '' ? '' : `\n${paint.dim(`${below} `)}`}`;
  });
}

/** What stands under a figure: its interval, or why it has none. */
function besideText(row: SummaryRow, { unit }: Metric): string {
  if (row.mean === 0 && row.method === 'poisson' && row.high !== null) return `below ${human(row.high, unit)}`;
  if (row.note === IDENTICAL) return '±0';
  return fewText(row) === '' ? plusMinus(row.low, row.high, unit) : fewText(row);
}

/** The space keeps figures under each other. */
function painted(value: string, mark: Mark, paint: Colors): string {
  if (mark === 'best') return paint.green(`${value}*`);
  return mark === 'worst' ? paint.red(`${value}!`) : `${value} `;
}

/** No lines: columns are told apart by space. */
export const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '  ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;
