import { strategyNamed } from '../balancer/strategies/index.ts';
import type { TrialReport } from '../metrics/measures.ts';
import type { TrialRecorderSetup } from '../metrics/recorder_setup.ts';
import { createTrialRecorder, type TrialRecorder } from '../metrics/trial_recorder.ts';
import { createComparingRecorder, createTwinRecorder } from '../metrics/twin_recorders.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Gauges } from '../sim/recorder.ts';
import { runWorld } from '../sim/world.ts';
import { keepsToLimits } from './limit_checks.ts';

export interface TrialOptions {
  readonly recordSeries: boolean;
  /** Whether to run it without its faults too, and hold it against that. */
  readonly twin?: boolean;
}

/** Runs one cell: a world in virtual time, and what is measured of it. The same trial and seed give the same report. */
export function runTrial(trial: TrialConfig, seed: number, { recordSeries, twin = false }: TrialOptions): TrialReport {
  if (!twin) return run(trial, seed, (gauges) => recorderOf(trial, gauges, recordSeries)).report;
  const calm = { ...trial, faults: [] };
  const { report, recorder } = run(calm, seed, (gauges) => createTwinRecorder(setupOf(calm, gauges, false)));
  const { times } = recorder;
  return run(trial, seed, (gauges) => createComparingRecorder(setupOf(trial, gauges, recordSeries), { report, times }))
    .report;
}

/** What measures a run of this trial. */
export function recorderOf(trial: TrialConfig, gauges: Gauges, recordSeries: boolean): TrialRecorder {
  return createTrialRecorder(setupOf(trial, gauges, recordSeries));
}

function run<R extends TrialRecorder>(
  trial: TrialConfig,
  seed: number,
  create: (gauges: Gauges) => R,
): { readonly report: TrialReport; readonly recorder: R } {
  const { observer, endMs, unfinishedArrivalsMs } = runWorld(trial, seed, create);
  return { report: observer.finish(endMs, unfinishedArrivalsMs), recorder: observer };
}

function setupOf(trial: TrialConfig, gauges: Gauges, recordSeries: boolean): TrialRecorderSetup {
  const { name, options } = trial.strategy;
  return {
    instances: trial.instances,
    callerIds: trial.callers.map(({ id }) => id),
    faultKinds: trial.faults.map(({ action }) => action.kind),
    warmupMs: trial.warmupMs,
    durationMs: trial.durationMs,
    ratePerMs: trial.load.ratePerMs,
    gauges,
    recordSeries,
    sessionsStay: trial.loadBalancer.sessionAffinity?.failback === false,
    goesBeyond: strategyNamed(name).variantOf(options).traits.beyond !== undefined,
    keepsToLimits: keepsToLimits(trial),
  };
}
