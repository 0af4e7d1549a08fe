import type { Clock } from '../core/clock.ts';
import type { Instance } from '../core/instance.ts';
import type { Random } from '../core/random.ts';
import { Check, type CheckContext } from './check.ts';
import type { Probe, ProbeVerdict } from './probe.ts';

/** Envoy's active health checking, as DESIGN.md section 4 writes it. Times in milliseconds. */
export interface HealthCheckSettings {
  readonly kind: 'http' | 'tcp';
  /** From a verdict to the next probe. */
  readonly intervalMs: number;
  /** From a probe's send until it counts as a network failure. */
  readonly timeoutMs: number;
  /** Network failures in a row that turn a host unhealthy; a bad answer does so at once. */
  readonly unhealthyThreshold: number;
  /** Passes in a row that turn a host healthy again; the first pass ever does so at once. */
  readonly healthyThreshold: number;
  /** Up to this much, drawn uniformly, is added to each interval. Default 0. */
  readonly intervalJitterMs: number;
}

export interface HealthCheckerOptions {
  readonly clock: Clock;
  /** Each check draws its phase and jitter from a fork named by its instance's id and how often it was checked before. */
  readonly random: Random;
  readonly probe: Probe;
  readonly settings: HealthCheckSettings;
  /** Told of every verdict, before `onChange` is told what follows from it. */
  readonly onProbe?: (instance: Instance, verdict: ProbeVerdict) => void;
}

/**
 * One caller's active checks. A host is unhealthy when its check starts, and the first probe leaves at a random phase
 * U(0, interval), so that callers do not check in step. Throws a RangeError for settings out of range.
 */
export class HealthChecker {
  private readonly context: CheckContext;
  private readonly random: Random;
  /** How often the check of an id has been stopped, so that one that starts again draws anew. */
  private readonly stops = new Map<string, number>();

  constructor({ clock, random, probe, settings, onProbe }: HealthCheckerOptions) {
    requireInRange(settings);
    this.random = random;
    this.context = {
      clock,
      probe,
      settings,
      deadlines: clock.lane(settings.timeoutMs),
      intervals: clock.lane(settings.intervalMs),
      onProbe: onProbe ?? null,
    };
  }

  /**
   * Checks this instance until the returned function is called; after that nothing is called any more.
   * `onChange` is called when its health changes, with the send time of the probe that decided it.
   */
  start(instance: Instance, onChange: (healthy: boolean, evidenceAtMs: number) => void): () => void {
    const stops = this.stops.get(instance.id) ?? 0;
    const random = this.random.fork(stops === 0 ? instance.id : `${instance.id}#${stops}`);
    const { stop } = new Check(this.context, instance, random, onChange);
    return () => {
      this.stops.set(instance.id, stops + 1);
      stop();
    };
  }
}

function requireInRange(settings: HealthCheckSettings): void {
  const isTime = (value: number) => Number.isFinite(value) && value > 0;
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  demand('intervalMs', settings.intervalMs, isTime(settings.intervalMs), 'a positive time');
  demand('timeoutMs', settings.timeoutMs, isTime(settings.timeoutMs), 'a positive time');
  const jitter = settings.intervalJitterMs;
  demand('intervalJitterMs', jitter, jitter === 0 || isTime(jitter), 'zero or a positive time');
  demand('unhealthyThreshold', settings.unhealthyThreshold, isCount(settings.unhealthyThreshold), 'a count from 1');
  demand('healthyThreshold', settings.healthyThreshold, isCount(settings.healthyThreshold), 'a count from 1');
}

function demand(name: string, value: number, holds: boolean, expected: string): void {
  if (!holds) throw new RangeError(`healthCheck.${name} must be ${expected}, found ${value}`);
}
