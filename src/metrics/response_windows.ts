/** More tell no more of when a run has become steady, and every cell is sent home with them. */
const MOST_WINDOWS = 400;
/** MSER-5 looks at means of 5 requests (White 1997). */
const FEWEST_REQUESTS = 5;

/** Response times of successful requests from time 0 on, warm-up included, by the window in which they arrived. */
export interface ResponseSample {
  readonly windowMs: number;
  /** By window. */
  readonly sumsMs: Float64Array;
  readonly counts: Float64Array;
}

/** Sums response times in equal windows of at least 5 expected requests, at most 400 of them: memory is fixed. */
export class ResponseWindows {
  private readonly windowMs: number;
  private readonly sumsMs: Float64Array;
  private readonly counts: Float64Array;

  /** A last window that the end of the run would cut short is left out. */
  constructor(durationMs: number, ratePerMs: number) {
    this.windowMs = Math.max(durationMs / MOST_WINDOWS, FEWEST_REQUESTS / ratePerMs);
    // A hair more, so that 400 windows of a 400th are 400.
    const windows = Math.floor((durationMs / this.windowMs) * (1 + 2 ** -50));
    this.sumsMs = new Float64Array(windows);
    this.counts = new Float64Array(windows);
  }

  done(arrivedAtMs: number, latencyMs: number): void {
    const window = Math.floor(arrivedAtMs / this.windowMs);
    if (window >= this.counts.length) return;
    this.sumsMs[window] += latencyMs;
    this.counts[window]++;
  }

  sample(): ResponseSample {
    const { windowMs, sumsMs, counts } = this;
    return { windowMs, sumsMs, counts };
  }
}
