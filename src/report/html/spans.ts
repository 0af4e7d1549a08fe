import { beliefCauses } from '../../core/belief_cause.ts';
import type { Points, Series } from './read_series.ts';
import type { DoubtState, FaultData, SpanData, TruthState } from './report_data.ts';

/** When ground truth was other than well, by instance: in the order of their rows. */
export function truthSpans(series: Series, endMs: number): Map<string, SpanData<TruthState>[]> {
  const spans = new Map<string, SpanData<TruthState>[]>();
  for (const [id, points] of series.get('up') ?? []) spans.set(id, spansWhere(points, isZero, 'down', endMs));
  for (const kind of ['slow', 'errors'] as const) {
    for (const [id, points] of series.get(kind) ?? []) {
      spans.set(id, [...(spans.get(id) ?? []), ...spansWhere(points, isPositive, kind, endMs)]);
    }
  }
  return spans;
}

/**
 * When a caller did not believe in an instance, and why: by `caller/instance`. While it does not the reason may change, and
 * each is a stretch of its own. Nobody believes in what they have not seen.
 */
export function doubtSpans(series: Series, endMs: number): Map<string, SpanData<DoubtState>[]> {
  const reasons = reasonsByPair(series);
  const spans = new Map<string, SpanData<DoubtState>[]>();
  for (const [pair, points] of series.get('belief') ?? []) {
    const firstMs = points.values[0] === 0 ? 0 : points.times[0];
    const own: SpanData<DoubtState>[] = firstMs > 0 ? [[0, firstMs, 'unseen']] : [];
    const told = reasons.get(pair) ?? [];
    let next = 0;
    for (const [fromMs, toMs] of spansWhere(points, isZero, 'unseen', endMs)) {
      while (next < told.length && told[next].atMs < fromMs) next++;
      let [startMs, state]: [number, DoubtState] = [fromMs, 'registry'];
      for (; next < told.length && told[next].atMs < toMs; next++) {
        const { atMs, state: then } = told[next];
        if (atMs > startMs && then !== state) {
          own.push([startMs, atMs, state]);
          startMs = atMs;
        }
        state = then;
      }
      own.push([startMs, toMs, state]);
    }
    spans.set(pair, own);
  }
  return spans;
}

/** What is told of reasons, by pair and time. */
function reasonsByPair(series: Series): Map<string, { atMs: number; state: DoubtState }[]> {
  const reasons = new Map<string, { atMs: number; state: DoubtState }[]>();
  for (const cause of beliefCauses) {
    for (const [pair, { times, values }] of series.get(rowOf(cause)) ?? []) {
      const own = reasons.get(pair) ?? [];
      reasons.set(pair, own);
      for (const [i, atMs] of times.entries()) own.push({ atMs, state: values[i] === 0 ? 'unproven' : cause });
    }
  }
  for (const own of reasons.values()) own.sort((a, b) => a.atMs - b.atMs);
  return reasons;
}

/** A fault that strikes one target after the other so often has no window: what there is of it is in the rows of its targets. */
const MOST_STRIKES = 20;

/** When each fault of the scenario acted on anybody. */
export function faultWindows(series: Series, endMs: number): FaultData[] {
  const windows = [...(series.get('fault') ?? [])].flatMap(([fault, points]) =>
    spansWhere(points, isPositive, 'down', endMs)
      .filter(([fromMs, toMs]) => strikes(points, fromMs, toMs) <= MOST_STRIKES)
      .map(([fromMs, toMs]) => ({ fault, fromMs, toMs })),
  );
  return windows.toSorted((a, b) => a.fromMs - b.fromMs);
}

/** At how many moments of a window one target more was struck. */
function strikes({ times, values }: Points, fromMs: number, toMs: number): number {
  const risen = times.filter((atMs, i) => atMs >= fromMs && atMs < toMs && values[i] > (values[i - 1] ?? 0));
  return new Set(risen).size;
}

function rowOf(cause: string): string {
  return `removed_by_${cause.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

const isZero = (value: number) => value === 0;
const isPositive = (value: number) => value > 0;

/** Stretches in which the value, which holds until the next, is as asked for. Those of no length are left out. */
function spansWhere<State extends string>(
  { times, values }: Points,
  holds: (value: number) => boolean,
  state: State,
  endMs: number,
): SpanData<State>[] {
  const spans: SpanData<State>[] = [];
  let openedMs: number | null = null;
  for (const [i, value] of values.entries()) {
    if (holds(value)) openedMs ??= times[i];
    else if (openedMs !== null) {
      if (times[i] > openedMs) spans.push([openedMs, times[i], state]);
      openedMs = null;
    }
  }
  if (openedMs !== null && openedMs < endMs) spans.push([openedMs, endMs, state]);
  return spans;
}
