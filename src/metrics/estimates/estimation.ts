import type { BeliefCause } from '../../core/belief_cause.ts';

/** Whose times a curve of Kaplan and Meier is of: a name in the sample of a run. */
export type CurveName = 'detect' | 'drain' | 'reinstate' | `detectBy.${BeliefCause}`;

/** The figures of a curve that the catalogue has: quantiles, and the restricted mean. */
export type CurveFigure = 0.5 | 0.9 | 0.99 | 'mean';

/**
 * How a metric is estimated over replications (theory.md, Intervals).
 * - `mean`: the mean of the replications' values, Student's interval.
 * - `merged`: the quantile of the merged histogram of all requests.
 * - `survival`: a figure of Kaplan and Meier's curve over the pairs of all replications.
 * - `events`: the mean number of events a run, exact where they are rare.
 * - `share`: the mean share, its interval on the scale of the logit.
 * - `jain`: through CV^2, of which Jain's index is 1 / (1 + CV^2).
 */
export type Estimation =
  | { readonly by: 'mean' | 'events' | 'share' | 'jain' }
  | { readonly by: 'merged'; readonly of: 'successes' | 'all'; readonly q: number }
  | { readonly by: 'survival'; readonly of: CurveName; readonly figure: CurveFigure };

/** The rule that an interval comes from. `student` also where the samples that another rule pools are not at hand. */
export type Method = 'student' | 'merged-histogram' | 'kaplan-meier' | 'poisson' | 'logit' | 'jain';

/** Said of an interval without width: nothing varied, which is not the same as that much is known. */
export const IDENTICAL = 'identical in all seeds';
