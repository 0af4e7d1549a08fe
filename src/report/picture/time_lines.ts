import type { SeriesRow } from '../../metrics/measures.ts';
import type { Column } from '../../scenario/scenario.ts';

const SECOND = 1000;

/** The measured time of a column, in equal parts of a second at least. */
export interface Grid {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bins: number;
}

/** `most` parts at most. None where the measured time is shorter than a second. */
export function gridOf({ trial }: Pick<Column, 'trial'>, most: number): Grid {
  const { warmupMs: fromMs, durationMs: toMs } = trial;
  return { fromMs, toMs, bins: Math.min(most, Math.floor((toMs - fromMs) / SECOND)) };
}

/** In which part a moment lies; less than 0, or `bins` and more, outside. */
export function binOf({ fromMs, toMs, bins }: Grid, atMs: number): number {
  // Multiplied first, so that whole seconds meet borders exactly.
  return Math.floor(((atMs - fromMs) * bins) / (toMs - fromMs));
}

/** What became of requests over the time of one run, summed up as its series stream by. */
export class TimeLines {
  readonly grid: Grid;
  readonly seed: number;
  /** The highest of any second. NaN: nothing was answered. */
  readonly p99Ms: Float64Array;
  private readonly offered: Float64Array;
  private readonly failed: Float64Array;

  constructor(grid: Grid, seed: number) {
    this.grid = grid;
    this.seed = seed;
    this.p99Ms = new Float64Array(grid.bins).fill(Number.NaN);
    this.offered = new Float64Array(grid.bins);
    this.failed = new Float64Array(grid.bins);
  }

  take({ tMs, metric, subject, value }: SeriesRow): void {
    if (subject !== 'all') return;
    const bin = binOf(this.grid, tMs);
    if (bin < 0 || bin >= this.grid.bins) return;
    if (metric === 'offered') this.offered[bin] += value;
    else if (metric === 'failed') this.failed[bin] += value;
    else if (metric === 'latency_p99_ms' && !(this.p99Ms[bin] >= value)) this.p99Ms[bin] = value;
  }

  /** Of the requests that arrived in each part; NaN where none did. */
  successShares(): Float64Array {
    return this.offered.map((offered, bin) => 1 - this.failed[bin] / offered);
  }
}
