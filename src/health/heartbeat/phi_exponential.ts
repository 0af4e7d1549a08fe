import { defineDetector, type SilenceJudge } from './detector.ts';
import { SlidingMoments } from './sliding_moments.ts';

const options = {
  threshold: {
    type: 'number',
    min: 0.001,
    max: 300,
    default: 8,
    doc: 'Suspected above this phi: 8 is 18.4 times the mean interval of late.',
  },
  window: { type: 'integer', min: 1, max: 100_000, default: 1000, doc: 'Intervals whose mean it is.' },
} as const;

/**
 * Phi accrual as Cassandra has it: intervals between heartbeats are taken to be exponential, so that phi is the silence
 * by their mean, times log10 e. The window begins with one interval made up, twice the heartbeat interval; longer ones
 * than that do not count (`cassandra.fd_initial_value_ms`, `fd_max_interval_ms`).
 *
 * A host that has never been heard is trusted. Cassandra asks at every gossip round, once a second, and is up to that much
 * later; that it convicts nobody for a while after a pause of its own is left out.
 */
export const phiExponential = defineDetector({
  name: 'phi-exponential',
  doc: 'Suspects a silence of so many times the mean interval of late.',
  system: 'Cassandra: FailureDetector, ArrivalWindow',
  source:
    'cassandra src/java/org/apache/cassandra/gms/FailureDetector.java; CASSANDRA-2597; conf phi_convict_threshold',
  options,
  trustsUnheard: true,
  judges:
    ({ threshold, window }, intervalMs) =>
    () =>
      new ExponentialIntervals(threshold * Math.LN10, window, intervalMs),
});

class ExponentialIntervals implements SilenceJudge {
  trustedUntilMs = Infinity;
  missedAtMs = Infinity;
  /** Mean intervals that may pass. */
  private readonly means: number;
  private readonly longestMs: number;
  private readonly intervals: SlidingMoments;
  /** null before the first. */
  private lastAtMs: number | null = null;

  constructor(means: number, window: number, intervalMs: number) {
    this.means = means;
    this.longestMs = 2 * intervalMs;
    this.intervals = new SlidingMoments(window, intervalMs);
    this.intervals.add(this.longestMs);
  }

  heard(nowMs: number, _sequence: number, sentAtMs: number): void {
    if (this.lastAtMs !== null && nowMs - this.lastAtMs <= this.longestMs) this.intervals.add(nowMs - this.lastAtMs);
    this.lastAtMs = nowMs;
    const meanMs = this.intervals.mean();
    this.missedAtMs = sentAtMs + meanMs;
    this.trustedUntilMs = nowMs + this.means * meanMs;
  }
}
