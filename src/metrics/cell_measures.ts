import type { UpTime } from './availability.ts';
import { type BusyTime, busyJain } from './busy_time.ts';
import type { Detectors } from './detectors.ts';
import type { Digests } from './digests.ts';
import type { FailoverTracker } from './failovers.ts';
import type { FairnessMeter } from './fairness.ts';
import type { FairnessWindows } from './fairness_windows.ts';
import type { Impact } from './impact.ts';
import { instanceRows } from './instance_rows.ts';
import type { LatencyMeter } from './latency.ts';
import type { CellMeasures } from './measures.ts';
import type { ProbeTally } from './probe_tally.ts';
import type { TrialRecorderSetup } from './recorder_setup.ts';
import type { RequestTally } from './requests.ts';
import type { TruthFairness } from './truth_fairness.ts';

/** The parts that have watched a run, each of which knows its own figures. */
export interface Meters {
  readonly digests: Digests;
  readonly tally: RequestTally;
  readonly latency: LatencyMeter;
  readonly fairness: FairnessMeter;
  readonly truthFairness: TruthFairness;
  readonly windows: FairnessWindows;
  readonly failovers: FailoverTracker;
  readonly impact: Impact;
  readonly detectors: Detectors;
  readonly upTime: UpTime;
  readonly busyTime: BusyTime;
  readonly probes: ProbeTally;
  /** Failed attempts, by instance. */
  readonly failures: ArrayLike<number>;
}

/**
 * What a run that is over has come to. `unfinishedAgesMs`: how long the measured requests without an answer have waited by
 * now.
 */
export function cellMeasures(
  setup: TrialRecorderSetup,
  meters: Meters,
  unfinishedAgesMs: readonly number[],
): CellMeasures {
  const { instances, faultKinds, warmupMs, durationMs } = setup;
  const utilization = meters.busyTime.utilization(
    instances.map(({ concurrency }) => concurrency),
    meters.upTime.upMs,
  );
  const weights = instances.map(({ weight }) => weight);
  const { dispersion, ...windows } = meters.windows.report();
  const { excluded, worstCallerJain, ...evenness } = meters.fairness.report();
  const detector = meters.detectors.report();
  const failover = meters.failovers.pooled(detector.falsePositives);
  const faultOf = (entry: number) => (entry < 0 ? 'liveness' : `${faultKinds[entry]}#${entry}`);
  return {
    digest: meters.digests.observable.hex(),
    inputDigest: meters.digests.input.hex(),
    requests: meters.tally.report(unfinishedAgesMs.length),
    latencyMs: meters.latency.report(unfinishedAgesMs),
    fairness: {
      ...evenness,
      dispersion,
      worstCallerJain,
      busyJain: busyJain(utilization, weights),
      excluded,
      byTruth: meters.truthFairness.report(meters.fairness.attempts),
      windows,
    },
    instances: instanceRows({
      instances,
      fairness: meters.fairness,
      failures: meters.failures,
      upMs: meters.upTime.upMs,
      utilization,
      probes: meters.probes.of,
      measuredMs: durationMs - warmupMs,
    }),
    failovers: meters.failovers.report((instance) => instances[instance].id, faultOf),
    impact: meters.impact.report(durationMs, faultOf),
    detector,
    probes: meters.probes.report(),
    detectors: meters.detectors.rows(failover),
    failover,
    twin: null,
  };
}
