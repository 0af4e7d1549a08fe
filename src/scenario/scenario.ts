import type { TrialConfig } from '../sim/config.ts';

/** A valid scenario file: what to run, all defaults filled in, all times in milliseconds. Plain data. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  readonly replications: number;
  /** One for each point of the matrix, in the order written, the last axis varying fastest. At least one. */
  readonly columns: readonly Column[];
  readonly thresholds: readonly Threshold[];
}

/** One point of the matrix: a world and what it is called. Replications of it are cells. */
export interface Column {
  /** The policy's name, or `name(option=value,..)` where options are written (values as written, e.g. `peak-ewma(decayTime=5s)`). */
  readonly strategy: string;
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
}
