const WINDOW_MS = 1000;
/** How long after the end of a fault its aftermath is its own. */
const AFTERMATH_MS = 60_000;
/** A window succeeds with at least this share of its requests. */
const SUCCESS_SHARE = 0.999;

export interface Outage {
  readonly peakErrorRate: number | null;
  readonly outageSeconds: number;
  readonly recoverMs: number | null;
}

/** Answers by the arrival of their requests, in windows of 1 s from the start of one fault event. */
export class OutageGrid {
  private readonly startMs: number;
  private readonly finished: number[] = [];
  private readonly failed: number[] = [];
  /** When the aftermath ends, as far as is known; a rolling restart may start anew after having ended. */
  private horizonMs = Number.POSITIVE_INFINITY;
  /** The part of the window around the horizon that lies before it: that window is judged by no more than this. */
  private partIndex = -1;
  private partFinished = 0;
  private partFailed = 0;

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  /** Something of the event acts. */
  starts(): void {
    this.horizonMs = Number.POSITIVE_INFINITY;
    this.partIndex = -1;
  }

  /** Nothing of it acts any more. No request of the window around the horizon has arrived yet: that is a minute ahead. */
  ends(atMs: number): void {
    this.horizonMs = atMs + AFTERMATH_MS;
    this.partIndex = Math.floor((this.horizonMs - this.startMs) / WINDOW_MS);
    this.partFinished = 0;
    this.partFailed = 0;
  }

  add(arrivedAtMs: number, failed: boolean): void {
    const index = Math.floor((arrivedAtMs - this.startMs) / WINDOW_MS);
    while (this.finished.length <= index) {
      this.finished.push(0);
      this.failed.push(0);
    }
    this.finished[index]++;
    if (failed) this.failed[index]++;
    if (index !== this.partIndex || arrivedAtMs >= this.horizonMs) return;
    this.partFinished++;
    if (failed) this.partFailed++;
  }

  /** `limitMs`: the start of the next event or the end of the run; no request that arrived after it was added. */
  report(limitMs: number): Outage {
    const endMs = Math.min(limitMs, this.horizonMs);
    const windows = Math.ceil((endMs - this.startMs) / WINDOW_MS - 1e-9);
    let peak: number | null = null;
    let outageSeconds = 0;
    let lastFailing = -1;
    for (let i = 0; i < windows; i++) {
      const isPart = i === this.partIndex && endMs === this.horizonMs;
      const finished = isPart ? this.partFinished : (this.finished[i] ?? 0);
      const failed = isPart ? this.partFailed : (this.failed[i] ?? 0);
      if (finished === 0) continue;
      peak = Math.max(peak ?? 0, failed / finished);
      if ((finished - failed) / finished >= SUCCESS_SHARE) continue;
      outageSeconds++;
      lastFailing = i;
    }
    const recovers = lastFailing < windows - 1 || windows === 0;
    return { peakErrorRate: peak, outageSeconds, recoverMs: recovers ? (lastFailing + 1) * WINDOW_MS : null };
  }
}
