/**
 * Counts of results, and of successes among them, over the last while: a ring of slices that together make the window,
 * the oldest of which is emptied as time moves on. So what is counted reaches back one window less a part of one slice.
 */
export class WindowedCounts {
  private readonly sliceMs: number;
  private readonly slices: number;
  /** A slice begins where it falls due (Linkerd), or at the first result after that (Twitter's WindowedAdder). */
  private readonly aligned: boolean;
  private readonly totals: Int32Array;
  private readonly hits: Int32Array;
  private current = 0;
  /** When the current slice began. */
  private sinceMs: number;
  private total = 0;
  private successes = 0;

  constructor(windowMs: number, slices: number, aligned: boolean, nowMs: number) {
    this.sliceMs = windowMs / slices;
    this.slices = slices;
    this.aligned = aligned;
    this.totals = new Int32Array(slices);
    this.hits = new Int32Array(slices);
    this.sinceMs = nowMs;
  }

  /** Results in the window, as of the last one. */
  get size(): number {
    return this.total;
  }

  /** Failures among them. */
  get failures(): number {
    return this.total - this.successes;
  }

  record(success: boolean, nowMs: number): void {
    this.roll(nowMs);
    this.totals[this.current]++;
    this.total++;
    if (!success) return;
    this.hits[this.current]++;
    this.successes++;
  }

  /** Forgets all of them. */
  reset(nowMs: number): void {
    this.totals.fill(0);
    this.hits.fill(0);
    this.total = 0;
    this.successes = 0;
    this.sinceMs = nowMs;
  }

  private roll(nowMs: number): void {
    const due = Math.floor((nowMs - this.sinceMs) / this.sliceMs);
    if (due <= 0) return;
    this.sinceMs = this.aligned ? this.sinceMs + due * this.sliceMs : nowMs;
    for (let i = Math.min(due, this.slices); i > 0; i--) {
      this.current = (this.current + 1) % this.slices;
      this.total -= this.totals[this.current];
      this.successes -= this.hits[this.current];
      this.totals[this.current] = 0;
      this.hits[this.current] = 0;
    }
  }
}
