import type { Clock } from '../../core/clock.ts';
import type { Snapshot } from '../../registry/discovery.ts';

/** Versions on their way to one caller over one connection: each takes its lag, and none overtakes another. */
export class WatchStream {
  private readonly clock: Clock;
  private readonly lagMs: () => number;
  private readonly isBlind: () => boolean;
  private readonly onArrival: (snapshot: Snapshot) => void;
  private lastArrivalMs = Number.NEGATIVE_INFINITY;
  /** What came while he could not hear: only the newest counts. */
  private held: Snapshot | null = null;

  /** `isBlind`: whether the caller hears nothing now. */
  constructor(clock: Clock, lagMs: () => number, isBlind: () => boolean, onArrival: (snapshot: Snapshot) => void) {
    this.clock = clock;
    this.lagMs = lagMs;
    this.isBlind = isBlind;
    this.onArrival = onArrival;
  }

  send(snapshot: Snapshot): void {
    const now = this.clock.now();
    this.lastArrivalMs = Math.max(this.lastArrivalMs, now + this.lagMs());
    const arrive = (): void => {
      if (this.isBlind()) this.held = snapshot;
      else this.onArrival(snapshot);
    };
    if (this.lastArrivalMs <= now) arrive();
    else this.clock.schedule(this.lastArrivalMs - now, arrive, 0);
  }

  /** He may hear again. */
  release(): void {
    const { held } = this;
    if (held === null || this.isBlind()) return;
    this.held = null;
    this.onArrival(held);
  }
}
