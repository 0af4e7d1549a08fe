import type { SeriesRow } from '../../src/metrics/measures.ts';
import type { Series } from '../../src/report/html/read_series.ts';

/** Rows of series.csv as a run of these instances and callers would leave them: one instance down from `downMs` to `upMs`. */
export function fakeSeries(
  instances: readonly string[],
  callers: readonly string[],
  { seconds = 120, downMs = 20_000, upMs = 40_000, detectMs = 5000 } = {},
): SeriesRow[] {
  const rows: SeriesRow[] = [];
  const row = (tMs: number, metric: string, subject: string, value: number) =>
    rows.push({ tMs, metric, subject, value });
  for (const id of instances) row(0, 'up', id, 1);
  for (const caller of callers) for (const id of instances) row(100, 'belief', `${caller}/${id}`, 1);
  for (let second = 0; second < seconds; second++) {
    const tMs = second * 1000;
    row(tMs, 'offered', 'all', 1000 + (second % 7));
    row(tMs, 'failed', 'all', second % 11);
    row(tMs, 'retries', 'all', second % 5);
    for (const [i, id] of instances.entries()) {
      row(tMs, 'requests', id, 100 + ((second * 7 + i * 13) % 17));
      row(tMs + 1000, 'in_flight', id, (second + i) % 4);
      row(tMs + 1000, 'queue', id, (second * i) % 3);
    }
    for (const [i, metric] of ['latency_p50_ms', 'latency_p90_ms', 'latency_p99_ms', 'latency_p999_ms'].entries()) {
      row(tMs, metric, 'all', 10 ** (i / 2 + 1) + ((second * 31) % 17) / 7);
    }
  }
  const [first] = instances;
  row(downMs, 'fault', 'crash#0', 1);
  row(downMs, 'up', first, 0);
  for (const [c, caller] of callers.entries()) {
    row(downMs + detectMs + c, 'belief', `${caller}/${first}`, 0);
    row(downMs + detectMs + c, 'removed_by_active_check', `${caller}/${first}`, 1);
  }
  row(upMs, 'up', first, 1);
  row(upMs, 'fault', 'crash#0', 0);
  for (const [c, caller] of callers.entries()) row(upMs + 2000 + c, 'belief', `${caller}/${first}`, 1);
  for (let i = 0; i < 3000; i++) row(0, 'latency_bucket', String(Number((1.003 ** i).toPrecision(9))), 1 + (i % 5));
  return rows.toSorted((a, b) => a.tMs - b.tMs);
}

/** The rows as they are read back. */
export function seriesOfRows(rows: readonly SeriesRow[]): Series {
  const series = new Map<string, Map<string, { times: number[]; values: number[] }>>();
  for (const { tMs, metric, subject, value } of rows) {
    const subjects = series.get(metric) ?? new Map<string, { times: number[]; values: number[] }>();
    series.set(metric, subjects);
    const points = subjects.get(subject) ?? { times: [], values: [] };
    subjects.set(subject, points);
    points.times.push(tMs);
    points.values.push(value);
  }
  return series;
}
