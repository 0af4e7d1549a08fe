import { beliefCauses } from '../../core/belief_cause.ts';
import { kaplanMeier } from '../../metrics/kaplan_meier.ts';
import type { DurationStats, FailoverResult } from '../../metrics/measures.ts';
import type {
  CallerCourse,
  DetectionData,
  DoubtState,
  EpisodeData,
  InstanceCourse,
  Quantiles,
  SpanData,
  TruthState,
} from './report_data.ts';
import { rounded } from './rounded.ts';

/** What is told of one run's instances and callers. */
export interface Told {
  /** All instances. */
  readonly ids: readonly string[];
  readonly truth: ReadonlyMap<string, readonly SpanData<TruthState>[]>;
  /** By `caller/instance`. */
  readonly doubts: ReadonlyMap<string, readonly SpanData<DoubtState>[]>;
  readonly failovers: readonly FailoverResult[];
}

/** Callers beneath one instance. */
const MOST_CALLERS = 40;

/**
 * Ground truth and beliefs of instances, at most as many as `mostSpans` allows: first those that went down, then those that
 * were ever other than well, or doubted after they had been seen. The others are quiet.
 */
export function instanceCourses(
  told: Told,
  mostSpans: number,
): { readonly instances: readonly InstanceCourse[]; readonly leftOut: number } {
  const byInstance = new Map<string, CallerCourse[]>();
  for (const [pair, doubts] of told.doubts) {
    const [caller, id] = splitPair(pair);
    byInstance.set(id, [...(byInstance.get(id) ?? []), { id: caller, doubts }]);
  }
  const isQuiet = (id: string) => (told.truth.get(id) ?? []).length === 0 && !isDoubted(byInstance.get(id) ?? []);
  const need = (id: string) => (isQuiet(id) ? 0 : isDown(told, id) ? 2 : 1);
  const byNeed = told.ids.toSorted((a, b) => need(b) - need(a));
  const kept = new Set<string>();
  let spans = 0;
  for (const id of byNeed) {
    const callers = some(byInstance.get(id) ?? [], MOST_CALLERS);
    spans += callers.reduce((sum, { doubts }) => sum + 1 + doubts.length, 1 + (told.truth.get(id) ?? []).length);
    if (kept.size > 0 && spans > mostSpans) break;
    kept.add(id);
  }
  const instances = told.ids
    .filter((id) => kept.has(id))
    .map((id) => {
      const callers = byInstance.get(id) ?? [];
      const shown = some(callers, MOST_CALLERS);
      return {
        id,
        quiet: isQuiet(id),
        truth: told.truth.get(id) ?? [],
        episodes: told.failovers.filter(({ instance }) => instance === id).map(episodeData),
        callers: shown,
        callersLeftOut: callers.length - shown.length,
      };
    });
  return { instances, leftOut: told.ids.length - instances.length };
}

/**
 * How long pairs took to notice: each pair that believed in an instance as it went down, until it first did not. Derived
 * from the rows, and equal to the document's `detectMs` of this run.
 */
export function detection(
  { doubts, failovers }: Pick<Told, 'doubts' | 'failovers'>,
  endMs: number,
): Omit<DetectionData, 'law'> {
  const times: number[] = [];
  const censored: number[] = [];
  const pairs = [...doubts].map(([pair, spans]) => ({ instance: splitPair(pair)[1], spans }));
  for (const { instance, startMs, endMs: repairedMs } of failovers) {
    const untilMs = repairedMs ?? endMs;
    for (const { spans } of pairs.filter((pair) => pair.instance === instance)) {
      if (spans.some(([from, to]) => from < startMs && to >= startMs)) continue;
      const first = spans.find(([from]) => from >= startMs && from < untilMs);
      if (first === undefined) censored.push(untilMs - startMs);
      else times.push(first[0] - startMs);
    }
  }
  const curve = kaplanMeier(times, censored);
  return {
    times: times.toSorted((a, b) => a - b).map((ms) => rounded(ms) as number),
    missed: censored.length,
    cdf: curve.times.map((ms, i) => [rounded(ms) as number, rounded(1 - curve.survival[i]) as number]),
  };
}

/** Instance ids may have no slash in them, ids of callers neither. */
function splitPair(pair: string): [caller: string, instance: string] {
  const at = pair.indexOf('/');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function isDown({ truth }: Told, id: string): boolean {
  return (truth.get(id) ?? []).some(([, , state]) => state === 'down');
}

function isDoubted(callers: readonly CallerCourse[]): boolean {
  return callers.some(({ doubts }) => doubts.some(([, , state]) => state !== 'unseen'));
}

/** That many of them, evenly spread over the list. */
function some<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);
}

function episodeData(failover: FailoverResult): EpisodeData {
  const removedBy = beliefCauses
    .map((cause) => [cause, failover.removedBy[cause] ?? 0] as const)
    .filter(([, count]) => count > 0)
    .toSorted((a, b) => b[1] - a[1]);
  return {
    fault: failover.fault,
    fromMs: failover.startMs,
    toMs: failover.endMs,
    atRisk: failover.atRisk,
    detected: failover.detectMs.count,
    detectMs: quantiles(failover.detectMs),
    drainMs: quantiles(failover.drainMs),
    reinstateMs: quantiles(failover.reinstateMs),
    removedBy,
  };
}

function quantiles({ p50, p99, max }: DurationStats): Quantiles {
  return { p50: rounded(p50), p99: rounded(p99), max: rounded(max) };
}
