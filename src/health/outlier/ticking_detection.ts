import { type Clock, NO_TIMER, type TimerId } from '../../core/clock.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { PassiveHealth, PassiveListener, PassivePorts } from '../passive.ts';
import { OutlierHost } from './outlier_host.ts';
import { type OutlierDetectionSettings, requireOutlierSettings } from './settings.ts';

export interface OutlierDetectionOptions extends PassivePorts {
  readonly settings: OutlierDetectionSettings;
  /** Until the first pass over the hosts. Default one interval: it starts with the caller. */
  readonly firstTickMs?: number;
}

/** Sums of a few hundred times differ by this share at most through rounding alone. */
const ROUNDING = 1e-12;

/** What Envoy's and gRPC's outlier detection have in common: hosts in the order they joined, and a pass over them each interval. */
export abstract class TickingDetection implements PassiveHealth {
  protected readonly clock: Clock;
  protected readonly random: Random;
  protected readonly settings: OutlierDetectionSettings;
  protected readonly hosts: OutlierHost[] = [];
  private readonly byNumber: (OutlierHost | undefined)[] = [];
  private readonly listener: PassiveListener;
  private timer: TimerId = NO_TIMER;

  constructor({ clock, random, settings, listener, firstTickMs }: OutlierDetectionOptions, acts: boolean) {
    requireOutlierSettings(settings);
    this.clock = clock;
    this.random = random;
    this.settings = settings;
    this.listener = listener;
    if (acts) this.timer = clock.schedule(firstTickMs ?? settings.intervalMs, this.onTick, 0);
  }

  add(host: number, priority = 0): void {
    this.remove(host);
    const added = new OutlierHost(host, priority);
    this.byNumber[host] = added;
    this.hosts.push(added);
  }

  remove(host: number): void {
    const known = this.byNumber[host];
    if (known === undefined) return;
    this.byNumber[host] = undefined;
    this.hosts.splice(this.hosts.indexOf(known), 1);
    this.removed(known);
  }

  started(): void {}

  ended(host: number, outcome: Outcome, sentAtMs = this.clock.now()): void {
    const known = this.byNumber[host];
    if (known !== undefined) this.record(known, outcome, sentAtMs);
  }

  checkPassed(host: number): void {
    const known = this.byNumber[host];
    if (known?.ejected) this.passed(known);
  }

  close(): void {
    this.clock.cancel(this.timer);
  }

  protected abstract record(host: OutlierHost, outcome: Outcome, sentAtMs: number): void;
  /** An active check of an ejected host has passed. */
  protected abstract passed(host: OutlierHost): void;
  protected abstract removed(host: OutlierHost): void;
  protected abstract tick(nowMs: number): void;

  protected tell(host: OutlierHost, evidenceAtMs: number): void {
    this.listener(host.host, host.ejected, evidenceAtMs, false);
  }

  private readonly onTick = (): void => {
    // First, so that a listener may close this.
    this.timer = this.clock.schedule(this.settings.intervalMs, this.onTick, 0);
    this.tick(this.clock.now());
  };
}

/** How much longer than `lengthMs` it has been since then: 0 where only rounding tells. */
export function beyondMs(nowMs: number, sinceMs: number, lengthMs: number): number {
  const beyond = nowMs - sinceMs - lengthMs;
  return Math.abs(beyond) <= ROUNDING * nowMs ? 0 : beyond;
}

/** Mean less so many standard deviations (of the population) of rates: below it is an outlier. */
export function outlierThreshold(rates: readonly number[], stdevFactor: number): number {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
  return mean - stdevFactor * Math.sqrt(variance);
}
