import type { RegisteredStrategy, StrategyTraits } from '../../src/balancer/strategy.ts';
import type { WrittenOptions } from '../../src/core/options.ts';

/** A strategy with its options: what a law is applied to. */
export interface Subject {
  readonly label: string;
  readonly definition: RegisteredStrategy;
  readonly options: WrittenOptions;
  /** A variant as it is named, and not one of its options at another value: tried more often. */
  readonly named: boolean;
}

/** Something that holds for every strategy with such traits. `check` throws where it does not. */
export interface Law {
  readonly name: string;
  applies(traits: StrategyTraits): boolean;
  check(subject: Subject): void;
}

export function traitsOf({ definition, options }: Subject): StrategyTraits {
  return definition.variantOf(options).traits;
}

/**
 * How many random cases to try. A named variant gets all of them. Of its options each value gets a quarter: it changes
 * one number of what has been tried in full, and the values of all variants together meet many more cases than that.
 */
export function runsOf({ named }: Subject, usual: number): number {
  return named ? usual : Math.ceil(usual / 4);
}

/**
 * The probability that sound code fails any statistical check of the laws, were the seeds drawn anew. Shared by at most
 * `MAX_CHECKS` checks, so each may fail with FAMILY_ERROR / MAX_CHECKS.
 */
const FAMILY_ERROR = 1e-3;
export const MAX_CHECKS = 50_000;
/** x = ln(1/p) for one check: the exponent in the tail bounds below. */
const TAIL_EXPONENT = Math.log(MAX_CHECKS / FAMILY_ERROR);
/** No bound is held against more figures than this, either side counted: slow start looks at ten shares. */
const FIGURES_PER_BOUND = 20;
let bounds = 0;

/** Statistical checks made so far, at most. */
export function checksMade(): number {
  return FIGURES_PER_BOUND * bounds;
}

function tailExponent(): number {
  bounds++;
  return TAIL_EXPONENT;
}

/** How far a share of m independent trials may lie to one side of its expectation: Hoeffding, P(excess >= e) <= exp(-2 m e^2). */
export function shareExcess(trials: number): number {
  return Math.sqrt(tailExponent() / (2 * trials));
}

/** Where chi-squared with d degrees of freedom lies but for the tails: Laurent & Massart, Ann. Statist. 28(5), 2000, lemma 1. */
export function chiSquaredBounds(d: number): { low: number; high: number } {
  const spread = 2 * Math.sqrt(d * tailExponent());
  return { low: d - spread, high: d + spread + 2 * TAIL_EXPONENT };
}

/**
 * How far the part of a circle that `own` of `points` random points cut off, Beta(own, points - own), may lie to one side
 * of its mean: Skorski, Bernstein-type bounds for beta distribution, Modern Stochastics 10(2), 2023, theorem 1:
 * P(excess >= e) <= exp(-e^2 / (2 (v + c e / 3))), v the variance, c = 2 (b - a) / ((a + b)(a + b + 2)), at least 0.
 */
export function arcExcess(own: number, points: number): number {
  const x = tailExponent();
  const variance = (own * (points - own)) / (points ** 2 * (points + 1));
  const c = Math.max(0, (2 * (points - 2 * own)) / (points * (points + 2)));
  // The root of e^2 = 2 x (variance + c e / 3).
  return (x * c) / 3 + Math.sqrt(((x * c) / 3) ** 2 + 2 * x * variance);
}

/** Pearson's statistic of counts against the counts expected. */
export function pearson(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce((sum, count, i) => sum + (count - expected[i]) ** 2 / expected[i], 0);
}
