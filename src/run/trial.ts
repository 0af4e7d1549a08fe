import type { TrialReport } from '../metrics/measures.ts';
import { createTrialRecorder, type TrialRecorder } from '../metrics/trial_recorder.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Gauges } from '../sim/recorder.ts';
import { runWorld } from '../sim/world.ts';

/** Runs one cell: a world in virtual time, and what is measured of it. The same trial and seed give the same report. */
export function runTrial(trial: TrialConfig, seed: number, { recordSeries }: { recordSeries: boolean }): TrialReport {
  const { observer, endMs, unfinishedArrivalsMs } = runWorld(trial, seed, (gauges) =>
    recorderOf(trial, gauges, recordSeries),
  );
  return observer.finish(endMs, unfinishedArrivalsMs);
}

/** What measures a run of this trial. */
export function recorderOf(trial: TrialConfig, gauges: Gauges, recordSeries: boolean): TrialRecorder {
  return createTrialRecorder({
    instances: trial.instances,
    callerIds: trial.callers.map(({ id }) => id),
    faultKinds: trial.faults.map(({ action }) => action.kind),
    warmupMs: trial.warmupMs,
    durationMs: trial.durationMs,
    ratePerMs: trial.load.ratePerMs,
    gauges,
    recordSeries,
  });
}
