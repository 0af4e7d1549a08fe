import type { CellMeasures } from '../metrics/measures.ts';

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
  /** Of the scenario's variants; null where it names none. */
  readonly variant: string | null;
  /** Matrix parameters other than the policy, by path, as written in the scenario. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

export interface CellResult extends CellLabel, CellMeasures {
  readonly seed: number;
}

export interface SummaryRow extends CellLabel {
  readonly metric: string;
  /** Over the replications in which the metric has a value; `n` is how many. null where it is not reached in one. */
  readonly mean: number | null;
  /** 95% interval; null with fewer than two, and without a mean. */
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

export interface ComparisonRow extends CellLabel {
  readonly metric: string;
  /** The strategy compared against. */
  readonly reference: string;
  /** This strategy minus the reference, paired by seed. null where only one of a pair has a value, or is reached. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
  /** `lower` and `higher` say on which side of 0 the whole interval lies. */
  readonly verdict: 'lower' | 'higher' | 'same' | 'unclear';
}

export interface ThresholdRow extends CellLabel {
  readonly expression: string;
  /** The mean of the summary. */
  readonly observed: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: 'pass' | 'fail';
}
