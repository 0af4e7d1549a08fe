import { lttb } from './lttb.ts';
import type { Points, Series } from './read_series.ts';
import type { CourseData, LineData, LineName, SpanData, TruthState } from './report_data.ts';
import { lineNames } from './report_data.ts';
import { rounded } from './rounded.ts';

const SECOND = 1000;

/** A value for each whole second that has one. */
type BySecond = readonly (number | null)[];

/** What is known of the instances beside their series. */
export interface Fleet {
  readonly truth: ReadonlyMap<string, readonly SpanData<TruthState>[]>;
  readonly weights: ReadonlyMap<string, number>;
}

/** Instances in the picture of shares; the rest are one area. */
const MOST_AREAS = 24;

/** The lines of a run, on its grid of seconds; thinned by LTTB where they have more points than `most`. */
export function courseLines(series: Series, fleet: Fleet, most: number): CourseData['lines'] {
  const all = (metric: string) => bySecond(series.get(metric)?.get('all'));
  const offered = all('offered');
  const failed = all('failed');
  const raw: Record<LineName, BySecond> = {
    offered,
    success: offered.map((count, i) => (count === null || count === 0 ? null : 1 - (failed[i] ?? 0) / count)),
    retries: all('retries'),
    inFlight: total(series, 'in_flight'),
    queue: total(series, 'queue'),
    dispersion: dispersion(series, fleet),
    p50: all('latency_p50_ms'),
    p90: all('latency_p90_ms'),
    p99: all('latency_p99_ms'),
    p999: all('latency_p999_ms'),
  };
  const lines = lineNames.map((name) => [name, thinned(raw[name], most)] as const);
  return Object.fromEntries(lines) as Record<LineName, LineData>;
}

/** Attempts a second by instance, in windows of as many seconds as fit the budget. `first` are shown by themselves before others. */
export function requestShares(series: Series, first: ReadonlySet<string>, most: number): CourseData['requests'] {
  const rows = [...(series.get('requests') ?? [])];
  if (rows.length === 0) return { stepMs: SECOND, instances: [] };
  const alone = rows.length <= MOST_AREAS + 1 ? rows.map(([id]) => id) : chosenFirst(rows, first);
  const others = rows.filter(([id]) => !alone.includes(id)).map(([, points]) => points);
  const areas: [string, readonly number[]][] = rows
    .filter(([id]) => alone.includes(id))
    .map(([id, { values }]) => [id, values]);
  if (others.length > 0) {
    areas.push([`${others.length} others`, others[0].values.map((_, i) => sum(others.map(({ values }) => values[i])))]);
  }
  const seconds = areas[0][1].length;
  const width = Math.max(1, Math.ceil((seconds * areas.length) / most));
  return {
    stepMs: width * SECOND,
    instances: areas.map(([id, values]) => [id, windowMeans(values, width)]),
  };
}

/** P(t), thinned as other lines are. */
export function wholeLine(points: Points | undefined, most: number): LineData | null {
  return points === undefined ? null : thinned(bySecond(points), most);
}

function chosenFirst(rows: readonly (readonly [string, Points])[], first: ReadonlySet<string>): string[] {
  const ids = rows.map(([id]) => id);
  const chosen = new Set([...new Set([...ids.filter((id) => first.has(id)), ...ids])].slice(0, MOST_AREAS));
  return ids.filter((id) => chosen.has(id));
}

/** Samples are booked in the second they end. */
function bySecond(points: Points | undefined): BySecond {
  if (points === undefined) return [];
  const line: (number | null)[] = [];
  for (const [i, atMs] of points.times.entries()) {
    const second = Math.round(atMs / SECOND);
    while (line.length < second) line.push(null);
    line[second] = points.values[i];
  }
  return line;
}

function total(series: Series, metric: string): BySecond {
  const lines = [...(series.get(metric) ?? []).values()].map(bySecond);
  const length = Math.max(0, ...lines.map((line) => line.length));
  return Array.from({ length }, (_, i) => {
    const values = lines.map((line) => line[i] ?? null).filter((value) => value !== null);
    return values.length === 0 ? null : sum(values);
  });
}

/**
 * Pearson's statistic over its degrees of freedom, of the attempts of each second over the instances that were up all of it:
 * sum (x - e)^2 / e / (n - 1), where e is each one's due by its weight; with equal weights the dispersion index. Random
 * picks give 1. It judges by ground truth, second by second, where the metric `fairness.dispersion` judges by belief.
 */
function dispersion(series: Series, { truth, weights }: Fleet): BySecond {
  const rows = [...(series.get('requests') ?? [])]
    .map(([id, { values }]) => ({
      values,
      weight: weights.get(id) ?? 1,
      down: (truth.get(id) ?? []).filter(([, , state]) => state === 'down'),
    }))
    .filter(({ weight }) => weight > 0);
  const seconds = rows[0]?.values.length ?? 0;
  return Array.from({ length: seconds }, (_, i) => {
    const [fromMs, toMs] = [i * SECOND, (i + 1) * SECOND];
    const up = rows.filter(({ down }) => !down.some(([from, to]) => from < toMs && to > fromMs));
    const each = sum(up.map(({ values }) => values[i])) / sum(up.map(({ weight }) => weight));
    if (up.length < 2 || each === 0) return null;
    const squares = up.map(({ values, weight }) => (values[i] - each * weight) ** 2 / (each * weight));
    return sum(squares) / (up.length - 1);
  });
}

function thinned(values: BySecond, most: number): LineData {
  if (values.length <= most) return { fromMs: 0, stepMs: SECOND, values: values.map(rounded) };
  const known = values.flatMap((value, i) => (value === null ? [] : [{ value, atMs: i * SECOND }]));
  const times = known.map(({ atMs }) => atMs);
  const kept = lttb(
    times,
    known.map(({ value }) => value),
    Math.max(3, Math.floor(most / 2)),
  );
  return { times: kept.map((i) => times[i]), values: kept.map((i) => rounded(known[i].value)) };
}

function windowMeans(values: readonly number[], width: number): number[] {
  if (width === 1) return [...values];
  return Array.from({ length: Math.ceil(values.length / width) }, (_, i) => {
    const window = values.slice(i * width, (i + 1) * width);
    return rounded(sum(window) / window.length) as number;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
