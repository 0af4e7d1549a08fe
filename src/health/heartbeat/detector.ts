import {
  fillDefaults,
  type OptionDescriptors,
  type OptionsProblem,
  type OptionValues,
  type WrittenOptions,
} from '../../core/options.ts';
import type { DetectorPorts } from '../host_detector.ts';
import { HeartbeatDetector } from './heartbeat_detector.ts';

/**
 * Judges the silence of one host: it is trusted until `trustedUntilMs`, which only a heartbeat moves, and suspected from
 * then on. Before the first heartbeat both fields mean nothing.
 */
export interface SilenceJudge {
  /** From then on it is suspected: no sooner, no later, whenever anybody looks. Infinity: never. */
  readonly trustedUntilMs: number;
  /** When the heartbeat should have been sent whose absence decides at `trustedUntilMs`, as near as the detector knows. */
  readonly missedAtMs: number;
  /** A heartbeat has come. Its number grows with every one sent. */
  heard(nowMs: number, sequence: number, sentAtMs: number): void;
}

export interface DetectorDefinition<O extends OptionDescriptors = OptionDescriptors> {
  /** As written in scenarios: lower case, words joined by hyphens. */
  readonly name: string;
  /** One line: what it does and why one would choose it. */
  readonly doc: string;
  /** Who judges so. */
  readonly system: string;
  /** Where the rule is written down. */
  readonly source: string;
  readonly options: O;
  /** What is thought of a host that has never been heard: whether it is trusted. */
  readonly trustsUnheard: boolean;
  /** What is wrong with options each of which is in its range. Absent: nothing ever is. */
  readonly check?: (options: OptionValues<O>) => OptionsProblem | null;
  /** How the silence of one host is judged. Called once for each detector: what follows from the options is worked out there. */
  readonly judges: (options: OptionValues<O>, intervalMs: number) => () => SilenceJudge;
}

export interface DetectorContext extends DetectorPorts {
  readonly options: WrittenOptions;
  /** How often hosts send. */
  readonly intervalMs: number;
}

/** A kind of heartbeat detector whose options are checked when it is made. */
export interface RegisteredDetector extends Omit<DetectorDefinition, 'judges' | 'check'> {
  /** What is wrong with these options, each of which is in its range; null: nothing. */
  problemWith(options: WrittenOptions): OptionsProblem | null;
  /**
   * How long after a heartbeat is sent its host is trusted, after `heartbeats` of them each of which came `latencyMs` after
   * its send. For judging settings without a run.
   */
  trustedForMs(options: WrittenOptions, intervalMs: number, latencyMs: number, heartbeats: number): number;
  /** Throws a RangeError where an option is unknown or out of range. */
  create(context: DetectorContext): HeartbeatDetector;
}

/** Everything else about a kind of heartbeat detector (validation, lists, timers) follows from this one call. */
export function defineDetector<const O extends OptionDescriptors>(
  definition: DetectorDefinition<O>,
): RegisteredDetector {
  const { name, options: descriptors, check, judges, ...rest } = definition;
  // The descriptors and the values' type come from one literal, which the checker cannot follow through fillDefaults.
  const inRange = (written: WrittenOptions) => fillDefaults(name, descriptors, written) as OptionValues<O>;
  return {
    ...rest,
    name,
    options: descriptors,
    problemWith: (written) => check?.(inRange(written)) ?? null,
    trustedForMs: (written, intervalMs, latencyMs, heartbeats) => {
      const judge = judges(inRange(written), intervalMs)();
      for (let i = 0; i < heartbeats; i++) judge.heard(i * intervalMs + latencyMs, i, i * intervalMs);
      return judge.trustedUntilMs - (heartbeats - 1) * intervalMs;
    },
    create: ({ options: written, intervalMs, ...ports }) => {
      if (!(intervalMs > 0 && intervalMs < Infinity)) {
        throw new RangeError(`${name}: the interval of heartbeats must be above 0, found ${intervalMs}`);
      }
      const options = inRange(written);
      const problem = check?.(options) ?? null;
      if (problem !== null) {
        const found = String((options as WrittenOptions)[problem.option]);
        throw new RangeError(`${name}: option '${problem.option}' must be ${problem.expected}, found ${found}`);
      }
      return new HeartbeatDetector(ports, definition.trustsUnheard, judges(options, intervalMs));
    },
  };
}
