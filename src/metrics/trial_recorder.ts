import { invariant } from '../core/assert.ts';
import type { BeliefCause } from '../core/belief_cause.ts';
import { Outcome } from '../core/outcome.ts';
import { UpTime } from './availability.ts';
import { BusyTime } from './busy_time.ts';
import { cellMeasures, type Meters } from './cell_measures.ts';
import { Conditions } from './conditions.ts';
import { Detectors } from './detectors.ts';
import { Digests } from './digests.ts';
import { FailoverTracker } from './failovers.ts';
import { FairnessMeter } from './fairness.ts';
import { FairnessWindows, windowLengthMs } from './fairness_windows.ts';
import { Impact } from './impact.ts';
import { LatencyMeter } from './latency.ts';
import type { TrialReport } from './measures.ts';
import { GOOD, IN_VIEW, PairTable, PICKABLE, PROBING } from './pairs.ts';
import { ProbeTally } from './probe_tally.ts';
import type { TrialRecorderSetup } from './recorder_setup.ts';
import { RequestTally } from './requests.ts';
import { SeriesRecorder } from './series.ts';
import { TruthFairness } from './truth_fairness.ts';

export function createTrialRecorder(setup: TrialRecorderSetup): TrialRecorder {
  return new TrialRecorder(setup);
}

/**
 * Turns what a run tells (`Recorder` in sim/) into its measures. It only dispatches: each figure lives in a part of its
 * own. `startMeasuring` and `stopMeasuring` are called once each, at exactly `warmupMs` and `durationMs`, before anything
 * else of that instant; after the stop only open requests are followed. Events of one instant are taken in the order of
 * the calls. Memory does not grow with the number of requests, and the four data-plane methods allocate nothing.
 */
export class TrialRecorder {
  private readonly setup: TrialRecorderSetup;
  private readonly weights: Float64Array;
  private readonly warmupMs: number;
  private readonly durationMs: number;
  private readonly instances: number;
  private readonly pairs: PairTable;
  private readonly inPanic: Uint8Array;
  private readonly up: Uint8Array;
  private phase: 'warmup' | 'measuring' | 'stopped' = 'warmup';
  /** The same as `phase === 'measuring'`, for the hot path. */
  private measuring = false;
  /** The next moment at which a window or a second ends. */
  private nextTickMs = Number.POSITIVE_INFINITY;
  /** Failed attempts among those sent in [warmup, duration), by instance. */
  private readonly failures: Float64Array;
  private readonly probes: ProbeTally;
  private readonly digests = new Digests();
  private readonly tally: RequestTally;
  private readonly latency = new LatencyMeter();
  private readonly fairness: FairnessMeter;
  private readonly truthFairness: TruthFairness;
  private readonly windows: FairnessWindows;
  private readonly failovers: FailoverTracker;
  private readonly impact: Impact;
  private readonly detectors: Detectors;
  private readonly upTime: UpTime;
  private readonly busyTime: BusyTime;
  private readonly series: SeriesRecorder | null;
  private readonly conditions: Conditions;

  constructor(setup: TrialRecorderSetup) {
    const { warmupMs, durationMs, gauges } = setup;
    invariant(
      warmupMs >= 0 && durationMs > warmupMs,
      `a run needs 0 <= warmup < duration, found ${warmupMs} and ${durationMs} ms`,
    );
    const instances = setup.instances.length;
    this.setup = setup;
    this.warmupMs = warmupMs;
    this.durationMs = durationMs;
    this.instances = instances;
    this.weights = Float64Array.from(setup.instances, ({ weight }) => weight);
    this.pairs = new PairTable(setup.callerIds.length, instances);
    this.inPanic = new Uint8Array(setup.callerIds.length);
    this.up = new Uint8Array(instances).fill(1);
    this.failures = new Float64Array(instances);
    this.probes = new ProbeTally(instances);
    this.tally = new RequestTally(instances);
    this.fairness = new FairnessMeter(this.pairs, this.weights);
    this.truthFairness = new TruthFairness(this.weights);
    const length = windowLengthMs(this.weights.filter((weight) => weight > 0).length, setup.ratePerMs);
    this.windows = new FairnessWindows(this.fairness, this.pairs, this.weights, length);
    this.failovers = new FailoverTracker(this.pairs, this.weights);
    this.impact = new Impact(instances);
    this.detectors = new Detectors(setup.callerIds.length, instances);
    this.upTime = new UpTime(instances, warmupMs, durationMs);
    this.busyTime = new BusyTime(instances, (i) => gauges.busyMs(i));
    this.series = setup.recordSeries ? new SeriesRecorder(setup) : null;
    this.conditions = new Conditions(durationMs, setup.ratePerMs);
    this.schedule();
  }

  startMeasuring(atMs: number): void {
    invariant(this.phase === 'warmup' && atMs === this.warmupMs, `measuring starts once, at ${this.warmupMs} ms`);
    this.advance(atMs);
    this.phase = 'measuring';
    this.measuring = true;
    this.windows.start(atMs);
    this.detectors.start(atMs);
    this.busyTime.start();
    this.conditions.start(this.inPanic);
    this.schedule();
  }

  stopMeasuring(atMs: number): void {
    invariant(this.phase === 'measuring' && atMs === this.durationMs, `measuring stops once, at ${this.durationMs} ms`);
    this.phase = 'stopped';
    this.measuring = false;
    this.windows.stop(atMs);
    this.series?.stop(atMs);
    this.detectors.stop(atMs);
    this.failovers.stop(atMs);
    this.impact.stop(atMs);
    this.upTime.stop(atMs);
    this.busyTime.stop();
    this.nextTickMs = Number.POSITIVE_INFINITY;
  }

  // Data plane.

  arrive(atMs: number, request: number, caller: number, key: number, demandMs: number): void {
    if (atMs >= this.nextTickMs) this.tick(atMs);
    this.digests.arrive(atMs, caller);
    this.tally.arrive(request, this.measuring);
    if (atMs >= this.durationMs) return;
    this.digests.demand(atMs, caller, key, demandMs);
    if (this.series !== null) this.series.arrive();
  }

  send(atMs: number, request: number, attempt: number, caller: number, instance: number): void {
    if (atMs >= this.nextTickMs) this.tick(atMs);
    const pair = caller * this.instances + instance;
    this.digests.send(atMs, request, attempt, pair);
    this.tally.send(request, attempt, instance);
    const pickable = (this.pairs.flags[pair] & PICKABLE) !== 0;
    const panics = this.inPanic[caller] !== 0 || (!pickable && this.setup.goesBeyond === true);
    if (!pickable && !this.setup.sessionsStay) this.checkBeyond(caller, instance, attempt);
    if (this.measuring) {
      if (pickable) {
        this.fairness.send(caller, instance, pair);
        this.truthFairness.send();
      } else this.fairness.sendBeyond(instance);
      if (this.failovers.isDown[instance] !== 0) this.failovers.sent(atMs, caller, instance, panics);
    }
    if (this.series !== null && atMs < this.durationMs) this.series.send(instance, attempt);
  }

  attemptEnd(
    _atMs: number,
    request: number,
    _attempt: number,
    _caller: number,
    instance: number,
    sentAtMs: number,
    outcome: Outcome,
  ): void {
    this.tally.attemptEnd(request, instance);
    if (outcome === Outcome.ok) return;
    if (sentAtMs >= this.warmupMs && sentAtMs < this.durationMs) this.failures[instance]++;
    this.failovers.attemptFailed(instance, sentAtMs);
    this.impact.attemptFailed(instance, sentAtMs);
  }

  done(
    atMs: number,
    request: number,
    _caller: number,
    arrivedAtMs: number,
    outcome: Outcome,
    attempts: number,
    lastInstance: number,
    lastSentAtMs: number,
  ): void {
    this.digests.done(atMs, request, outcome);
    this.tally.done(request, outcome, attempts);
    if (outcome !== Outcome.ok && lastInstance >= 0) {
      this.failovers.requestFailed(lastInstance, lastSentAtMs);
      this.impact.requestFailed(lastInstance, lastSentAtMs);
    }
    if (arrivedAtMs >= this.durationMs) return;
    if (this.series !== null) this.series.done(atMs, arrivedAtMs, outcome);
    if (outcome === Outcome.ok) this.conditions.succeeded(arrivedAtMs, atMs - arrivedAtMs);
    if (arrivedAtMs < this.warmupMs) return;
    this.latency.done(atMs - arrivedAtMs, outcome === Outcome.ok);
    this.impact.done(arrivedAtMs, outcome !== Outcome.ok);
  }

  // What callers believe.

  belief(
    atMs: number,
    caller: number,
    instance: number,
    good: boolean,
    cause: BeliefCause,
    evidenceAtMs: number,
  ): void {
    this.advance(atMs);
    const pair = this.turn(caller, instance, GOOD, good, 'good');
    invariant(
      !good || this.pairs.has(pair, IN_VIEW),
      () => `belief in ${this.name(caller, instance)} needs it in view`,
    );
    this.digests.belief(atMs, pair, good, cause);
    if (this.phase === 'stopped') return;
    this.detectors.belief(atMs, instance, pair, good, evidenceAtMs);
    if (!good) this.failovers.removed(atMs, caller, instance, cause, evidenceAtMs);
    this.series?.belief(atMs, caller, instance, good, cause);
  }

  verdict(
    atMs: number,
    caller: number,
    instance: number,
    source: BeliefCause,
    good: boolean,
    evidenceAtMs: number,
  ): void {
    this.advance(atMs);
    if (this.phase !== 'stopped') this.detectors.verdict(atMs, caller, instance, source, good, evidenceAtMs);
    this.series?.verdict(atMs, caller, instance, source, good);
  }

  view(atMs: number, caller: number, instance: number, inView: boolean): void {
    this.advance(atMs);
    this.turn(caller, instance, IN_VIEW, inView, 'in view');
    if (!inView && this.phase !== 'stopped') this.detectors.left(atMs, caller, instance);
  }

  probing(atMs: number, caller: number, instance: number, probing: boolean): void {
    this.advance(atMs);
    this.turn(caller, instance, PROBING, probing, 'probed');
    if (this.phase !== 'stopped') this.failovers.probing(atMs, caller, instance, probing);
  }

  pickable(atMs: number, caller: number, instance: number, pickable: boolean): void {
    this.advance(atMs);
    invariant(
      !pickable || this.weights[instance] > 0,
      () => `${this.name(caller, instance)} has weight 0 and is never pickable`,
    );
    this.windows.changed(atMs);
    const pair = this.turn(caller, instance, PICKABLE, pickable, 'pickable');
    this.fairness.pickable(caller, pair, pickable);
    if (this.phase !== 'stopped') this.failovers.pickable(atMs, caller, instance, pickable);
  }

  panic(atMs: number, caller: number, panic: boolean): void {
    this.advance(atMs);
    this.inPanic[caller] = panic ? 1 : 0;
    if (panic) this.conditions.panic(this.measuring);
  }

  probe(_atMs: number, _caller: number, instance: number, passed: boolean): void {
    if (this.measuring) this.probes.ended(instance, passed);
  }

  // Ground truth.

  faultStart(atMs: number, entry: number, event: number, instance: number): void {
    this.advance(atMs);
    this.digests.fault(atMs, entry, event, instance, true);
    this.conditions.fault(atMs);
    this.series?.fault(atMs, entry, 1);
    if (this.phase !== 'stopped') this.impact.faultStart(atMs, entry, event, instance, this.measuring);
  }

  faultEnd(atMs: number, entry: number, event: number, instance: number): void {
    this.advance(atMs);
    this.digests.fault(atMs, entry, event, instance, false);
    this.series?.fault(atMs, entry, -1);
    if (this.phase !== 'stopped') this.impact.faultEnd(atMs, entry, event, instance);
  }

  truth(atMs: number, instance: number, up: boolean, entry: number): void {
    this.advance(atMs);
    invariant((this.up[instance] === 1) !== up, () => `instance ${instance} is ${up ? 'up' : 'down'} already`);
    this.up[instance] = up ? 1 : 0;
    if (this.phase === 'stopped') return;
    this.truthFairness.truth(instance, up);
    this.upTime.truth(atMs, instance, up);
    this.detectors.truth(atMs, instance, up);
    this.failovers.truth(atMs, instance, up, entry, this.measuring);
    this.series?.truth(atMs, instance, up);
  }

  /** May be called again while the instance is impaired: `entry` is then the fault that still acts. */
  impaired(atMs: number, instance: number, impaired: boolean, entry: number): void {
    this.advance(atMs);
    const kind = impaired ? this.setup.faultKinds[entry] : null;
    this.series?.impaired(atMs, instance, kind);
    if (this.phase !== 'stopped') this.detectors.impair(atMs, instance, kind);
  }

  planned(atMs: number, instance: number, planned: boolean): void {
    this.advance(atMs);
    if (this.phase !== 'stopped') this.detectors.plan(atMs, instance, planned);
  }

  /** `unfinishedArrivalTimesMs`: of the measured requests without an answer at `endMs`, the last moment of the run. */
  finish(endMs: number, unfinishedArrivalTimesMs: readonly number[]): TrialReport {
    invariant(this.phase === 'stopped', 'a run is finished after measuring has stopped');
    for (const arrivedAtMs of unfinishedArrivalTimesMs) {
      invariant(
        arrivedAtMs >= this.warmupMs && arrivedAtMs < this.durationMs,
        () => `an unfinished request is a measured one, found one that arrived at ${arrivedAtMs} ms`,
      );
      this.impact.done(arrivedAtMs, true);
    }
    const ages = unfinishedArrivalTimesMs.map((arrivedAtMs) => endMs - arrivedAtMs);
    const { latency, failovers, conditions } = this;
    return {
      measures: cellMeasures(this.setup, this.meters, ages),
      sample: { latency: latency.sample(ages), failover: failovers.sample(), conditions: conditions.sample() },
      upShare: this.upTime.upShare(),
      series: this.series === null ? null : this.series.finish(this.latency.successes),
    };
  }

  private get meters(): Meters {
    const { digests, tally, latency, fairness, truthFairness, windows, failovers, impact } = this;
    const { detectors, upTime, busyTime, probes, failures } = this;
    return {
      ...{ digests, tally, latency, fairness, truthFairness, windows, failovers, impact },
      ...{ detectors, upTime, busyTime, probes, failures },
    };
  }

  private turn(caller: number, instance: number, flag: number, on: boolean, what: string): number {
    const pair = caller * this.instances + instance;
    const isNew = this.pairs.has(pair, flag) !== on;
    invariant(isNew, () => `${this.name(caller, instance)} is ${on ? '' : 'not '}${what} already`);
    this.pairs.set(pair, flag, on);
    return pair;
  }

  /** A retry may avoid priorities, and so go to hosts that no first attempt goes to; some policies go there anyway, or where others are full. */
  private checkBeyond(caller: number, instance: number, attempt: number): void {
    const goes = attempt > 0 || this.setup.goesBeyond === true || this.setup.keepsToLimits === true;
    const mayGo = goes && this.pairs.has(caller * this.instances + instance, IN_VIEW);
    invariant(mayGo, () => `an attempt went to ${this.name(caller, instance)}, which was not pickable`);
  }

  private name(caller: number, instance: number): string {
    return `${this.setup.callerIds[caller]}/${this.setup.instances[instance].id}`;
  }

  private advance(atMs: number): void {
    if (atMs >= this.nextTickMs) this.tick(atMs);
  }

  private tick(atMs: number): void {
    this.windows.roll(atMs);
    this.series?.roll(atMs);
    this.schedule();
  }

  private schedule(): void {
    this.nextTickMs = Math.min(this.windows.endMs, this.series?.endMs ?? Number.POSITIVE_INFINITY);
  }
}
