import type { RegisteredStrategy, Strategy, StrategyTraits } from '../../src/balancer/strategy.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { OptionDescriptor, WrittenOptions } from '../../src/core/options.ts';
import { type Random, randomStream } from '../../src/core/random.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { ports } from '../helpers/ports.ts';

/** A strategy with its options: what a law is applied to. */
export interface Subject {
  readonly label: string;
  readonly definition: RegisteredStrategy;
  readonly options: WrittenOptions;
}

/** Something that holds for every strategy with such traits. `check` throws where it does not. */
export interface Law {
  readonly name: string;
  applies(traits: StrategyTraits): boolean;
  check(subject: Subject): void;
}

/**
 * The probability that sound code fails any statistical check of the laws, were the seeds drawn anew. Shared by at most
 * `MAX_CHECKS` checks, so each may fail with FAMILY_ERROR / MAX_CHECKS.
 */
const FAMILY_ERROR = 1e-3;
export const MAX_CHECKS = 1000;
/** x = ln(1/p) for one check: the exponent in the tail bounds below. */
const TAIL_EXPONENT = Math.log(MAX_CHECKS / FAMILY_ERROR);

/** How far a share of m independent trials may lie above its expectation: Hoeffding, P(excess >= e) <= exp(-2 m e^2). */
export function shareExcess(trials: number): number {
  return Math.sqrt(TAIL_EXPONENT / (2 * trials));
}

/** Where chi-squared with d degrees of freedom lies but for the tails: Laurent & Massart, Ann. Statist. 28(5), 2000, lemma 1. */
export function chiSquaredBounds(d: number): { low: number; high: number } {
  const spread = 2 * Math.sqrt(d * TAIL_EXPONENT);
  return { low: d - spread, high: d + spread + 2 * TAIL_EXPONENT };
}

/** Pearson's statistic of counts against the counts expected. */
export function pearson(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce((sum, count, i) => sum + (count - expected[i]) ** 2 / expected[i], 0);
}

export function traitsOf({ definition, options }: Subject): StrategyTraits {
  return definition.variantOf(options).traits;
}

export function create(
  subject: Subject,
  seed: number | string,
  clock: Pick<Clock, 'now'> = new ManualClock(),
  random: Random = randomStream(`laws/${seed}`),
): Strategy {
  return subject.definition.create({ options: subject.options, ...ports({ random, clock }) });
}

/** The strategy with its defaults, and again with each value worth trying of each option. */
export function subjectsOf(definition: RegisteredStrategy): Subject[] {
  const subjects: Subject[] = [{ label: definition.name, definition, options: {} }];
  for (const [option, descriptor] of Object.entries(definition.options)) {
    for (const value of valuesOf(descriptor)) {
      if (value === descriptor.default) continue;
      subjects.push({ label: `${definition.name}(${option}=${value})`, definition, options: { [option]: value } });
    }
  }
  return subjects;
}

function valuesOf(descriptor: OptionDescriptor): (number | boolean | string)[] {
  if (descriptor.type === 'choice') return [...descriptor.values];
  if (descriptor.type === 'boolean') return [false, true];
  const { min, max, default: usual } = descriptor;
  const next = descriptor.type === 'integer' && typeof usual === 'number' ? usual + 1 : undefined;
  return [min, next, max].filter((value) => value !== undefined && (max === undefined || value <= max)) as number[];
}
