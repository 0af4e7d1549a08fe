import type { BeliefCause } from '../../core/belief_cause.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { TrialConfig } from '../../sim/config.ts';
import { AGENT, type Gauges } from '../../sim/recorder.ts';
import { BeliefTable } from '../replay/belief_table.ts';
import { TruthTable } from '../replay/truth_table.ts';
import type { Watcher } from '../watch_trial.ts';
import { CallersWithout } from './callers_without.ts';
import { FaultSpans } from './fault_spans.ts';
import { RequestSpans } from './request_spans.ts';
import { beliefState, truthState } from './state_names.ts';
import { States } from './states.ts';
import { TraceBuffer } from './trace_buffer.ts';
import type { TraceEvent } from './trace_event.ts';
import { Tracks } from './tracks.ts';

/** What is to be drawn: from then on, and before then, in virtual time. */
export interface TraceWindow {
  readonly fromMs: number;
  /** Infinity: to the end of the run. */
  readonly toMs: number;
  /** The window closes early where it would take more. */
  readonly events: number;
}

/** Servers are asked how busy they are so often: at the first event of each such stretch. */
const SAMPLE_MS = 10;

/** Draws what a run tells, in a window of it. Beliefs, truths and faults are followed from the start, to be right when it opens. */
export class Tracer implements Watcher {
  /** Of the window as drawn. null: it never opened. */
  closedAtMs: number | null = null;
  /** Whether it closed since there was no more room. */
  capped = false;
  private phase: 'before' | 'inside' | 'after' = 'before';
  private readonly window: TraceWindow;
  private readonly callerIds: readonly string[];
  private readonly instanceIds: readonly string[];
  private readonly beliefs: BeliefTable;
  private readonly truths: TruthTable;
  /** Pairs that have been in view: what was never there is not missing. */
  private readonly known: Uint8Array;
  private readonly tracks: Tracks;
  private readonly buffer: TraceBuffer;
  private readonly requests: RequestSpans;
  private readonly faults: FaultSpans;
  private readonly beliefStates: States;
  private readonly truthStates: States;
  private readonly panics: States;
  private readonly without: CallersWithout;
  private readonly busy: Float64Array;
  private readonly queued: Float64Array;
  private gauges: Gauges | null = null;
  private nextSampleMs = Number.NEGATIVE_INFINITY;

  constructor(trial: TrialConfig, window: TraceWindow) {
    const { callers, instances, faults } = trial;
    this.window = window;
    this.callerIds = callers.map(({ id }) => id);
    this.instanceIds = instances.map(({ id }) => id);
    this.beliefs = new BeliefTable(callers.length, instances.length);
    this.truths = new TruthTable(
      instances.length,
      faults.map(({ action }) => action.kind),
    );
    this.known = new Uint8Array(callers.length * instances.length);
    const tracks = new Tracks(trial);
    this.tracks = tracks;
    this.buffer = new TraceBuffer(window.events);
    this.requests = new RequestSpans(this.buffer, tracks, { callers: this.callerIds, instances: this.instanceIds });
    this.faults = new FaultSpans(this.buffer, tracks);
    this.beliefStates = new States(this.buffer, 'belief', (pair) =>
      tracks.ofBelief(Math.floor(pair / instances.length), pair % instances.length),
    );
    this.truthStates = new States(this.buffer, 'truth', (instance) => tracks.ofInstanceThread(instance, 'truth'));
    this.panics = new States(this.buffer, 'panic', (caller) => tracks.ofPanic(caller));
    this.without = new CallersWithout(this.buffer, tracks, { callers: callers.length, instances: instances.length });
    this.busy = new Float64Array(instances.length).fill(Number.NaN);
    this.queued = new Float64Array(instances.length).fill(Number.NaN);
  }

  watch(gauges: Gauges): void {
    this.gauges = gauges;
  }

  end(endMs: number): void {
    if (this.isInside(endMs)) this.close(endMs);
  }

  /** Names of tracks first, then what happened, in the order of time. */
  events(): TraceEvent[] {
    return [...this.tracks.metadata(), ...this.buffer.events()];
  }

  // Data plane.

  arrive(atMs: number, request: number, caller: number): void {
    if (this.isInside(atMs)) this.requests.arrive(atMs, request, caller);
  }

  send(atMs: number, request: number, attempt: number, caller: number, instance: number): void {
    if (this.isInside(atMs)) this.requests.send(atMs, request, attempt, caller, instance);
  }

  attemptEnd(
    atMs: number,
    request: number,
    attempt: number,
    _caller: number,
    _instance: number,
    _sentAtMs: number,
    outcome: Outcome,
  ): void {
    if (this.isInside(atMs)) this.requests.attemptEnd(atMs, request, attempt, outcome);
  }

  done(atMs: number, request: number, _caller: number, _arrivedAtMs: number, outcome: Outcome, attempts: number): void {
    if (this.isInside(atMs)) this.requests.done(atMs, request, outcome, attempts);
  }

  // What callers believe.

  belief(atMs: number, caller: number, instance: number, good: boolean): void {
    const isInside = this.isInside(atMs);
    this.beliefs.belief(atMs, caller, instance, good);
    if (isInside) this.drawBelief(atMs, caller, instance);
  }

  verdict(atMs: number, caller: number, instance: number, source: BeliefCause, good: boolean): void {
    const isInside = this.isInside(atMs);
    this.beliefs.verdict(caller, instance, source, good);
    if (isInside) this.drawBelief(atMs, caller, instance);
  }

  probing(atMs: number, caller: number, instance: number, probing: boolean): void {
    const isInside = this.isInside(atMs);
    this.beliefs.probing(caller, instance, probing);
    if (isInside) this.drawBelief(atMs, caller, instance);
  }

  view(atMs: number, caller: number, instance: number, inView: boolean): void {
    const isInside = this.isInside(atMs);
    this.beliefs.view(caller, instance, inView);
    this.known[caller * this.instanceIds.length + instance] = 1;
    if (isInside) this.drawBelief(atMs, caller, instance);
  }

  pickable(atMs: number, caller: number, instance: number, pickable: boolean): void {
    const isInside = this.isInside(atMs);
    this.beliefs.pickable(caller, instance, pickable);
    if (isInside) this.drawBelief(atMs, caller, instance);
  }

  panic(atMs: number, caller: number, panic: boolean): void {
    const isInside = this.isInside(atMs);
    this.beliefs.panic(caller, panic);
    if (isInside) this.panics.set(atMs, caller, panic ? 'panic' : null);
  }

  probe(atMs: number, caller: number, instance: number, passed: boolean): void {
    if (!this.isInside(atMs)) return;
    const by = caller === AGENT ? 'agent' : this.callerIds[caller];
    const name = passed ? 'check passed' : 'check failed';
    const track = this.tracks.ofInstanceThread(instance, 'health checks');
    this.buffer.instant(atMs, track, { cat: 'check', name, args: { by } });
  }

  // Ground truth.

  faultStart(atMs: number, entry: number, event: number, instance: number): void {
    const isInside = this.isInside(atMs);
    this.faults.start(atMs, this.truths.faultName(entry), event, instance, isInside);
  }

  faultEnd(atMs: number, entry: number, event: number, instance: number): void {
    this.isInside(atMs);
    this.faults.end(atMs, this.truths.faultName(entry), event, instance);
  }

  truth(atMs: number, instance: number, up: boolean): void {
    const isInside = this.isInside(atMs);
    this.truths.truth(atMs, instance, up);
    if (isInside) this.drawTruth(atMs, instance);
  }

  impaired(atMs: number, instance: number, impaired: boolean): void {
    const isInside = this.isInside(atMs);
    this.truths.impaired(instance, impaired);
    if (isInside) this.drawTruth(atMs, instance);
  }

  planned(atMs: number, instance: number, planned: boolean): void {
    const isInside = this.isInside(atMs);
    this.truths.planned(instance, planned);
    if (isInside) this.drawTruth(atMs, instance);
  }

  startMeasuring(): void {}

  stopMeasuring(): void {}

  /** To be asked before anything of an event is noted, for the window opens upon what was so before. */
  private isInside(atMs: number): boolean {
    const { fromMs, toMs } = this.window;
    if (this.phase === 'after' || atMs < fromMs) return false;
    if (this.phase === 'before') this.open(fromMs);
    if (atMs >= toMs || this.buffer.isFull) {
      this.capped = atMs < toMs;
      this.close(Math.min(atMs, toMs));
      return false;
    }
    if (atMs >= this.nextSampleMs) this.sample(atMs);
    return true;
  }

  private open(atMs: number): void {
    this.phase = 'inside';
    this.faults.drawAll(atMs);
    for (let instance = 0; instance < this.instanceIds.length; instance++) this.drawTruth(atMs, instance);
    for (let caller = 0; caller < this.callerIds.length; caller++) {
      if (this.beliefs.isInPanic(caller)) this.panics.set(atMs, caller, 'panic');
      for (let instance = 0; instance < this.instanceIds.length; instance++) this.drawBelief(atMs, caller, instance);
    }
    this.without.open(atMs);
  }

  private close(atMs: number): void {
    this.phase = 'after';
    this.closedAtMs = atMs;
    this.requests.close(atMs);
    this.faults.close(atMs);
    for (const states of [this.beliefStates, this.truthStates, this.panics]) states.close(atMs);
  }

  private drawBelief(atMs: number, caller: number, instance: number): void {
    const pair = caller * this.instanceIds.length + instance;
    if (this.known[pair] !== 1) return;
    const state = beliefState(this.beliefs.now(caller, instance));
    this.beliefStates.set(atMs, pair, state);
    this.without.set(atMs, caller, instance, state !== null);
  }

  private drawTruth(atMs: number, instance: number): void {
    this.truthStates.set(atMs, instance, truthState(this.truths.now(instance)));
  }

  /** Counters change where the figures do. */
  private sample(atMs: number): void {
    this.nextSampleMs = (Math.floor(atMs / SAMPLE_MS) + 1) * SAMPLE_MS;
    for (let i = 0; i < this.instanceIds.length; i++) {
      const busy = this.gauges?.busy(i) ?? 0;
      const queued = this.gauges?.queued(i) ?? 0;
      if (busy === this.busy[i] && queued === this.queued[i]) continue;
      this.busy[i] = busy;
      this.queued[i] = queued;
      this.buffer.counter(atMs, this.tracks.ofInstance(i), {
        name: 'requests',
        args: { served: busy, waiting: queued },
      });
    }
  }
}
