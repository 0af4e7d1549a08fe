import type { BeliefCause } from '../../core/belief_cause.ts';
import type { Metric } from '../../metrics/catalogue.ts';
import type { CellLabel } from '../../run/result.ts';
import type { Sentence } from '../sentences.ts';

/**
 * All that the page shows, as plain JSON: what `assemble` makes of the files of OUT, and all that the page's code knows.
 * Times are milliseconds of virtual time; null is what was not measured.
 */
export interface ReportData {
  readonly scenario: string;
  /** Of meshtrial. */
  readonly version: string;
  readonly seeds: readonly number[];
  readonly durationMs: number;
  /** The metrics of the table first, in its order; then those that only charts need. */
  readonly metrics: readonly MetricData[];
  readonly columns: readonly ColumnData[];
  readonly thresholds: readonly ThresholdData[];
  readonly sentences: readonly Sentence[];
  /** What the scenario says of itself; empty where it says nothing. */
  readonly description: string;
  readonly warnings: readonly WarningData[];
  /** What is missing and why; null where nothing is. */
  readonly incomplete: string | null;
  /** The scenario's file, as replay lines name it. */
  readonly file: string;
  /** Whether that is where it was; else it is a guess. */
  readonly isFileKnown: boolean;
  /** The runs of which the course is shown. */
  readonly shown: ShownRuns;
  /** Over several scenarios, without courses: those are on the page of each. */
  readonly isOverview: boolean;
}

/** What to know before trusting the figures, as the terminal says it. */
interface WarningData {
  /** With the columns it is about, where it is not about all. */
  readonly cause: string;
  readonly effect: string;
  readonly next: string;
}

interface ShownRuns {
  /** The seed that was asked for; null: of each column its median, or else the first there is. */
  readonly asked: number | null;
  /** A seed of which every column has its course too, so that columns can be compared under the same requests; null where they are compared so anyway, or cannot be. */
  readonly common: number | null;
}

export interface MetricData {
  readonly name: string;
  readonly unit: Metric['unit'];
  readonly better: Metric['better'];
  readonly doc: string;
  /** Two lines of a table's head; null where the table does not have it. */
  readonly head: readonly [string, string] | null;
}

/** A column of the matrix: a row of the page's table. */
export interface ColumnData extends CellLabel {
  /** Columns of one group have equal parameters and may be compared. */
  readonly group: string;
  /** By metric, as in `metrics`. */
  readonly estimates: readonly EstimateData[];
  /** Each replication's own values, by metric. */
  readonly runs: readonly { readonly seed: number; readonly values: readonly (number | null)[] }[];
  readonly instances: readonly ShareData[];
  /** How many instances are left out of `instances`. */
  readonly instancesLeftOut: number;
  /** In an overview: whose column it is, its file, and the page of it; null on that page itself. */
  readonly scenario: { readonly name: string; readonly file: string; readonly page: string } | null;
  /** The distribution of latency over all runs, rising; null where it was not recorded. */
  readonly latency: readonly LatencyQuantile[] | null;
  /** Its median replication, and the metric that it is the median by: null where none tells them apart. */
  readonly median: { readonly seed: number; readonly by: string | null };
  /** The run whose course is shown; null where series.csv has none of this column. */
  readonly course: CourseData | null;
  /** That of the common seed, where there is one and it is another. */
  readonly commonCourse: CourseData | null;
  /** P(t) over all replications, second by second; the model's where it has a closed form. */
  readonly availability: { readonly measured: LineData; readonly model: LineData | null } | null;
}

export interface EstimateData {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
  /** Of what is not reached: the longest it was watched for. It lies above. */
  readonly beyond: number | null;
  /** What else there is to say of it, such as `identical in all seeds`, `not reached`. */
  readonly note: string | null;
  readonly mark: 'best' | 'worst' | null;
}

/** The share of successes that took no longer than `ms`, and the 95% interval of that quantile; null where there is none. */
export type LatencyQuantile = readonly [share: number, ms: number, low: number | null, high: number | null];

/** Of what an instance was due and what it got, means over replications. */
export interface ShareData {
  readonly id: string;
  readonly zone: string | null;
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly expected: number | null;
}

export interface ThresholdData {
  readonly expression: string;
  readonly metric: string;
  /** Its place in `columns`. */
  readonly column: number;
  readonly observed: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: string;
  /** Room on the right side of the limit, as a share of it; negative on the wrong side. null where that has no meaning. */
  readonly margin: number | null;
  /** Of one that is not decided: about how many replications would. */
  readonly seedsNeeded: number | null;
}

/** Points of a line: at `fromMs`, and every `stepMs` after it; or at `times`. */
export type LineData =
  | { readonly fromMs: number; readonly stepMs: number; readonly values: readonly (number | null)[] }
  | { readonly times: readonly number[]; readonly values: readonly (number | null)[] };

/** One run of a column as it went. */
export interface CourseData {
  readonly seed: number;
  readonly faults: readonly FaultData[];
  readonly lines: Readonly<Record<LineName, LineData>>;
  /** Attempts a second by instance, means over windows of `stepMs`; the last may be `N others`. */
  readonly requests: { readonly stepMs: number; readonly instances: readonly (readonly [string, readonly number[]])[] };
  /** Ground truth and beliefs of the instances, in the order of the file. */
  readonly instances: readonly InstanceCourse[];
  readonly instancesLeftOut: number;
  /** Its distribution of latency; empty where that over all runs is known. */
  readonly latencyCdf: readonly (readonly [valueMs: number, share: number])[];
  /** Failover latency of all pairs at risk in measured episodes. */
  readonly detection: DetectionData;
}

export const lineNames = [
  'offered',
  'success',
  'retries',
  'inFlight',
  'queue',
  'dispersion',
  'p50',
  'p90',
  'p99',
  'p999',
] as const;
export type LineName = (typeof lineNames)[number];

export interface FaultData {
  /** `KIND#i` */
  readonly fault: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export type SpanData<State extends string> = readonly [fromMs: number, toMs: number, state: State];
/** `down`, or the kind of fault that impairs it. */
export type TruthState = 'down' | 'slow' | 'errors';
/** Why a caller does not believe in an instance; `unseen` until it first does, `unproven` when it is in view again and has yet to show that it is well. */
export type DoubtState = BeliefCause | 'unseen' | 'unproven';

export interface InstanceCourse {
  readonly id: string;
  /** Whether it was well throughout, and believed in once it had been seen. */
  readonly quiet: boolean;
  /** All else is up and well. */
  readonly truth: readonly SpanData<TruthState>[];
  readonly episodes: readonly EpisodeData[];
  readonly callers: readonly CallerCourse[];
  readonly callersLeftOut: number;
}

export interface CallerCourse {
  readonly id: string;
  /** All else is belief. */
  readonly doubts: readonly SpanData<DoubtState>[];
}

/** The instance down from `fromMs` to `toMs`, as result.json tells it. */
export interface EpisodeData {
  readonly fault: string;
  readonly fromMs: number;
  /** null: to the end of the run. */
  readonly toMs: number | null;
  readonly atRisk: number;
  readonly detected: number;
  readonly detectMs: Quantiles;
  readonly drainMs: Quantiles;
  readonly reinstateMs: Quantiles;
  /** Who removed it, and how often; most often first. */
  readonly removedBy: readonly (readonly [BeliefCause, number])[];
}

export interface Quantiles {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export interface DetectionData {
  /** Times of pairs that noticed. */
  readonly times: readonly number[];
  /** How many did not, while they were watched. */
  readonly missed: number;
  /** The distribution by Kaplan and Meier: [ms, share that noticed by then]. */
  readonly cdf: readonly (readonly [number, number])[];
  /** As theory has it, where it does: [ms, share]. */
  readonly law: readonly (readonly [number, number])[];
}
