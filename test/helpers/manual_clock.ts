import type { Clock, Lane, TimerId } from '../../src/core/clock.ts';

interface Timer {
  readonly id: TimerId;
  readonly dueMs: number;
  readonly fn: (arg: number) => void;
  readonly arg: number;
}

/**
 * A virtual clock too simple to be wrong: a sorted list, moved on by hand. The oracle for other clocks: timers run by
 * due time, equal ones in the order they were scheduled, by `schedule` and lanes alike.
 */
export class ManualClock implements Clock {
  private nowMs: number;
  private lastId: TimerId = 0;
  private timers: Timer[] = [];

  constructor(startMs = 0) {
    this.nowMs = startMs;
  }

  now(): number {
    return this.nowMs;
  }

  schedule(delayMs: number, fn: (arg: number) => void, arg: number): TimerId {
    if (!(delayMs >= 0 && delayMs < Infinity)) throw new RangeError(`delay must be finite and >= 0, found ${delayMs}`);
    this.lastId++;
    const timer = { id: this.lastId, dueMs: this.nowMs + delayMs, fn, arg };
    const later = this.timers.findIndex((other) => other.dueMs > timer.dueMs);
    this.timers.splice(later < 0 ? this.timers.length : later, 0, timer);
    return timer.id;
  }

  lane(delayMs: number): Lane {
    return { schedule: (fn, arg) => this.schedule(delayMs, fn, arg) };
  }

  cancel(id: TimerId): void {
    this.timers = this.timers.filter((timer) => timer.id !== id);
  }

  /** Timers waiting to run. */
  get pending(): number {
    return this.timers.length;
  }

  /** When the next timer is due, or null. */
  get nextDueMs(): number | null {
    return this.timers[0]?.dueMs ?? null;
  }

  /** Moves `ms` on, running what falls due on the way, up to and including the end. */
  advance(ms: number): void {
    this.advanceTo(this.nowMs + ms);
  }

  advanceTo(endMs: number): void {
    if (!(endMs >= this.nowMs)) throw new RangeError(`time runs forward: at ${this.nowMs}, asked for ${endMs}`);
    while (this.step(endMs));
    this.nowMs = endMs;
  }

  /** Runs the next timer if it is due by `endMs`, and says whether it did. */
  step(endMs = Infinity): boolean {
    const next = this.timers[0];
    if (next === undefined || next.dueMs > endMs) return false;
    this.timers.shift();
    this.nowMs = next.dueMs;
    next.fn(next.arg);
    return true;
  }
}
