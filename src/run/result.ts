import type { Method } from '../metrics/estimates/estimation.ts';
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
  readonly best: readonly BestRow[];
  /** How precise the estimates became; null where the scenario asks for no precision, or no batch was finished. */
  readonly precision: PrecisionResult | null;
  /** What is missing; null where every cell that was due is there. */
  readonly incomplete: Incomplete | null;
  /** What the scenario says of itself; empty where it says nothing. */
  readonly description: string;
  /** What a reader should know before trusting the figures. */
  readonly warnings: readonly Warning[];
}

/** Something a reader should know before trusting the figures: what is so, what follows, what to do. Each one sentence. */
export interface Warning {
  readonly cause: string;
  readonly effect: string;
  readonly next: string;
  /** The columns it is about; empty where it is about all of them. */
  readonly columns: readonly CellLabel[];
}

/** Where adding replications ended. */
export interface PrecisionResult {
  /** Whether every metric that was named is as precise as asked, in every column. */
  readonly met: boolean;
  /** Of each column. */
  readonly replications: number;
  /** What is less precise than asked. */
  readonly unmet: readonly PrecisionRow[];
}

export interface PrecisionRow extends CellLabel {
  readonly metric: string;
  /** Half the width of the 95% interval; null where there is none. */
  readonly halfWidth: number | null;
  readonly wanted: number;
  /** Whether both are shares of the estimate; else they are in the metric's unit. */
  readonly relative: boolean;
}

/** Why cells that were due are not in the document, and which. */
export interface Incomplete {
  /** interrupted: somebody stopped it. threshold: one with `abortOnFail` did. failed: cells could not be run to their end. */
  readonly reason: 'interrupted' | 'threshold' | 'failed';
  /** Cells in the document. */
  readonly done: number;
  /** Cells that were due; batches that `precision` would have added are not counted. */
  readonly of: number;
  /** Which threshold it was, and of which column. */
  readonly threshold: (CellLabel & { readonly expression: string }) | null;
  /** The cells that failed. */
  readonly failed: readonly (CellLabel & { readonly seed: number })[];
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
  /**
   * The metric over the replications, by `method`: their mean, a quantile of all their requests, a figure of the curve of
   * all their pairs. null where nothing was measured, or where it is not reached: then `beyond` or `note` says so.
   */
  readonly mean: number | null;
  /** 95% interval; null with fewer than two replications, and where `note` says why. `high` alone is null where the interval has no upper end: beyond what was watched. */
  readonly low: number | null;
  readonly high: number | null;
  /** Replications in which it has a value. */
  readonly n: number;
  readonly method: Method;
  /** Such as `identical in all seeds`, `0, below 0.3 a run`, `not reached`, `only 3 events: ..`. */
  readonly note: string | null;
  /** In the metric's unit: of what is not reached, the longest it was watched for. It lies above. */
  readonly beyond: number | null;
}

export interface ComparisonRow extends CellLabel {
  readonly metric: string;
  /** The strategy compared against, or the variant. */
  readonly reference: string;
  /** This one minus the reference. null where only one of a pair has a value, or is reached. */
  readonly difference: number | null;
  /** The interval holds the difference in 95% of all studies together with those of the other `family - 1` differences. */
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
  /**
   * `lower` and `higher` say on which side of 0 the whole interval lies; `negligible`: a difference of less than 1%, known
   * well enough to say so; `same`: equal under every seed.
   */
  readonly verdict: 'lower' | 'higher' | 'same' | 'negligible' | 'unclear';
  /** What is set against each other: strategies in one variant, or variants of one column. */
  readonly compares: 'strategy' | 'variant';
  /** `paired` by seed where both met the same requests, `welch` where they did not. */
  readonly test: 'paired' | 'welch';
  /** This one over the reference, with the interval of its logarithm, as simultaneous; null unless both are above 0. */
  readonly ratio: number | null;
  readonly ratioLow: number | null;
  readonly ratioHigh: number | null;
  /** How many are compared with the reference at once. */
  readonly family: number;
}

/** Who is best at a metric: everybody who cannot be told from the leader. */
export interface BestRow {
  readonly metric: string;
  readonly compares: ComparisonRow['compares'];
  /** null where strategies are compared. */
  readonly strategy: string | null;
  /** null where variants are compared. */
  readonly variant: string | null;
  readonly params: CellLabel['params'];
  /** The leader first; all of them where nobody can be told from it. */
  readonly best: readonly string[];
}

export interface ThresholdRow extends CellLabel {
  readonly expression: string;
  /** The summary's. */
  readonly observed: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** `inconclusive` where the limit lies within the interval. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** About how many replications it would take to decide; null where it is decided, or nobody can say. */
  readonly seedsNeeded: number | null;
}
