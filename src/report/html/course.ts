import type { CellResult } from '../../run/result.ts';
import { detection, instanceCourses } from './instance_courses.ts';
import { courseLines, requestShares } from './lines.ts';
import { lttb } from './lttb.ts';
import type { Series } from './read_series.ts';
import { type CourseData, lineNames } from './report_data.ts';
import { rounded } from './rounded.ts';
import { doubtSpans, faultWindows, truthSpans } from './spans.ts';

/** How much of each run's course is kept, so that the file stays small however many columns there are. */
export interface Budget {
  /** Values of all lines together, and of all instances in the picture of their shares. */
  readonly values: number;
  /** Stretches of ground truth and belief. */
  readonly spans: number;
}

/** Steps of the latency distribution. */
const CDF_POINTS = 240;
/** Below this share of requests the tail of a distribution is one request. */
const TAIL = 1e-7;

/** The course of one run: what series.csv has of it, and what result.json says of its episodes. */
export function courseOf(
  cell: CellResult,
  series: Series,
  law: CourseData['detection']['law'],
  durationMs: number,
  budget: Budget,
): CourseData {
  const truth = truthSpans(series, durationMs);
  const ids = cell.instances.map(({ id }) => id);
  const told = { ids, truth, doubts: doubtSpans(series, durationMs), failovers: cell.failovers };
  const fleet = { truth, weights: new Map(cell.instances.map(({ id, weight }) => [id, weight])) };
  const { instances, leftOut } = instanceCourses(told, budget.spans);
  const perLine = Math.floor(budget.values / 2 / lineNames.length);
  return {
    seed: cell.seed,
    faults: faultWindows(series, durationMs),
    lines: courseLines(series, fleet, perLine),
    requests: requestShares(
      series,
      new Set(instances.flatMap(({ id, quiet }) => (quiet ? [] : [id]))),
      budget.values / 2,
    ),
    instances,
    instancesLeftOut: leftOut,
    latencyCdf: latencyCdf(series),
    detection: { ...detection(told, durationMs), law },
  };
}

/** The whole seconds of a run, by its longest line. */
export function durationOf(series: Series): number {
  let lastMs = 0;
  for (const metric of ['in_flight', 'offered', 'up']) {
    for (const { times } of series.get(metric)?.values() ?? []) {
      const atMs = times[times.length - 1] ?? 0;
      lastMs = Math.max(lastMs, metric === 'offered' ? atMs + 1000 : atMs);
    }
  }
  return lastMs;
}

/** The share of successes that took no longer, bucket by bucket, thinned where a chart on logarithmic axes shows no difference. */
function latencyCdf(series: Series): CourseData['latencyCdf'] {
  const buckets = [...(series.get('latency_bucket') ?? [])]
    .map(([value, points]) => [Number(value), points.values[0]] as const)
    .toSorted((a, b) => a[0] - b[0]);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  const curve = buckets.map(([value, count]) => {
    seen += count;
    return [value, seen / total] as const;
  });
  const kept = lttb(
    curve.map(([, share]) => -Math.log10(Math.max(1 - share, TAIL))),
    curve.map(([value]) => Math.log10(Math.max(value, TAIL))),
    CDF_POINTS,
  );
  return kept.map((i) => [rounded(curve[i][0]) as number, Number(curve[i][1].toPrecision(8))]);
}
