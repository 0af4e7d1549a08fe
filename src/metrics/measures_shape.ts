import { type BeliefCause, beliefCauses, byCause, isTabled, type ToldByCause } from '../core/belief_cause.ts';
import {
  aCount,
  added,
  aNumber,
  aNumberOrNull,
  aText,
  described,
  listOf,
  oneOf,
  orNull,
  type Shape,
  type ShapeFields,
  structure,
} from '../core/shape.ts';
import type {
  CellMeasures,
  DetectorResult,
  DurationStats,
  Evenness,
  FailoverResult,
  ImpactResult,
  InstanceResult,
  LatencyStats,
  Leaks,
  TwinResult,
} from './measures.ts';

/** What `measures.ts` says in types, for those who read results: the compiler holds each to the other. */
const latencyFields: ShapeFields<LatencyStats> = {
  mean: aNumberOrNull,
  p50: aNumberOrNull,
  p90: aNumberOrNull,
  p99: aNumberOrNull,
  p999: aNumberOrNull,
  max: aNumberOrNull,
};

const evennessFields: ShapeFields<Evenness> = {
  jain: described("Jain's index: 1 is perfectly even.", aNumberOrNull),
  cv: described('Coefficient of variation, of the population.', aNumberOrNull),
  gini: aNumberOrNull,
  maxOverMean: aNumberOrNull,
  minOverMean: aNumberOrNull,
};

const durationStats = structure<DurationStats>({
  count: described('How many pairs got there.', aCount),
  mean: described('Restricted to the longest time observed.', aNumberOrNull),
  p50: described('By Kaplan and Meier, as all quantiles; null where not reached.', aNumberOrNull),
  p90: aNumberOrNull,
  p99: aNumberOrNull,
  max: aNumberOrNull,
});

const leaks = structure<Leaks>({ halfOpen: aCount, unejected: aCount, panic: aCount, staleView: aCount });

function ofEachCause<T>(shape: Shape<T>): Shape<ToldByCause<T>> {
  const fields = byCause((cause) => (isTabled(cause) ? shape : added('Only where there is something to tell.', shape)));
  return structure<ToldByCause<T>>(fields as ShapeFields<ToldByCause<T>>);
}

const instance = structure<InstanceResult>({
  id: aText,
  zone: orNull(aText),
  weight: aNumber,
  requests: described('Attempts sent to it in [warmup, duration).', aCount),
  failures: described('Those of them that failed.', aCount),
  share: aNumberOrNull,
  expectedShare: described('What its weight was due while it was eligible.', aNumberOrNull),
  availability: described('Share of [warmup, duration) in which it was up.', aNumber),
  utilization: described('Busy worker time over concurrency x time up.', aNumberOrNull),
  probes: described('Health probes of it that ended in [warmup, duration).', aCount),
  probesPerSecond: aNumber,
});

const failover = structure<FailoverResult>({
  instance: aText,
  fault: described("KIND#i: i is the fault's place in the scenario's list, from 0.", aText),
  startMs: aNumber,
  endMs: described('null: not before the run ended.', aNumberOrNull),
  atRisk: described('Pairs (caller, instance) that believed in it as it went down.', aCount),
  alreadyOut: aCount,
  notInView: aCount,
  detectMs: described('From going down to belief turning bad.', durationStats),
  drainMs: described('From going down to the last attempt before it leaves the pick set.', durationStats),
  reinstateMs: described('From repair to being picked from again.', durationStats),
  undetected: described('Pairs that had not noticed by the repair.', aCount),
  censored: described('Pairs that had not noticed by the end of the run.', aCount),
  late: aCount,
  unexposed: aCount,
  leaks: described('Attempts to it while it was down and had left the pick set once, by cause.', leaks),
  removedBy: described('Pairs by what turned their belief.', ofEachCause(aCount)),
  failedAttempts: aCount,
  clientFailures: aCount,
  detectByMs: described('detectMs of those that the cause removed.', ofEachCause(durationStats)),
});

const impact = structure<ImpactResult>({
  fault: aText,
  startMs: aNumber,
  failedAttempts: aCount,
  clientFailures: aCount,
  peakErrorRate: described('In the worst second.', aNumberOrNull),
  outageSeconds: described('Seconds with under 99.9% success.', aCount),
  recoverMs: described('To the end of the last bad second; null: it was bad to the last.', aNumberOrNull),
});

const detector = structure<DetectorResult>({
  detector: oneOf<BeliefCause | 'all'>([...beliefCauses, 'all']),
  atRisk: aCount,
  detectMs: durationStats,
  undetected: aCount,
  censored: aCount,
  falsePositives: aCount,
  goodTimeMs: aNumber,
  meanTimeBetweenMs: described('T_MR of Chen, Toueg and Aguilera.', aNumberOrNull),
  meanDurationMs: described('T_M.', aNumberOrNull),
  queryAccuracy: described('P_A.', aNumberOrNull),
});

export const measuresFields: ShapeFields<CellMeasures> = {
  digest: described('Of all observable events: equal for equal runs.', aText),
  inputDigest: described('Of the requests that were sent: equal where two runs may be compared in pairs.', aText),
  requests: described(
    'Those that arrive in [warmup, duration).',
    structure<CellMeasures['requests']>({
      offered: aCount,
      succeeded: aCount,
      failed: aCount,
      inFlightAtEnd: aCount,
      timedOut: aCount,
      reset: aCount,
      refused: aCount,
      error: aCount,
      rejected: aCount,
      noHost: aCount,
      attempts: aCount,
      retries: aCount,
    }),
  ),
  latencyMs: described(
    'From arrival to final answer, of successes; `all` of failed and unfinished requests too.',
    structure<CellMeasures['latencyMs']>({ ...latencyFields, all: structure<LatencyStats>(latencyFields) }),
  ),
  fairness: described(
    'Of attempts over attempts due.',
    structure<CellMeasures['fairness']>({
      ...evennessFields,
      dispersion: described('0 for a perfect deal, 1 for chance, above 1 for herding.', aNumberOrNull),
      worstCallerJain: aNumberOrNull,
      busyJain: described('Of busy time over capacity.', aNumberOrNull),
      excluded: described('Instances that were due nothing.', aCount),
      byTruth: described('Eligible by ground truth, not by belief.', structure<Evenness>(evennessFields)),
      windows: structure<CellMeasures['fairness']['windows']>({
        jainMean: aNumberOrNull,
        jainP1: aNumberOrNull,
        noiseFloor: aNumberOrNull,
        used: aCount,
        dropped: aCount,
      }),
    }),
  ),
  instances: listOf(instance),
  failovers: described('One for each time an instance went down.', listOf(failover)),
  impact: described('One for each event of a fault.', listOf(impact)),
  detector: described(
    'What was removed although it was well.',
    structure<CellMeasures['detector']>({
      falsePositives: aCount,
      goodTimeMs: aNumber,
      meanTimeBetweenMs: aNumberOrNull,
      meanDurationMs: aNumberOrNull,
      queryAccuracy: aNumberOrNull,
      impairedRemovals: structure<CellMeasures['detector']['impairedRemovals']>({ slow: aCount, errors: aCount }),
    }),
  ),
  probes: structure<CellMeasures['probes']>({ sent: aCount, failed: aCount }),
  detectors: described('Each source of verdicts by itself; last all of them together.', listOf(detector)),
  failover: described(
    'failovers, pooled over pairs.',
    structure<CellMeasures['failover']>({
      atRisk: aCount,
      detectMs: durationStats,
      drainMs: durationStats,
      reinstateMs: durationStats,
      undetected: aCount,
      censored: aCount,
      late: aCount,
      unexposed: aCount,
      leaks,
      falsePositives: aCount,
      detectByMs: ofEachCause(durationStats),
    }),
  ),
  twin: described(
    'Against the same requests without any fault; net figures. null unless impact: twin is asked for.',
    orNull(
      structure<TwinResult>({
        failures: aNumber,
        delayedRequests: aNumber,
        extraSeconds: aNumber,
        collateral: aNumber,
      }),
    ),
  ),
};
