import type { Clock } from '../../core/clock.ts';
import type { EqualJitteredBackoff } from './backoff.ts';
import { WindowedCounts } from './windowed_counts.ts';

/** Twitter's count of the requests in the window has so many slices (FailureAccrualPolicy.scala: chosen "arbitrarily"). */
const SLICES = 5;

/** Dead after so many failures in a row (FailureAccrualPolicy.consecutiveFailures). */
export class ConsecutiveFailures {
  private readonly threshold: number;
  private readonly backoff: EqualJitteredBackoff;
  private inARow = 0;

  constructor(threshold: number, backoff: EqualJitteredBackoff) {
    this.threshold = threshold;
    this.backoff = backoff;
  }

  succeeded(): void {
    this.inARow = 0;
  }

  /** For how long the host is to be dead; 0: it is not. */
  failed(): number {
    this.inARow++;
    return this.threshold > 0 && this.inARow >= this.threshold ? this.backoff.next() : 0;
  }

  /** The success that revives a host is told next, and ends the run. */
  revived(): void {
    this.backoff.reset();
  }
}

/**
 * Dead once the success rate is too low (FailureAccrualPolicy.successRateWithinDuration): a moving average in which a
 * result weighs e^(-age/window) (util/Ema.scala), the first as it is. Only from one window after the start or the last
 * revival on, and only with enough requests in the window.
 */
export class SuccessRate {
  private readonly required: number;
  private readonly windowMs: number;
  private readonly minRequests: number;
  private readonly backoff: EqualJitteredBackoff;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly requests: WindowedCounts;
  private startMs: number;
  private average = 0;
  /** When the average was last brought up to date. NaN: there is none. */
  private atMs = Number.NaN;

  constructor(
    required: number,
    windowMs: number,
    minRequests: number,
    backoff: EqualJitteredBackoff,
    clock: Pick<Clock, 'now'>,
  ) {
    this.required = required;
    this.windowMs = windowMs;
    this.minRequests = minRequests;
    this.backoff = backoff;
    this.clock = clock;
    this.startMs = clock.now();
    this.requests = new WindowedCounts(windowMs, SLICES, false, this.startMs);
  }

  succeeded(): void {
    this.observe(true, this.clock.now());
  }

  /** For how long the host is to be dead; 0: it is not. */
  failed(): number {
    const now = this.clock.now();
    this.observe(false, now);
    const tooLow =
      now - this.startMs >= this.windowMs && this.average < this.required && this.requests.size >= this.minRequests;
    return tooLow ? this.backoff.next() : 0;
  }

  revived(): void {
    this.startMs = this.clock.now();
    this.requests.reset(this.startMs);
    this.average = 0;
    this.atMs = Number.NaN;
    this.backoff.reset();
  }

  private observe(success: boolean, now: number): void {
    this.requests.record(success, now);
    const kept = Number.isNaN(this.atMs) ? 0 : Math.exp(-(now - this.atMs) / this.windowMs);
    this.average = (success ? 1 - kept : 0) + this.average * kept;
    this.atMs = now;
  }
}
