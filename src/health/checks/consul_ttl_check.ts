import { type Clock, type Lane, NO_TIMER, type TimerId } from '../../core/clock.ts';
import type { ConsulStatus } from './settings.ts';

export interface ConsulTtlCheckOptions {
  readonly clock: Clock;
  /** Without word for so long it is critical. */
  readonly ttlMs: number;
  /** Before the first word. Default there: critical. */
  readonly status?: ConsulStatus;
  /** Called when the status has changed. `evidenceAtMs`: when the deciding word was given, or silence ran out. */
  readonly onStatus: (status: ConsulStatus, evidenceAtMs: number) => void;
}

/**
 * Consul's TTL check (CheckTTL in agent/checks/check.go): nobody asks; the service says how it is, and critical is what
 * it is that long after its last word. The time runs from the start on, and anew with every word, whatever it says.
 */
export class ConsulTtlCheck {
  status: ConsulStatus;
  private readonly clock: Clock;
  private readonly onStatus: ConsulTtlCheckOptions['onStatus'];
  private readonly lane: Lane;
  private timer: TimerId;
  private stopped = false;

  constructor({ clock, ttlMs, status = 'critical', onStatus }: ConsulTtlCheckOptions) {
    if (!(ttlMs > 0 && ttlMs < Infinity)) throw new RangeError(`ttlMs must be a positive time, found ${ttlMs}`);
    this.clock = clock;
    this.onStatus = onStatus;
    this.status = status;
    this.lane = clock.lane(ttlMs);
    this.timer = this.lane.schedule(this.expired, 0);
  }

  /** The service's word, as `PUT /v1/agent/check/pass`, `warn` or `fail`. */
  update(status: ConsulStatus): void {
    if (this.stopped) return;
    this.clock.cancel(this.timer);
    this.timer = this.lane.schedule(this.expired, 0);
    this.become(status);
  }

  stop(): void {
    this.stopped = true;
    this.clock.cancel(this.timer);
  }

  /** Only the next word starts the time again. */
  private readonly expired = (): void => {
    this.timer = NO_TIMER;
    this.become('critical');
  };

  private become(status: ConsulStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.onStatus(status, this.clock.now());
  }
}
