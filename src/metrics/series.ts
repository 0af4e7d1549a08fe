import { Outcome } from '../core/outcome.ts';
import { Histogram } from './histogram.ts';
import type { SeriesRow } from './measures.ts';
import type { TrialRecorderSetup } from './recorder_setup.ts';

const SECOND = 1000;
/** Larger worlds leave out rows by instance, or by pair. */
const MAX_INSTANCES = 1000;
const MAX_INSTANCE_SECONDS = 1_000_000;
const MAX_PAIRS = 10_000;
/** 64 buckets an octave, 0.8%: enough for a chart, and 30 KB a second that is still open. */
const SUB_BITS = 6;

export interface SeriesSetup {
  readonly instanceIds: readonly string[];
  readonly callerIds: readonly string[];
  readonly durationMs: number;
  readonly busy: (instance: number) => number;
  readonly queued: (instance: number) => number;
}

export function createSeriesRecorder({ instances, callerIds, durationMs, gauges }: TrialRecorderSetup): SeriesRecorder {
  return new SeriesRecorder({
    instanceIds: instances.map(({ id }) => id),
    callerIds,
    durationMs,
    busy: (i) => gauges.busy(i),
    queued: (i) => gauges.queued(i),
  });
}

/**
 * Time series on a grid of 1 s from 0 to the duration, at a cost per request that is fixed. Counts are over the second
 * that starts at `tMs`; what is answered is booked in the second its request arrived; busy and queue are samples taken
 * at `tMs`, beliefs and ground truth hold from `tMs` on.
 */
export class SeriesRecorder {
  /** When the open second ends. */
  endMs = SECOND;
  private second = 0;
  private readonly setup: SeriesSetup;
  private readonly rows: SeriesRow[] = [];
  private readonly byInstance: boolean;
  private readonly byPair: boolean;
  /** Attempts of the open second, by instance. */
  private readonly sent: Float64Array;
  private readonly retries: Float64Array;
  private readonly offered: Float64Array;
  private readonly answered: Float64Array;
  private readonly failed: Float64Array;
  /** Latencies of the seconds with requests still open: recycled when the last of them is answered. */
  private readonly latencies: (Histogram | null)[];
  private readonly spare: Histogram[] = [];

  constructor(setup: SeriesSetup) {
    this.setup = setup;
    const seconds = Math.ceil(setup.durationMs / SECOND - 1e-9);
    const instances = setup.instanceIds.length;
    this.byInstance = instances <= MAX_INSTANCES && instances * seconds <= MAX_INSTANCE_SECONDS;
    this.byPair = instances * setup.callerIds.length <= MAX_PAIRS;
    this.sent = new Float64Array(instances);
    this.retries = new Float64Array(seconds);
    this.offered = new Float64Array(seconds);
    this.answered = new Float64Array(seconds);
    this.failed = new Float64Array(seconds);
    this.latencies = new Array(seconds).fill(null);
    for (let i = 0; i < instances; i++) this.truth(0, i, true);
  }

  arrive(): void {
    this.offered[this.second]++;
  }

  send(instance: number, attempt: number): void {
    this.sent[instance]++;
    if (attempt > 0) this.retries[this.second]++;
  }

  /** For requests that arrived before the duration, whenever they are answered. */
  done(atMs: number, arrivedAtMs: number, outcome: Outcome): void {
    const second = Math.min(Math.floor(arrivedAtMs / SECOND), this.latencies.length - 1);
    if (outcome === Outcome.ok) this.openHistogram(second).record(atMs - arrivedAtMs);
    else this.failed[second]++;
    this.answered[second]++;
    if (second < this.second) this.closeIfAnswered(second);
  }

  truth(atMs: number, instance: number, up: boolean): void {
    if (this.byInstance) this.row(atMs, 'up', this.setup.instanceIds[instance], up ? 1 : 0);
  }

  belief(atMs: number, caller: number, instance: number, good: boolean): void {
    if (!this.byPair) return;
    const { callerIds, instanceIds } = this.setup;
    this.row(atMs, 'belief', `${callerIds[caller]}/${instanceIds[instance]}`, good ? 1 : 0);
  }

  /** Closes every second that ended by `atMs`; gauges are read at the first event after it. */
  roll(atMs: number): void {
    while (this.endMs <= atMs) {
      this.closeSecond(this.endMs);
      this.endMs += SECOND;
    }
  }

  stop(atMs: number): void {
    this.roll(atMs);
    if (this.second < this.latencies.length) this.closeSecond(atMs);
    this.endMs = Number.POSITIVE_INFINITY;
  }

  /** All rows, by time. `successes` is the headline histogram. */
  finish(successes: Histogram): SeriesRow[] {
    for (let second = 0; second < this.latencies.length; second++) {
      const tMs = second * SECOND;
      this.row(tMs, 'offered', 'all', this.offered[second]);
      this.row(tMs, 'failed', 'all', this.failed[second]);
      this.row(tMs, 'retries', 'all', this.retries[second]);
      this.closeHistogram(second);
    }
    for (const { valueMs, count } of successes.buckets()) {
      this.row(0, 'latency_bucket', String(Number(valueMs.toPrecision(9))), count);
    }
    return this.rows.sort((a, b) => a.tMs - b.tMs);
  }

  private closeSecond(endMs: number): void {
    const startMs = this.second * SECOND;
    if (this.byInstance) {
      this.setup.instanceIds.forEach((id, i) => {
        this.row(startMs, 'requests', id, this.sent[i]);
        this.row(endMs, 'in_flight', id, this.setup.busy(i));
        this.row(endMs, 'queue', id, this.setup.queued(i));
      });
    }
    this.sent.fill(0);
    this.closeIfAnswered(this.second);
    this.second++;
  }

  private openHistogram(second: number): Histogram {
    let histogram = this.latencies[second];
    if (histogram === null) {
      histogram = this.spare.pop() ?? new Histogram(SUB_BITS);
      this.latencies[second] = histogram;
    }
    return histogram;
  }

  private closeIfAnswered(second: number): void {
    if (this.answered[second] === this.offered[second]) this.closeHistogram(second);
  }

  private closeHistogram(second: number): void {
    const histogram = this.latencies[second];
    if (histogram === null) return;
    this.row(second * SECOND, 'latency_p50_ms', 'all', histogram.quantile(0.5) as number);
    this.row(second * SECOND, 'latency_p99_ms', 'all', histogram.quantile(0.99) as number);
    histogram.clear();
    this.spare.push(histogram);
    this.latencies[second] = null;
  }

  private row(tMs: number, metric: string, subject: string, value: number): void {
    this.rows.push({ tMs, metric, subject, value });
  }
}
