import { Outcome } from '../core/outcome.ts';
import type { TwinResult } from './measures.ts';

/** Requests of which memory is taken at once. */
const FIRST_ROOM = 1024;
/** In place of the instance of a last attempt. */
const NEVER_SENT = -1;
const ANSWERED = -2;

/** How long each measured request took, by its number: NaN where it failed, was never answered or is not measured. 8 bytes a request. */
export class RequestTimes {
  private timesMs = new Float64Array(FIRST_ROOM).fill(Number.NaN);

  succeeded(request: number, latencyMs: number): void {
    if (request >= this.timesMs.length) {
      const grown = new Float64Array(2 ** Math.ceil(Math.log2(request + 1))).fill(Number.NaN);
      grown.set(this.timesMs);
      this.timesMs = grown;
    }
    this.timesMs[request] = latencyMs;
  }

  of(request: number): number {
    return request < this.timesMs.length ? this.timesMs[request] : Number.NaN;
  }
}

/**
 * Holds a run against its twin, request by request: common random numbers make request k the same one in both
 * (DESIGN.md section 2). The definitions are those of `TwinResult`.
 *
 * Once a fault has moved a pick, later ones fall otherwise though nothing is wrong: a request is then as likely to be
 * luckier as unluckier than in the twin. Differences of single requests are therefore only ever summed with their signs,
 * and delays counted beyond one limit on both sides, so that chance has mean 0 in each figure; it still has a spread,
 * which the interval over replications shows.
 */
export class TwinComparison {
  private readonly twin: RequestTimes;
  /** The twin's p99; Infinity where it has none. */
  private readonly slowMs: number;
  /** Of each measured request: the instance of the last attempt and when it was sent. 12 bytes a request. */
  private lastInstance = new Int32Array(FIRST_ROOM).fill(NEVER_SENT);
  private lastSentAtMs = new Float64Array(FIRST_ROOM);
  /** Measured requests are [from, to): they are numbered in order of arrival. */
  private from = 0;
  private to = 0;
  /** By instance: faults that act on it now, and when the last one ceased to. */
  private readonly acting: Int32Array;
  private readonly actedUntilMs: Float64Array;
  private failures = 0;
  private delayed = 0;
  private extraMs = 0;
  private collateral = 0;

  constructor(instances: number, twin: RequestTimes, slowMs: number | null) {
    this.twin = twin;
    this.slowMs = slowMs ?? Number.POSITIVE_INFINITY;
    this.acting = new Int32Array(instances);
    this.actedUntilMs = new Float64Array(instances).fill(Number.NEGATIVE_INFINITY);
  }

  /** A measured request arrives. */
  arrive(request: number): void {
    if (this.to === 0) this.from = request;
    this.to = request + 1;
    if (request < this.lastInstance.length) return;
    const room = 2 ** Math.ceil(Math.log2(request + 1));
    const instances = new Int32Array(room).fill(NEVER_SENT);
    instances.set(this.lastInstance);
    this.lastInstance = instances;
    const times = new Float64Array(room);
    times.set(this.lastSentAtMs);
    this.lastSentAtMs = times;
  }

  send(atMs: number, request: number, instance: number): void {
    if (!this.isMeasured(request)) return;
    this.lastInstance[request] = instance;
    this.lastSentAtMs[request] = atMs;
  }

  /** `latencyMs` is from arrival to final answer. */
  done(request: number, outcome: Outcome, latencyMs: number): void {
    if (!this.isMeasured(request)) return;
    if (outcome !== Outcome.ok) this.failed(request);
    else this.succeeded(request, latencyMs);
    this.lastInstance[request] = ANSWERED;
  }

  faultStart(instance: number): void {
    if (instance >= 0) this.acting[instance]++;
  }

  faultEnd(atMs: number, instance: number): void {
    if (instance < 0) return;
    this.acting[instance]--;
    this.actedUntilMs[instance] = atMs;
  }

  /** The run is over: requests without an answer have failed. */
  finish(): TwinResult {
    for (let request = this.from; request < this.to; request++) {
      if (this.lastInstance[request] !== ANSWERED) this.failed(request);
    }
    const { failures, delayed, extraMs, collateral } = this;
    return { failures, delayedRequests: delayed, extraSeconds: extraMs / 1000, collateral };
  }

  private succeeded(request: number, latencyMs: number): void {
    const twinMs = this.twin.of(request);
    if (Number.isNaN(twinMs)) {
      this.failures--;
      this.collateral--;
      return;
    }
    this.delayed += (latencyMs > this.slowMs ? 1 : 0) - (twinMs > this.slowMs ? 1 : 0);
    this.extraMs += latencyMs - twinMs;
  }

  private failed(request: number): void {
    if (Number.isNaN(this.twin.of(request))) return;
    this.failures++;
    if (!this.wasOnTarget(request)) this.collateral++;
  }

  /** Whether a fault acted on the instance of the last attempt at a time since that was sent; at the end of a fault it acts no more. */
  private wasOnTarget(request: number): boolean {
    const instance = this.lastInstance[request];
    if (instance < 0) return false;
    return this.acting[instance] > 0 || this.actedUntilMs[instance] > this.lastSentAtMs[request];
  }

  private isMeasured(request: number): boolean {
    return request >= this.from && request < this.to;
  }
}
