import { defineDetector, type SilenceJudge } from './detector.ts';
import { akkaLogistic, standardNormal } from './phi.ts';
import { SlidingMoments } from './sliding_moments.ts';

const options = {
  threshold: {
    type: 'number',
    min: 0.001,
    max: 300,
    default: 8,
    doc: 'Suspected at this phi: minus the logarithm of how likely so long a silence is.',
  },
  maxSampleSize: {
    type: 'integer',
    min: 1,
    max: 100_000,
    default: 1000,
    doc: 'Intervals from which mean and deviation are estimated.',
  },
  minStdDeviation: { type: 'duration', min: 0.001, default: 100, doc: 'A smaller deviation counts as this one.' },
  acceptableHeartbeatPause: {
    type: 'duration',
    min: 0,
    default: 3000,
    doc: 'A pause to be lived with, such as for garbage: added to the mean.',
  },
  cdf: {
    type: 'choice',
    values: ['logistic', 'normal'],
    default: 'logistic',
    doc: "The normal law as Akka approximates it, or itself: at threshold 8 Akka's is passed at 5.2 deviations, not 5.6.",
  },
} as const;

/**
 * The phi accrual detector of Hayashibara, Defago, Yared and Katayama, as Akka has it: intervals between heartbeats are
 * taken to be normal, with the mean and deviation of the last ones. Before the first interval is known, two are made up:
 * the heartbeat interval, a quarter less and a quarter more. The first interval after a suspicion does not count.
 *
 * Defaults are those of Akka's cluster (the detector for watched remote actors has 10 s for the pause and 200 samples).
 * A host that has never been heard is trusted. Akka asks once a second (`unreachable-nodes-reaper-interval`), and is up to
 * that much later; here suspicion arises where phi reaches the threshold.
 */
export const phiAccrual = defineDetector({
  name: 'phi-accrual',
  doc: 'Suspects a silence that is too unlikely for intervals that vary as the last ones did.',
  system: 'Akka: PhiAccrualFailureDetector, with the defaults of akka.cluster.failure-detector',
  source:
    'Hayashibara et al., The phi accrual failure detector, SRDS 2004; akka-remote PhiAccrualFailureDetector.scala, akka-cluster reference.conf',
  options,
  trustsUnheard: true,
  judges: ({ threshold, maxSampleSize, minStdDeviation, acceptableHeartbeatPause, cdf }, intervalMs) => {
    const deviations = cdf === 'normal' ? standardNormal(threshold) : akkaLogistic(threshold);
    return () => new NormalIntervals(deviations, maxSampleSize, minStdDeviation, acceptableHeartbeatPause, intervalMs);
  },
});

class NormalIntervals implements SilenceJudge {
  trustedUntilMs = Infinity;
  missedAtMs = Infinity;
  private readonly deviations: number;
  private readonly minDeviationMs: number;
  private readonly pauseMs: number;
  private readonly intervals: SlidingMoments;
  /** null before the first. */
  private lastAtMs: number | null = null;

  constructor(deviations: number, samples: number, minDeviationMs: number, pauseMs: number, intervalMs: number) {
    this.deviations = deviations;
    this.minDeviationMs = minDeviationMs;
    this.pauseMs = pauseMs;
    this.intervals = new SlidingMoments(samples, intervalMs);
    this.intervals.add(intervalMs - intervalMs / 4);
    this.intervals.add(intervalMs + intervalMs / 4);
  }

  heard(nowMs: number, _sequence: number, sentAtMs: number): void {
    if (this.lastAtMs !== null && nowMs < this.trustedUntilMs) this.intervals.add(nowMs - this.lastAtMs);
    this.lastAtMs = nowMs;
    const meanMs = this.intervals.mean();
    const deviationMs = Math.max(this.intervals.standardDeviation(), this.minDeviationMs);
    this.missedAtMs = sentAtMs + meanMs;
    this.trustedUntilMs = nowMs + meanMs + this.pauseMs + this.deviations * deviationMs;
  }
}
