import { type BeliefCause, type ByCause, byCause } from '../core/belief_cause.ts';
import type { ConditionsSample } from './conditions.ts';
import type { PackedHistogram } from './histogram.ts';

/**
 * What a run is pooled with its other replications by: the samples behind those measures that do not add up. It stays
 * inside; no output has it. Plain data, so that a worker can send it home.
 */
export interface CellSample {
  readonly latency: {
    readonly successes: PackedHistogram;
    /** Failed and unfinished requests too. */
    readonly all: PackedHistogram;
  };
  /** Over all pairs of all episodes. */
  readonly failover: {
    readonly detect: PairTimes;
    readonly drain: PairTimes;
    readonly reinstate: PairTimes;
    /** Of `detect`, those that the cause removed; none is censored. */
    readonly detectBy: ByCause<PairTimes>;
  };
  readonly conditions: ConditionsSample;
}

/** Durations of pairs in ms, and how long those that did not get there were watched. */
export interface PairTimes {
  readonly events: Float64Array;
  readonly censored: Float64Array;
}

interface Censored {
  readonly events: readonly number[];
  readonly censored: readonly number[];
}

/** What the sample needs of an episode. */
interface EpisodeTimes {
  readonly detect: Censored;
  readonly drain: Censored;
  readonly reinstate: Censored;
  readonly detectBy: Readonly<Record<BeliefCause, readonly number[]>>;
}

export function failoverSample(episodes: readonly EpisodeTimes[]): CellSample['failover'] {
  const pool = (times: (episode: EpisodeTimes) => Censored): PairTimes => ({
    events: Float64Array.from(episodes.flatMap((episode) => times(episode).events)),
    censored: Float64Array.from(episodes.flatMap((episode) => times(episode).censored)),
  });
  return {
    detect: pool(({ detect }) => detect),
    drain: pool(({ drain }) => drain),
    reinstate: pool(({ reinstate }) => reinstate),
    detectBy: byCause((cause) => pool(({ detectBy }) => ({ events: detectBy[cause], censored: [] }))),
  };
}
