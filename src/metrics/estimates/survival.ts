import { studentQuantile } from '../intervals.ts';
import { restrictedMean, survivalQuantile } from '../kaplan_meier.ts';
import { NOT_REACHED } from '../not_reached.ts';
import { areIdentical, type Estimate } from './estimate.ts';
import type { CurveFigure } from './estimation.ts';
import { IDENTICAL } from './estimation.ts';
import type { PooledCurve } from './pool.ts';
import { expandedPercentiles, resampledError } from './resampling.ts';

/** A 99th percentile of fewer pairs than this, or of fewer independent events, has no interval worth printing (theory.md). */
export const PAIRS_FOR_P99 = 500;
export const EVENTS_FOR_P99 = 30;
/** Fewer replications have too few different resamples for percentiles: with 4 there are 35. */
const UNITS_FOR_PERCENTILES = 5;

/** Why a figure has no interval: `only 3 events`; null where it may have one. */
export function tooFew(pooled: PooledCurve, figure: CurveFigure, independentEvents: number): string | null {
  if (figure !== 0.99) return null;
  const events = independentEvents === 1 ? 'event' : 'events';
  if (independentEvents < EVENTS_FOR_P99) return `only ${independentEvents} ${events}`;
  return pooled.pairs < PAIRS_FOR_P99 ? `only ${pooled.pairs} pairs` : null;
}

/** A figure of the pooled curve with the interval that resampled replications give it. `values` are those of the replications alone. */
export function survivalEstimate(
  pooled: PooledCurve,
  figure: CurveFigure,
  independentEvents: number,
  values: readonly (number | null)[],
): Estimate {
  const { curve, pairs, replications: n } = pooled;
  const point = curveFigure(pooled, figure);
  const beyond = point === NOT_REACHED ? curve.longest : null;
  const none = { point, low: null, high: null, n, method: 'kaplan-meier', note: null, beyond } as const;
  const why = tooFew(pooled, figure, independentEvents);
  if (why !== null) return { ...none, note: `${why}: ${pairs} pairs, longest ${longestText(curve.times.at(-1))}` };
  if (n < 2 || point === NOT_REACHED) return none;
  const note = areIdentical(values) ? IDENTICAL : null;
  const resamples = pooled.resamples()[figure];
  if (n >= UNITS_FOR_PERCENTILES) return { ...none, ...expandedPercentiles(resamples, n), note };
  const error = resampledError(resamples, n);
  if (!Number.isFinite(error)) return none;
  const half = studentQuantile(0.95, n - 1) * error;
  return { ...none, low: Math.max(0, point - half), high: point + half, note };
}

/** NOT_REACHED where too few pairs got that far. */
function curveFigure({ curve }: PooledCurve, figure: CurveFigure): number {
  return figure === 'mean' ? restrictedMean(curve) : (survivalQuantile(curve, figure) ?? NOT_REACHED);
}

function longestText(ms: number | undefined): string {
  return ms === undefined ? 'none' : `${Number(ms.toPrecision(3))} ms`;
}
