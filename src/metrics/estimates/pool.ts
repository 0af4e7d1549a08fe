import type { BeliefCause } from '../../core/belief_cause.ts';
import { Histogram } from '../histogram.ts';
import { kaplanMeier, type SurvivalCurve } from '../kaplan_meier.ts';
import type { CellMeasures } from '../measures.ts';
import type { CellSample, PairTimes } from '../sample.ts';
import { createGrid, type UnitTimes } from './curve_grid.ts';
import { type CurveResamples, resampleCurve } from './curve_resamples.ts';
import type { CurveName } from './estimation.ts';
import type { createResampling } from './resampling.ts';

/** One replication, as far as pooling looks. */
export interface Replication {
  readonly result: CellMeasures;
  readonly sample: CellSample;
}

/** The replications of a column together. Everything is worked out when first asked for, once. */
export interface Pool {
  readonly cells: readonly Replication[];
  /** Faults that struck: what pairs of one fault learn of it is not independent. */
  readonly independentEvents: number;
  /** null where no sample has a request. */
  histogram(of: 'successes' | 'all'): Histogram | null;
  /** null where no sample has a pair. */
  curve(of: CurveName): PooledCurve | null;
}

/** Kaplan and Meier's curve over the pairs of all replications. */
export interface PooledCurve {
  readonly curve: SurvivalCurve;
  /** All of them, censored ones too. */
  readonly pairs: number;
  /** Replications with a pair. */
  readonly replications: number;
  resamples(): CurveResamples;
}

/** Beyond this many, replications are resampled in batches that are as good as independent too. */
const MOST_UNITS = 400;

export function createPool(cells: readonly Replication[], resampling: ReturnType<typeof createResampling>): Pool {
  return {
    cells,
    independentEvents: cells.reduce((total, { result }) => total + eventsOf(result), 0),
    histogram: once((of: 'successes' | 'all') => mergeHistograms(cells.map(({ sample }) => sample.latency[of]))),
    curve: once((of: CurveName) =>
      poolCurve(
        cells.map(({ sample }) => timesOf(sample, of)),
        resampling,
      ),
    ),
  };
}

function once<Key, Value>(work: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key) ?? { value: work(key) };
    known.set(key, found);
    return found.value;
  };
}

/** Several instances that go down at once by one entry are one event. */
function eventsOf({ failovers }: CellMeasures): number {
  return new Set(failovers.filter(({ atRisk }) => atRisk > 0).map(({ fault, startMs }) => `${fault} ${startMs}`)).size;
}

function mergeHistograms(packed: readonly CellSample['latency']['all'][]): Histogram | null {
  if (packed.every(({ count }) => count === 0)) return null;
  const merged = new Histogram();
  for (const one of packed) merged.mergePacked(one);
  return merged;
}

function timesOf({ failover }: CellSample, name: CurveName): PairTimes {
  if (name === 'detect' || name === 'drain' || name === 'reinstate') return failover[name];
  return failover.detectBy[name.slice('detectBy.'.length) as BeliefCause];
}

function poolCurve(times: readonly PairTimes[], resampling: ReturnType<typeof createResampling>): PooledCurve | null {
  const events = joined(times.map((own) => own.events)).sort();
  const censored = joined(times.map((own) => own.censored));
  const pairs = events.length + censored.length;
  if (pairs === 0) return null;
  const curve = kaplanMeier(events, censored);
  const resampled = once((_: 'all') => {
    const units = batched(times);
    return resampleCurve(createGrid(units, events), resampling(units.length), curve);
  });
  const replications = times.filter((own) => own.events.length + own.censored.length > 0).length;
  return { curve, pairs, replications, resamples: () => resampled('all') };
}

function batched(times: readonly PairTimes[]): readonly UnitTimes[] {
  if (times.length <= MOST_UNITS) return times;
  const size = Math.ceil(times.length / MOST_UNITS);
  return Array.from({ length: Math.ceil(times.length / size) }, (_, i) => {
    const own = times.slice(i * size, (i + 1) * size);
    return {
      events: joined(own.map(({ events }) => events)),
      censored: joined(own.map(({ censored }) => censored)),
    };
  });
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
