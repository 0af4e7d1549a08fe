import { invariant } from '../core/assert.ts';
import { Outcome } from '../core/outcome.ts';
import type { TrialReport } from './measures.ts';
import type { TrialRecorderSetup } from './recorder_setup.ts';
import { TrialRecorder } from './trial_recorder.ts';
import { RequestTimes, TwinComparison } from './twin_comparison.ts';

/** A run without faults, to be held against: its report, and how long each request took. */
export interface Twin {
  readonly report: TrialReport;
  readonly times: RequestTimes;
}

/** Records the twin: what others do, and how long each measured request took. */
export function createTwinRecorder(setup: TrialRecorderSetup): TrialRecorder & { readonly times: RequestTimes } {
  return new TwinRecorder(setup);
}

/** Records a run that has a twin. Memory grows by 12 bytes a request, and the twin's 8. */
export function createComparingRecorder(setup: TrialRecorderSetup, twin: Twin): TrialRecorder {
  return new ComparingRecorder(setup, twin);
}

class TwinRecorder extends TrialRecorder {
  readonly times = new RequestTimes();
  private readonly fromMs: number;
  private readonly toMs: number;

  constructor(setup: TrialRecorderSetup) {
    super(setup);
    this.fromMs = setup.warmupMs;
    this.toMs = setup.durationMs;
  }

  override done(
    atMs: number,
    request: number,
    caller: number,
    arrivedAtMs: number,
    outcome: Outcome,
    attempts: number,
    lastInstance: number,
    lastSentAtMs: number,
  ): void {
    super.done(atMs, request, caller, arrivedAtMs, outcome, attempts, lastInstance, lastSentAtMs);
    if (outcome !== Outcome.ok || arrivedAtMs < this.fromMs || arrivedAtMs >= this.toMs) return;
    this.times.succeeded(request, atMs - arrivedAtMs);
  }
}

class ComparingRecorder extends TrialRecorder {
  private readonly comparison: TwinComparison;
  private readonly twin: TrialReport;
  private readonly fromMs: number;
  private readonly toMs: number;

  constructor(setup: TrialRecorderSetup, { report, times }: Twin) {
    super(setup);
    this.twin = report;
    this.comparison = new TwinComparison(setup.instances.length, times, report.measures.latencyMs.p99);
    this.fromMs = setup.warmupMs;
    this.toMs = setup.durationMs;
  }

  override arrive(atMs: number, request: number, caller: number, key: number, demandMs: number): void {
    super.arrive(atMs, request, caller, key, demandMs);
    if (atMs >= this.fromMs && atMs < this.toMs) this.comparison.arrive(request);
  }

  override send(atMs: number, request: number, attempt: number, caller: number, instance: number): void {
    super.send(atMs, request, attempt, caller, instance);
    this.comparison.send(atMs, request, instance);
  }

  override done(
    atMs: number,
    request: number,
    caller: number,
    arrivedAtMs: number,
    outcome: Outcome,
    attempts: number,
    lastInstance: number,
    lastSentAtMs: number,
  ): void {
    super.done(atMs, request, caller, arrivedAtMs, outcome, attempts, lastInstance, lastSentAtMs);
    this.comparison.done(request, outcome, atMs - arrivedAtMs);
  }

  override faultStart(atMs: number, entry: number, event: number, instance: number): void {
    super.faultStart(atMs, entry, event, instance);
    this.comparison.faultStart(instance);
  }

  override faultEnd(atMs: number, entry: number, event: number, instance: number): void {
    super.faultEnd(atMs, entry, event, instance);
    this.comparison.faultEnd(atMs, instance);
  }

  override finish(endMs: number, unfinishedArrivalTimesMs: readonly number[]): TrialReport {
    const report = super.finish(endMs, unfinishedArrivalTimesMs);
    const { measures, sample } = report;
    const { inputDigest } = measures;
    const expected = this.twin.measures.inputDigest;
    invariant(
      inputDigest === expected,
      () => `a run and its twin must meet the same requests: inputDigest ${inputDigest} and ${expected}`,
    );
    const twinResponses = this.twin.sample.conditions.responses;
    return {
      ...report,
      measures: { ...measures, twin: this.comparison.finish() },
      sample: { ...sample, conditions: { ...sample.conditions, twinResponses } },
    };
  }
}
