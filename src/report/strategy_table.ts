import Table from 'cli-table3';
import type { Colors } from 'picocolors/types.js';
import { type Metric, metrics } from '../metrics/catalogue.ts';
import { NOT_REACHED } from '../metrics/intervals.ts';
import type { CellLabel, CellResult, ResultDocument, SummaryRow } from '../run/result.ts';
import { paramsText } from './label.ts';
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

/** What stands in a table instead of a figure. Short enough for a narrow column; the spaces stand where others have a mark. */
const notReached = 'not \nreached ';

/** Its legend. */
export const notReachedLegend = 'not reached: in some run, too few pairs got that far while they were watched';

/** Whether it stands anywhere. */
export function hasNotReached(columns: readonly Shown[], { cells }: ResultDocument): boolean {
  return notReachedKeys(metricsOf(columns), cells).size > 0;
}

/** Legend of the marks in the table. */
export const legend = '* best, ! worst of those that may be compared, where their intervals lie apart';

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
  const { cells, summary } = document;
  const comparable = latencyComparable(document);
  const known = metricsOf(columns);
  const missed = notReachedKeys(known, cells);
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
    if (heading !== '') table.push([{ content: paint.bold(heading), colSpan: names.length + known.length }]);
    const ranked = ({ name }: Metric) => !name.startsWith('latency.') || comparable(group[0].label);
    const texts = known.map(({ metric }) => columnTexts(metric, group, missed, ranked(metric), paint));
    for (const [i, { label }] of group.entries()) {
      table.push([...names.map(({ read }) => read(label)), ...texts.map((column) => column[i])]);
    }
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
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
  missed: ReadonlySet<string>,
  ranked: boolean,
  paint: Colors,
): string[] {
  const rows = group.map(({ values }) => values.get(metric.name));
  const isMissed = group.map(({ label }) => missed.has(keyOf(metric, label)));
  // Beside what is longer than was observed, nobody knows who is best or worst.
  const { best, worst } = isMissed.includes(true) || !ranked ? { best: null, worst: null } : extremes(metric, rows);
  return rows.map((row, i) => {
    if (isMissed[i]) return notReached;
    const value = human(row?.mean ?? null, metric.unit);
    const interval = row === undefined ? '' : plusMinus(row.low, row.high, metric.unit);
    return `${marked(value, best, worst, paint)}${interval === '' ? '' : `\n${paint.dim(`${interval} `)}`}`;
  });
}

/** Which metrics were not reached in some run of which columns. */
function notReachedKeys(known: readonly { metric: Metric }[], cells: readonly CellResult[]): ReadonlySet<string> {
  return new Set(
    cells.flatMap((cell) =>
      known.flatMap(({ metric }) => (metric.read(cell) === NOT_REACHED ? [keyOf(metric, cell)] : [])),
    ),
  );
}

function keyOf({ name }: Metric, label: CellLabel): string {
  return JSON.stringify([name, label.variant, label.strategy, paramsText(label)]);
}

/** What looks the same is marked the same. The space keeps figures under each other. */
function marked(value: string, best: string | null, worst: string | null, paint: Colors): string {
  if (value === best) return paint.green(`${value}*`);
  return value === worst ? paint.red(`${value}!`) : `${value} `;
}

/** The texts of the best and the worst value, where there is a difference to speak of. */
function extremes(
  metric: Metric,
  rows: readonly (SummaryRow | undefined)[],
): { best: string | null; worst: string | null } {
  const measured = rows.flatMap((row) => (row === undefined || row.mean === null ? [] : [{ ...row, mean: row.mean }]));
  const sorted = measured.toSorted((a, b) => a.mean - b.mean);
  const none = { best: null, worst: null };
  if (metric.better === 'neither' || sorted.length < 2) return none;
  const lowest = sorted[0];
  const highest = sorted[sorted.length - 1];
  const apart = (lowest.high ?? lowest.mean) < (highest.low ?? highest.mean);
  const [low, high] = [human(lowest.mean, metric.unit), human(highest.mean, metric.unit)];
  if (!apart || low === high) return none;
  return metric.better === 'lower' ? { best: low, worst: high } : { best: high, worst: low };
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
