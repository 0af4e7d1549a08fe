/** The result document: DESIGN.md section 6. Field names are fixed; add, never rename. Never NaN or Infinity: null. */
export interface ResultDocument {
  readonly schema: 1;
  readonly scenario: string;
  /** Of meshtrial. */
  readonly version: string;
  readonly cells: readonly CellResult[];
  readonly summary: readonly SummaryRow[];
  readonly comparison: readonly ComparisonRow[];
  readonly thresholds: readonly ThresholdRow[];
}

/** Which column of the matrix: what every cell and every row about cells carries. */
export interface CellLabel {
  /** The policy's name, or `name(option=value,..)` where options are written. */
  readonly strategy: string;
  /** null until a scenario names variants. */
  readonly variant: string | null;
  /** Matrix parameters other than the policy, by path, as written in the scenario. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

export interface CellResult extends CellLabel {
  readonly seed: number;
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
  readonly removedBy: { readonly activeCheck: number; readonly ejection: number; readonly registry: number };
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

export interface SummaryRow extends CellLabel {
  readonly metric: string;
  /** Over the replications in which the metric has a value; `n` is how many. */
  readonly mean: number | null;
  /** 95% interval; null with fewer than two. */
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

export interface ComparisonRow extends CellLabel {
  readonly metric: string;
  /** The strategy compared against. */
  readonly reference: string;
  /** This strategy minus the reference, paired by seed. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
  /** `lower` and `higher` say on which side of 0 the whole interval lies. */
  readonly verdict: 'lower' | 'higher' | 'same' | 'unclear';
}

export interface ThresholdRow extends CellLabel {
  readonly expression: string;
  readonly observed: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: 'pass' | 'fail';
}
