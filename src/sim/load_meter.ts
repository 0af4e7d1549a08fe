import { LatencyByLoad } from './latency_by_load.ts';

/** How finely and how far back a meter looks: 1 s in steps of 100 ms. */
const BUCKET_MS = 100;
const BUCKETS = 10;

/**
 * What a server knows of its own load beside what it holds at the moment. Only there where somebody asks for it.
 *
 * Rates are taken over a sliding window: the bucket of 100 ms under way and the nine before it, so over the last 900 to
 * 1000 ms, or over the time since the process started, but no less than one bucket. A server that ran empty says 0.
 */
export class LoadMeter {
  // The window, by bucket number modulo BUCKETS.
  private readonly answers = new Float64Array(BUCKETS);
  private readonly errors = new Float64Array(BUCKETS);
  private readonly busyMs = new Float64Array(BUCKETS);
  /** The bucket under way, counted from time 0. */
  private bucket = 0;
  private startedAtMs = 0;

  /** Kept from the first question on: of the strategies that ask for load only Prequal asks for it. */
  private latencies: LatencyByLoad | null = null;

  /** A process starts and knows nothing. */
  restart(nowMs: number): void {
    this.answers.fill(0);
    this.errors.fill(0);
    this.busyMs.fill(0);
    this.bucket = Math.floor(nowMs / BUCKET_MS);
    this.startedAtMs = nowMs;
    this.latencies?.forget();
  }

  /** So many workers were busy from one moment to another; calls come in order of time. */
  addBusy(workers: number, fromMs: number, toMs: number): void {
    this.advance(toMs);
    if (workers === 0) return;
    const windowStartMs = (this.bucket - BUCKETS + 1) * BUCKET_MS;
    let from = Math.max(fromMs, windowStartMs);
    let bucket = Math.floor(from / BUCKET_MS);
    while (from < toMs) {
      const to = Math.min(toMs, (bucket + 1) * BUCKET_MS);
      this.busyMs[bucket % BUCKETS] += workers * (to - from);
      from = to;
      bucket++;
    }
  }

  addAnswer(isError: boolean, nowMs: number): void {
    this.advance(nowMs);
    this.answers[this.bucket % BUCKETS]++;
    if (isError) this.errors[this.bucket % BUCKETS]++;
  }

  addLatency(inFlightAtArrival: number, latencyMs: number, nowMs: number): void {
    if (this.latencies !== null) this.latencies.add(inFlightAtArrival, latencyMs, nowMs);
  }

  /** Answers a second. */
  answerRate(nowMs: number): number {
    return this.overWindow(this.answers, nowMs) * 1000;
  }

  /** Those of them that were errors. */
  errorRate(nowMs: number): number {
    return this.overWindow(this.errors, nowMs) * 1000;
  }

  /** Workers busy on average. */
  busyWorkers(nowMs: number): number {
    return this.overWindow(this.busyMs, nowMs);
  }

  /** The latency a request may expect that finds so many others there; 0 where the server cannot tell. */
  expectedMs(inFlight: number, nowMs: number): number {
    this.latencies ??= new LatencyByLoad();
    return this.latencies.expectedMs(inFlight, nowMs);
  }

  private overWindow(amounts: Float64Array, nowMs: number): number {
    this.advance(nowMs);
    let sum = 0;
    for (let i = 0; i < BUCKETS; i++) sum += amounts[i];
    const windowStartMs = (this.bucket - BUCKETS + 1) * BUCKET_MS;
    return sum / Math.max(nowMs - Math.max(windowStartMs, this.startedAtMs), BUCKET_MS);
  }

  /** Moves the window on to the bucket of this moment, emptying those it enters. */
  private advance(nowMs: number): void {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    if (bucket === this.bucket) return;
    for (let entered = Math.max(this.bucket + 1, bucket - BUCKETS + 1); entered <= bucket; entered++) {
      this.answers[entered % BUCKETS] = 0;
      this.errors[entered % BUCKETS] = 0;
      this.busyMs[entered % BUCKETS] = 0;
    }
    this.bucket = bucket;
  }
}
