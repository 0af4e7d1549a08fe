import type { ByCause } from '../core/belief_cause.ts';

/**
 * What is measured in one run of one trial: DESIGN.md section 5, in the shape of section 6. Field names are fixed; add,
 * never rename. Statistics of an empty set are null; never NaN or Infinity.
 */
export interface CellMeasures {
  readonly digest: string;
  readonly inputDigest: string;
  readonly requests: {
    readonly offered: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly inFlightAtEnd: number;
    readonly timedOut: number;
    readonly reset: number;
    readonly refused: number;
    readonly error: number;
    readonly rejected: number;
    readonly noHost: number;
    readonly attempts: number;
    readonly retries: number;
  };
  readonly latencyMs: LatencyStats & { readonly all: LatencyStats };
  readonly fairness: Evenness & {
    readonly dispersion: number | null;
    readonly worstCallerJain: number | null;
    readonly busyJain: number | null;
    /** Instances with expected 0. */
    readonly excluded: number;
    readonly byTruth: Evenness;
    readonly windows: {
      readonly jainMean: number | null;
      readonly jainP1: number | null;
      readonly noiseFloor: number | null;
      readonly used: number;
      readonly dropped: number;
    };
  };
  readonly instances: readonly InstanceResult[];
  readonly failovers: readonly FailoverResult[];
  readonly impact: readonly ImpactResult[];
  readonly detector: {
    readonly falsePositives: number;
    readonly goodTimeMs: number;
    readonly meanTimeBetweenMs: number | null;
    readonly meanDurationMs: number | null;
    readonly queryAccuracy: number | null;
    /** Removals of instances that were slow or erring: neither detections nor mistakes. */
    readonly impairedRemovals: { readonly slow: number; readonly errors: number };
  };
  readonly probes: { readonly sent: number; readonly failed: number };
  /** `failovers` pooled over the cell's pairs. */
  readonly failover: {
    readonly atRisk: number;
    readonly detectMs: DurationStats;
    readonly drainMs: DurationStats;
    readonly reinstateMs: DurationStats;
    readonly undetected: number;
    readonly censored: number;
    readonly late: number;
    readonly unexposed: number;
    readonly leaks: Leaks;
    readonly falsePositives: number;
  };
}

export interface LatencyStats {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

export interface Evenness {
  readonly jain: number | null;
  readonly cv: number | null;
  readonly gini: number | null;
  readonly maxOverMean: number | null;
  readonly minOverMean: number | null;
}

export interface InstanceResult {
  readonly id: string;
  readonly zone: string | null;
  readonly weight: number;
  /** Attempts sent to it in [warmup, duration). */
  readonly requests: number;
  /** Those of them that failed. */
  readonly failures: number;
  readonly share: number | null;
  readonly expectedShare: number | null;
  /** Share of [warmup, duration) in which it was up. */
  readonly availability: number;
  /** Busy worker time over concurrency x time up, in [warmup, duration). */
  readonly utilization: number | null;
}

/** Over pairs. `count` is how many reached the event; quantiles are Kaplan-Meier's, null where not reached; the mean is restricted to the longest time observed. */
export interface DurationStats {
  readonly count: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export interface Leaks {
  readonly halfOpen: number;
  readonly unejected: number;
  readonly panic: number;
  readonly staleView: number;
}

export interface FailoverResult {
  readonly instance: string;
  /** `KIND#i`: i is the fault's place in the scenario's list, from 0. */
  readonly fault: string;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly atRisk: number;
  readonly alreadyOut: number;
  readonly notInView: number;
  readonly detectMs: DurationStats;
  readonly drainMs: DurationStats;
  readonly reinstateMs: DurationStats;
  readonly undetected: number;
  readonly censored: number;
  readonly late: number;
  readonly unexposed: number;
  readonly leaks: Leaks;
  readonly removedBy: ByCause<number>;
  readonly failedAttempts: number;
  readonly clientFailures: number;
}

export interface ImpactResult {
  readonly fault: string;
  readonly startMs: number;
  readonly failedAttempts: number;
  readonly clientFailures: number;
  readonly peakErrorRate: number | null;
  readonly outageSeconds: number;
  readonly recoverMs: number | null;
}

/** One row of series.csv: the value of a metric of a subject from `tMs` on, or over the window that starts there. */
export interface SeriesRow {
  readonly tMs: number;
  readonly metric: string;
  readonly subject: string;
  readonly value: number;
}

/** Everything a run leaves behind. Plain data, so that a worker can send it home. */
export interface TrialReport {
  readonly measures: CellMeasures;
  /** Share of instances up in each whole second of [0, duration), time-weighted: P(t) of this replication. */
  readonly upShare: readonly number[];
  /** null unless series were asked for. */
  readonly series: readonly SeriesRow[] | null;
}
