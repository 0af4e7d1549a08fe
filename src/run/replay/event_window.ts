import type { ReplayEvent } from './events.ts';

/** Which stretch of the log is wanted. */
export interface Stretch {
  /** At most so many events; Infinity: all. */
  readonly events: number;
  /** Half of them from before this moment, the rest from then on; null: the first ones. */
  readonly aroundMs: number | null;
}

/** Keeps the events of a stretch, and forgets the others. Events come in order of time. */
export class EventWindow {
  /** How many were left out. */
  left = 0;
  private before: ReplayEvent[] = [];
  private readonly kept: ReplayEvent[] = [];
  private readonly aroundMs: number;
  private readonly mostBefore: number;
  private readonly mostAfter: number;

  constructor({ events, aroundMs }: Stretch) {
    this.aroundMs = aroundMs ?? Number.NEGATIVE_INFINITY;
    this.mostBefore = aroundMs === null ? 0 : Math.floor(events / 2);
    this.mostAfter = aroundMs === null ? events : Math.ceil(events / 2);
  }

  push(event: ReplayEvent): void {
    if (event.atMs >= this.aroundMs) {
      if (this.kept.length < this.mostAfter) this.kept.push(event);
      else this.left++;
      return;
    }
    this.before.push(event);
    // Cut now and then, so that each costs no more than its place.
    if (this.before.length >= 2 * this.mostBefore + 64) this.cut();
  }

  events(): readonly ReplayEvent[] {
    this.cut();
    return [...this.before, ...this.kept];
  }

  private cut(): void {
    const over = this.before.length - this.mostBefore;
    if (over <= 0) return;
    this.left += over;
    this.before = this.before.slice(over);
  }
}
