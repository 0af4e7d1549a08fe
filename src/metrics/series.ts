import type { BeliefCause } from '../core/belief_cause.ts';
import { Outcome } from '../core/outcome.ts';
import { Histogram } from './histogram.ts';
import type { SeriesRow } from './measures.ts';
import { Reasons } from './reasons.ts';
import type { TrialRecorderSetup } from './recorder_setup.ts';

const SECOND = 1000;
/** Larger worlds leave out rows by instance, or by pair. */
const MAX_INSTANCES = 1000;
const MAX_INSTANCE_SECONDS = 1_000_000;
const MAX_PAIRS = 10_000;
/** 64 buckets an octave, 0.8%: enough for a chart, and 30 KB a second that is still open. */
const SUB_BITS = 6;
/** Faults beyond this many begin and end unrecorded: a fleet whose instances flap by the millisecond needs no shading. */
const MAX_FAULT_ROWS = 10_000;
/** Percentiles of each second, as their columns are called. */
const percentiles = [
  ['latency_p50_ms', 0.5],
  ['latency_p90_ms', 0.9],
  ['latency_p99_ms', 0.99],
  ['latency_p999_ms', 0.999],
] as const;

/**
 * Time series on a grid of 1 s from 0 to the duration, at a cost per request that is fixed. Counts are over the second
 * that starts at `tMs`; what is answered is booked in the second its request arrived; busy and queue are samples taken
 * at `tMs`, beliefs and ground truth hold from `tMs` on.
 *
 * On change: `up` of an instance, and a row named as the fault that impairs it (`slow`, `errors`); `fault`, how many targets
 * an entry of the scenario's faults acts on; `belief` of `caller/instance`, and beside one that turned bad
 * `removed_by_CAUSE`, named as in failovers.csv. While it stays bad, one more where the reason changes: the source that
 * spoke against the instance last, of those that still do. 0: that one has come round, and the instance, in view again, has
 * yet to show that it is well.
 */
export class SeriesRecorder {
  /** When the open second ends. */
  endMs = SECOND;
  private second = 0;
  private readonly setup: TrialRecorderSetup;
  private readonly instanceIds: readonly string[];
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
  /** By entry of the scenario's faults. */
  private readonly targets: Float64Array;
  private faultRows = 0;
  /** The fault that impairs it, by instance. */
  private readonly impairment: (string | null)[];
  private readonly reasons: Reasons;

  constructor(setup: TrialRecorderSetup) {
    this.setup = setup;
    const seconds = Math.ceil(setup.durationMs / SECOND - 1e-9);
    this.instanceIds = setup.instances.map(({ id }) => id);
    const instances = this.instanceIds.length;
    this.targets = new Float64Array(setup.faultKinds.length);
    this.impairment = new Array(instances).fill(null);
    this.byInstance = instances <= MAX_INSTANCES && instances * seconds <= MAX_INSTANCE_SECONDS;
    this.byPair = instances * setup.callerIds.length <= MAX_PAIRS;
    this.reasons = new Reasons((atMs, pair, cause, holds) => {
      const [caller, instance] = [Math.floor(pair / instances), pair % instances];
      this.row(atMs, removedBy(cause), this.pairName(caller, instance), holds ? 1 : 0);
    });
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
    if (this.byInstance) this.row(atMs, 'up', this.instanceIds[instance], up ? 1 : 0);
  }

  /** `kind`: of the fault that impairs it; null when it is itself again. */
  impaired(atMs: number, instance: number, kind: string | null): void {
    const before = this.impairment[instance];
    if (!this.byInstance || this.isStopped() || kind === before) return;
    this.impairment[instance] = kind;
    if (before !== null) this.row(atMs, before, this.instanceIds[instance], 0);
    if (kind !== null) this.row(atMs, kind, this.instanceIds[instance], 1);
  }

  /** An entry of the scenario's faults acts on one target more, or less. */
  fault(atMs: number, entry: number, change: 1 | -1): void {
    if (this.isStopped() || this.faultRows >= MAX_FAULT_ROWS) return;
    this.faultRows++;
    this.targets[entry] += change;
    this.row(atMs, 'fault', `${this.setup.faultKinds[entry]}#${entry}`, this.targets[entry]);
  }

  belief(atMs: number, caller: number, instance: number, good: boolean, cause: BeliefCause): void {
    if (!this.byPair) return;
    this.row(atMs, 'belief', this.pairName(caller, instance), good ? 1 : 0);
    if (!good) this.row(atMs, removedBy(cause), this.pairName(caller, instance), 1);
    this.reasons.belief(atMs, caller * this.instanceIds.length + instance, good, cause);
  }

  verdict(atMs: number, caller: number, instance: number, source: BeliefCause, good: boolean): void {
    if (this.byPair && !this.isStopped())
      this.reasons.verdict(atMs, caller * this.instanceIds.length + instance, source, good);
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
    this.reasons.finish();
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
      const { gauges } = this.setup;
      this.instanceIds.forEach((id, i) => {
        this.row(startMs, 'requests', id, this.sent[i]);
        this.row(endMs, 'in_flight', id, gauges.busy(i));
        this.row(endMs, 'queue', id, gauges.queued(i));
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
    for (const [metric, q] of percentiles) this.row(second * SECOND, metric, 'all', histogram.quantile(q) as number);
    histogram.clear();
    this.spare.push(histogram);
    this.latencies[second] = null;
  }

  private pairName(caller: number, instance: number): string {
    return `${this.setup.callerIds[caller]}/${this.instanceIds[instance]}`;
  }

  private isStopped(): boolean {
    return this.endMs === Number.POSITIVE_INFINITY;
  }

  private row(tMs: number, metric: string, subject: string, value: number): void {
    this.rows.push({ tMs, metric, subject, value });
  }
}

function removedBy(cause: BeliefCause): string {
  return `removed_by_${cause.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
