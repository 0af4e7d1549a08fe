import type { Clock } from '../core/clock.ts';
import type { Key } from '../core/key.ts';
import { fillDefaults, type OptionDescriptors, type OptionValues, type WrittenOptions } from '../core/options.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import type { Host } from './host.ts';

/** Chooses a host for each request. One caller has one (one per worker); it never sees time, chance or hosts but through these ports. */
export interface Strategy {
  /**
   * Membership, eligibility or a weight has changed. `members` are all hosts in the view, `eligible` those that may be
   * picked, both in the registry's order; `eligible` may be empty, and then `pick` is not called. The arrays are only
   * valid during the call. Cold: it may allocate.
   */
  rebuild(members: readonly Host[], eligible: readonly Host[]): void;
  /** One of the eligible hosts. `attempt` is 0 for the first try. Hot: allocates nothing. */
  pick(key: Key, attempt: number): Host;
  /** An attempt was sent to this host; `host.inFlight` already counts it. */
  onStart(host: Host): void;
  /** An attempt has ended; `host.inFlight` no longer counts it. The host may have left the view. */
  onEnd(host: Host, latencyMs: number, outcome: Outcome): void;
}

/** What the property laws may expect of a strategy. */
export interface StrategyTraits {
  /**
   * How picks spread over equal, healthy, idle hosts. exact: in turn, any two hosts differ by one at most in any run of
   * picks; statistical: independently and uniformly; none: no promise.
   */
  readonly evenness: 'exact' | 'statistical' | 'none';
  /** Whether picks follow `host.weight`. */
  readonly weighted: boolean;
  /** Whether equal keys go to equal hosts. */
  readonly affinity: boolean;
  /** What it learns from: attempts in flight, latency, or nothing. */
  readonly feedback: 'none' | 'inFlight' | 'latency';
  /** Work per pick in the number of eligible hosts. */
  readonly cost: 'O(1)' | 'O(log n)' | 'O(n)';
}

export interface StrategyContext<O extends OptionDescriptors> {
  readonly options: OptionValues<O>;
  readonly random: Random;
  readonly clock: Pick<Clock, 'now'>;
}

export interface StrategyDefinition<O extends OptionDescriptors = OptionDescriptors> {
  /** As written in scenarios: lower case, words joined by hyphens. */
  readonly name: string;
  /** One line: what it does and why one would choose it. */
  readonly doc: string;
  /** The system it follows and where its rule is written down. */
  readonly source: string;
  readonly options: O;
  readonly traits: StrategyTraits;
  readonly create: (context: StrategyContext<O>) => Strategy;
}

/** A strategy whose options have been checked: what a balancer is given. */
export interface RegisteredStrategy extends Omit<StrategyDefinition, 'create'> {
  /** Throws a RangeError where an option is unknown or out of range. */
  create(context: { options: WrittenOptions; random: Random; clock: Pick<Clock, 'now'> }): Strategy;
}

/** Everything else about a strategy (validation, lists, laws, benchmarks, default matrix) follows from this one call. */
export function defineStrategy<const O extends OptionDescriptors>(
  definition: StrategyDefinition<O>,
): RegisteredStrategy {
  return {
    ...definition,
    create: ({ options, random, clock }) =>
      // The descriptors and the values' type come from one literal, which the checker cannot follow through fillDefaults.
      definition.create({
        options: fillDefaults(definition.name, definition.options, options) as OptionValues<O>,
        random,
        clock,
      }),
  };
}
