import type { BeliefCause, ToldByCause } from '../core/belief_cause.ts';
import type { CellSample } from './sample.ts';

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
  /** Health probes that ended in [warmup, duration), whoever sent them: callers, agents at nodes, the registry. */
  readonly probes: { readonly sent: number; readonly failed: number };
  /** Each source of verdicts by itself, as if it alone were believed; last `all`, the belief they make together. */
  readonly detectors: readonly DetectorResult[];
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
    /** `detectMs`, of those only that the cause removed: no pair is censored. */
    readonly detectByMs: ToldByCause<DurationStats>;
  };
  /** What all faults together did to callers; null where the run had no twin beside it. */
  readonly twin: TwinResult | null;
}

/**
 * A run against its twin: the same seed, the same requests, no faults. Of the cell as a whole, however many faults it has.
 * Every figure is a net one: what went worse than in the twin minus what went better, so that it does not grow with the
 * picks that merely fall otherwise once a fault has shifted them, and is 0 where faults do nothing.
 */
export interface TwinResult {
  /** Requests that failed, or had no answer, here and not there, minus the reverse. */
  readonly failures: number;
  /** Requests, of those that succeeded in both, that were slower than the twin's p99: here minus there. */
  readonly delayedRequests: number;
  /** Longer waits minus shorter ones, summed over the requests that succeeded in both. */
  readonly extraSeconds: number;
  /** `failures` without those whose last attempt was on an instance as a fault acted on it. */
  readonly collateral: number;
}

/** Quality of detection of one source, after Chen, Toueg and Aguilera (IEEE Trans. Computers 51(5), 2002). */
export interface DetectorResult {
  readonly detector: BeliefCause | 'all';
  /** Pairs (caller, instance) with a good verdict as the instance went down. */
  readonly atRisk: number;
  /** T_D: from going down to its verdict turning bad. */
  readonly detectMs: DurationStats;
  /** Pairs in which it had not turned by the repair. */
  readonly undetected: number;
  /** Pairs in which it had not turned when the run ended, or the instance left the view before. */
  readonly censored: number;
  /** Bad verdicts on instances that were well. */
  readonly falsePositives: number;
  readonly goodTimeMs: number;
  /** T_MR. */
  readonly meanTimeBetweenMs: number | null;
  /** T_M. */
  readonly meanDurationMs: number | null;
  /** P_A. */
  readonly queryAccuracy: number | null;
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
  /** Health probes of it that ended in [warmup, duration), of all who check it. */
  readonly probes: number;
  /** The same, a second. */
  readonly probesPerSecond: number;
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
  readonly removedBy: ToldByCause<number>;
  readonly failedAttempts: number;
  readonly clientFailures: number;
  /** `detectMs`, of those only that the cause removed: no pair is censored. */
  readonly detectByMs: ToldByCause<DurationStats>;
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
  readonly sample: CellSample;
  /** Share of instances up in each whole second of [0, duration), time-weighted: P(t) of this replication. */
  readonly upShare: readonly number[];
  /** null unless series were asked for. */
  readonly series: readonly SeriesRow[] | null;
}
