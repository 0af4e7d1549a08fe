import type { TrialConfig } from '../sim/config.ts';

/** A valid scenario file: what to run, all defaults filled in, all times in milliseconds. Plain data. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  readonly replications: number;
  /** How narrow intervals must become: replications are added until they are. Empty: there are as many as `replications`. */
  readonly precision: readonly Precision[];
  /** Where that ends at the latest. Without `precision` the same as `replications`. */
  readonly maxReplications: number;
  /** `twin`: each run goes beside one without its faults, so that what they did can be told from what was so anyway. */
  readonly impact: 'none' | 'twin';
  /** One for each variant and point of the matrix, in the order written: variants slowest, the last axis fastest. At least one. */
  readonly columns: readonly Column[];
  readonly thresholds: readonly Threshold[];
}

/** One point of the matrix for one variant: a world and what it is called. Replications of it are cells. */
export interface Column {
  /** The policy's name, or `name(option=value,..)` where options are written (values as written, e.g. `peak-ewma(decayTime=5s)`). */
  readonly strategy: string;
  /** The variant's name; null where the scenario names no variants. */
  readonly variant: string | null;
  /** The place of the point in the matrix, from 0: equal for columns that differ in their variant only. */
  readonly point: number;
  /** The other matrix axes, by path, each with its value as written. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly trial: TrialConfig;
}

export interface Threshold {
  /** As written, with single spaces. */
  readonly expression: string;
  /** A name from the catalogue of metrics, such as `latency.p99`. */
  readonly metric: string;
  readonly operator: '<' | '<=' | '>' | '>=';
  /** In the metric's inside unit: milliseconds, shares of one, counts. */
  readonly limit: number;
  /** It holds for columns of these strategies only, as columns call theirs; null: for those of all. */
  readonly strategies: readonly string[] | null;
  /** It holds for columns of these variants only; null: for those of all. */
  readonly variants: readonly string[] | null;
  /** Whether the study ends where this cannot hold any more. */
  readonly abortOnFail: boolean;
}

/** Half the width that the 95% interval of a metric may have. One of the two is null. */
export interface Precision {
  /** A name from the catalogue of metrics. */
  readonly metric: string;
  /** As a share of the metric's estimate, above 0. */
  readonly relative: number | null;
  /** In the metric's inside unit, above 0. */
  readonly absolute: number | null;
}
