import { Histogram } from './histogram.ts';
import type { LatencyStats } from './measures.ts';
import type { CellSample } from './sample.ts';

/** The figures of a histogram, in ms; null where nothing was recorded. */
function latencyStats(histogram: Histogram): LatencyStats {
  return {
    mean: histogram.mean(),
    p50: histogram.quantile(0.5),
    p90: histogram.quantile(0.9),
    p99: histogram.quantile(0.99),
    p999: histogram.quantile(0.999),
    max: histogram.count === 0 ? null : histogram.max,
  };
}

/** Time from arrival to final answer of measured requests, so there is no coordinated omission. */
export class LatencyMeter {
  readonly successes = new Histogram();
  /** null until something fails: a histogram is large, and many runs are short. */
  private failures: Histogram | null = null;

  done(latencyMs: number, succeeded: boolean): void {
    if (succeeded) this.successes.record(latencyMs);
    else {
      this.failures ??= new Histogram();
      this.failures.record(latencyMs);
    }
  }

  /** Successes, and beside them all requests; `unfinishedAgesMs` are least bounds for those without an answer. */
  report(unfinishedAgesMs: readonly number[]): LatencyStats & { readonly all: LatencyStats } {
    return { ...latencyStats(this.successes), all: latencyStats(this.all(unfinishedAgesMs)) };
  }

  sample(unfinishedAgesMs: readonly number[]): CellSample['latency'] {
    return { successes: this.successes.packed(), all: this.all(unfinishedAgesMs).packed() };
  }

  /** To be read only. */
  private all(unfinishedAgesMs: readonly number[]): Histogram {
    if (this.failures === null && unfinishedAgesMs.length === 0) return this.successes;
    const all = new Histogram();
    all.merge(this.successes);
    if (this.failures !== null) all.merge(this.failures);
    for (const age of unfinishedAgesMs) all.record(age);
    return all;
  }
}
