import type { DurationStats } from './measures.ts';

/** The share of subjects that have not met the event by a time: 1 before `times[0]`, `survival[i]` from `times[i]` on. */
export interface SurvivalCurve {
  /** The distinct times of events, rising. */
  readonly times: readonly number[];
  readonly survival: readonly number[];
  /** The longest time anybody was watched, events included; 0 for nobody. */
  readonly longest: number;
}

/**
 * The product-limit estimate of Kaplan and Meier (J. American Statistical Association 53, 1958) from the times of events
 * and the times at which others were last seen without one. A subject censored at the time of an event was still at risk of it.
 */
export function kaplanMeier(events: ArrayLike<number>, censored: ArrayLike<number>): SurvivalCurve {
  const met = rising(events);
  const lost = rising(censored);
  const times: number[] = [];
  const survival: number[] = [];
  // Between two censorings the product telescopes to one quotient: fewer roundings, and none that accumulate.
  let factor = 1;
  let group = met.length + lost.length;
  let left = group;
  let gone = 0;
  for (let i = 0; i < met.length; ) {
    const time = met[i];
    const goneBefore = gone;
    while (gone < lost.length && lost[gone] < time) gone++;
    if (gone > goneBefore) {
      factor *= left / group;
      left -= gone - goneBefore;
      group = left;
    }
    while (i < met.length && met[i] === time) {
      left--;
      i++;
    }
    times.push(time);
    survival.push((factor * left) / group);
  }
  return { times, survival, longest: Math.max(met.at(-1) ?? 0, lost.at(-1) ?? 0) };
}

/** Of millions, sorting what is sorted would take as long as all the rest. */
function rising(times: ArrayLike<number>): Float64Array {
  const copy = Float64Array.from(times);
  for (let i = 1; i < copy.length; i++) if (copy[i] < copy[i - 1]) return copy.sort();
  return copy;
}

/** The first time by which at least a share `q` has met the event; null where the curve does not get there. */
export function survivalQuantile(curve: SurvivalCurve, q: number): number | null {
  const target = 1 - q + 1e-12;
  const { times, survival } = curve;
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (survival[middle] <= target) high = middle;
    else low = middle + 1;
  }
  return low < times.length ? times[low] : null;
}

/** The area under the curve up to the longest time observed: the mean of min(time, longest) (Klein and Moeschberger, Survival Analysis, 4.5). */
export function restrictedMean(curve: SurvivalCurve): number {
  const { times, survival } = curve;
  let area = 0;
  let from = 0;
  let alive = 1;
  for (let i = 0; i < times.length; i++) {
    area += alive * (times[i] - from);
    from = times[i];
    alive = survival[i];
  }
  return area + alive * (curve.longest - from);
}

const NOBODY: DurationStats = { count: 0, mean: null, p50: null, p90: null, p99: null, max: null };

/** Durations with right censoring in the shape of the result document; all null where there is nobody. */
export function durationStats(events: readonly number[], censored: readonly number[]): DurationStats {
  if (events.length + censored.length === 0) return NOBODY;
  const curve = kaplanMeier(events, censored);
  return {
    count: events.length,
    mean: restrictedMean(curve),
    p50: survivalQuantile(curve, 0.5),
    p90: survivalQuantile(curve, 0.9),
    p99: survivalQuantile(curve, 0.99),
    max: curve.times.at(-1) ?? null,
  };
}
