import { strategyNamed } from '../../balancer/strategies/index.ts';
import type { StrategyFactory } from '../../balancer/strategy.ts';
import type { BeliefCause } from '../../core/belief_cause.ts';
import { NO_KEY } from '../../core/key.ts';
import { Outcome, outcomeNames } from '../../core/outcome.ts';
import type { TrialConfig } from '../../sim/config.ts';
import { AGENT, type Gauges } from '../../sim/recorder.ts';
import type { Watcher } from '../watch_trial.ts';
import { BeliefTable } from './belief_table.ts';
import { ChangeBundle } from './change_bundle.ts';
import { EventWindow, type Stretch } from './event_window.ts';
import type { BeliefChange, PickNote, Picture, ReplayEvent, SendStory, TruthChange } from './events.ts';
import { Landmarks } from './landmarks.ts';
import { noRetryOf, timerOf } from './timers.ts';
import { TruthTable } from './truth_table.ts';
import { type PickWatcher, watchedStrategies } from './watched_strategy.ts';

/** What of a run is to be listed. Requests and instances add up; with neither it is everything. The stretch cuts. */
export interface Selection extends Stretch {
  /** Each with its story. */
  readonly requests: readonly number[];
  /** Indexes into the trial's list. */
  readonly instances: readonly number[];
}

/** What was not listed since it is nothing but usual. */
export interface Unlisted {
  /** Attempts at the instances asked for that succeeded. */
  attempts: number;
  /** Those that failed within a second of another. */
  failures: number;
  /** Probes that ended as the one before did. */
  probes: number;
}

/** At an instance, an attempt that fails is news after so long without another. */
const QUIET_MS = 1000;

/** Turns what a run tells into the events that are asked for. It knows the run as a `Recorder` does, and its picks. */
export class EventLog implements Watcher, PickWatcher {
  wanted = false;
  /** Requests so far. */
  arrivals = 0;
  readonly unlisted: Unlisted = { attempts: 0, failures: 0, probes: 0 };
  readonly window: EventWindow;
  readonly landmarks = new Landmarks();
  private readonly trial: TrialConfig;
  private readonly all: boolean;
  private readonly requests: ReadonlySet<number>;
  private readonly instances: ReadonlySet<number>;
  private readonly callerIds: readonly string[];
  private readonly instanceIds: readonly string[];
  private readonly beliefs: BeliefTable;
  private readonly truths: TruthTable;
  private readonly bundle: ChangeBundle;
  /** By caller, the agents' first, and instance: whether the last probe failed. */
  private readonly probeFailed: Uint8Array;
  /** By instance, when an attempt last failed there. */
  private readonly failedAtMs: Float64Array;
  private gauges: Gauges | null = null;
  /** Of the request at hand, since it was last sent. */
  private picks: PickNote[] = [];
  /** Of listed requests without an attempt under way: since when there is none, and the key of those that arrive. */
  private readonly unsent = new Map<number, { readonly sinceMs: number; readonly key: number }>();

  constructor(trial: TrialConfig, selection: Selection) {
    const { callers, instances } = trial;
    this.trial = trial;
    this.all = selection.requests.length === 0 && selection.instances.length === 0;
    this.requests = new Set(selection.requests);
    this.instances = new Set(selection.instances);
    this.callerIds = callers.map(({ id }) => id);
    this.instanceIds = instances.map(({ id }) => id);
    this.beliefs = new BeliefTable(callers.length, instances.length);
    this.truths = new TruthTable(
      instances.length,
      trial.faults.map(({ action }) => action.kind),
    );
    this.bundle = new ChangeBundle({ callers: this.callerIds, instances: this.instanceIds });
    this.probeFailed = new Uint8Array((callers.length + 1) * instances.length);
    this.failedAtMs = new Float64Array(instances.length).fill(Number.NEGATIVE_INFINITY);
    this.window = new EventWindow(selection);
  }

  /** Where servers are asked how busy they are. To be called before the run. */
  watch(gauges: Gauges): void {
    this.gauges = gauges;
  }

  /** Makes the run's strategies tell this log of their picks. */
  watched(factory: StrategyFactory): StrategyFactory {
    return watchedStrategies(factory, strategyNamed(this.trial.strategy.name).doc, this);
  }

  note(pick: PickNote): void {
    this.picks.push(pick);
  }

  /** The run is over. */
  end(): void {
    this.flush();
  }

  // Data plane. A pick follows at once upon the arrival, or the failure of the attempt before; further ones while it waits.

  arrive(atMs: number, request: number, _caller: number, key: number): void {
    this.arrivals++;
    this.expectPicks(atMs, request, key);
  }

  send(atMs: number, request: number, attempt: number, caller: number, instance: number): void {
    const story = this.requests.has(request) ? this.storyOf(attempt, caller, instance) : null;
    const { sinceMs, key } = this.unsent.get(request) ?? { sinceMs: atMs, key: NO_KEY };
    const waitedMs = atMs - sinceMs;
    this.unsent.delete(request);
    this.picks = [];
    this.wanted = this.awaitsPicks();
    if (!this.lists(request)) return;
    this.emit({
      ...{ kind: 'send', atMs, request, attempt: attempt + 1 },
      ...this.names(caller, instance),
      ...(waitedMs > 0 && { waitedMs }),
      ...(key !== NO_KEY && { key }),
      ...(story !== null && { story }),
    });
  }

  attemptEnd(
    atMs: number,
    request: number,
    attempt: number,
    caller: number,
    instance: number,
    sentAtMs: number,
    outcome: Outcome,
  ): void {
    this.expectPicks(atMs, request, NO_KEY);
    if (outcome === Outcome.ok) {
      if (this.instances.has(instance) && !this.requests.has(request)) this.unlisted.attempts++;
      return;
    }
    const sinceFailedMs = atMs - this.failedAtMs[instance];
    this.failedAtMs[instance] = atMs;
    if (!this.lists(request)) {
      if (!this.instances.has(instance)) return;
      if (sinceFailedMs < QUIET_MS) {
        this.unlisted.failures++;
        return;
      }
    }
    const afterMs = atMs - sentAtMs;
    this.emit({
      ...{ kind: 'end', atMs, request, attempt: attempt + 1 },
      ...this.names(caller, instance),
      ...{ outcome: outcomeNames[outcome], afterMs, timer: timerOf(this.trial.request, outcome, afterMs) },
    });
  }

  done(
    atMs: number,
    request: number,
    caller: number,
    arrivedAtMs: number,
    outcome: Outcome,
    attempts: number,
    lastInstance: number,
    lastSentAtMs: number,
  ): void {
    this.wanted = false;
    this.unsent.delete(request);
    this.wanted = this.awaitsPicks();
    const tookMs = atMs - arrivedAtMs;
    if (this.isMeasured(arrivedAtMs)) this.landmarks.done(request, arrivedAtMs, outcome, attempts, tookMs);
    if (!this.lists(request)) return;
    const askedFor = outcome === Outcome.noHost && this.requests.has(request);
    const { request: policy, loadBalancer } = this.trial;
    const strict = loadBalancer.sessionAffinity?.strict === true;
    this.emit({
      ...{ kind: 'done', atMs, request, caller: this.callerIds[caller], outcome: outcomeNames[outcome], attempts },
      ...{ instance: lastInstance < 0 ? null : this.instanceIds[lastInstance], tookMs },
      lastAttemptMs: lastInstance < 0 ? null : atMs - lastSentAtMs,
      noRetry: noRetryOf(policy, strict, outcome, attempts, tookMs),
      ...(askedFor && { picture: this.pictureOf(caller) }),
    });
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
    this.beliefs.belief(atMs, caller, instance, good);
    this.changed(atMs, caller, instance, { what: 'belief', good, cause, evidenceAtMs });
  }

  verdict(
    atMs: number,
    caller: number,
    instance: number,
    source: BeliefCause,
    good: boolean,
    evidenceAtMs: number,
  ): void {
    this.beliefs.verdict(caller, instance, source, good);
    this.changed(atMs, caller, instance, { what: 'verdict', source, good, evidenceAtMs });
  }

  probing(atMs: number, caller: number, instance: number, probing: boolean): void {
    this.beliefs.probing(caller, instance, probing);
    this.changed(atMs, caller, instance, { what: 'probing', probing });
  }

  view(atMs: number, caller: number, instance: number, inView: boolean): void {
    this.beliefs.view(caller, instance, inView);
    this.changed(atMs, caller, instance, { what: 'view', inView });
  }

  pickable(atMs: number, caller: number, instance: number, pickable: boolean): void {
    this.beliefs.pickable(caller, instance, pickable);
    this.changed(atMs, caller, instance, { what: 'pickable', pickable, panic: this.beliefs.isInPanic(caller) });
  }

  panic(atMs: number, caller: number, panic: boolean): void {
    this.beliefs.panic(caller, panic);
    if (!this.all) return;
    if (this.bundle.isBefore(atMs)) this.flush();
    this.bundle.panic(atMs, caller, panic);
  }

  probe(atMs: number, caller: number, instance: number, passed: boolean): void {
    const at = (caller + 1) * this.instanceIds.length + instance;
    const isUsual = passed === (this.probeFailed[at] === 0);
    this.probeFailed[at] = passed ? 0 : 1;
    if (!this.concerns(instance)) return;
    if (isUsual) {
      this.unlisted.probes++;
      return;
    }
    const by = caller === AGENT ? null : this.callerIds[caller];
    this.emit({ kind: 'probe', atMs, caller: by, instance: this.instanceIds[instance], passed });
  }

  // Ground truth.

  faultStart(atMs: number, entry: number, _event: number, instance: number): void {
    this.truths.fault(atMs, instance, entry, true);
    this.became(atMs, instance, { what: 'fault', fault: this.truths.faultName(entry), starts: true });
  }

  faultEnd(atMs: number, entry: number, _event: number, instance: number): void {
    this.truths.fault(atMs, instance, entry, false);
    this.became(atMs, instance, { what: 'fault', fault: this.truths.faultName(entry), starts: false });
  }

  truth(atMs: number, instance: number, up: boolean, entry: number): void {
    this.truths.truth(atMs, instance, up);
    this.became(atMs, instance, { what: 'up', up, fault: this.truths.faultName(entry) });
  }

  impaired(atMs: number, instance: number, impaired: boolean, entry: number): void {
    this.truths.impaired(instance, impaired);
    this.became(atMs, instance, { what: 'impaired', impaired, fault: this.truths.faultName(entry) });
  }

  planned(atMs: number, instance: number, planned: boolean): void {
    this.truths.planned(instance, planned);
    this.became(atMs, instance, { what: 'planned', planned });
  }

  startMeasuring(atMs: number): void {
    if (this.all) this.emit({ kind: 'measuring', atMs, starts: true });
  }

  stopMeasuring(atMs: number): void {
    if (this.all) this.emit({ kind: 'measuring', atMs, starts: false });
  }

  private expectPicks(atMs: number, request: number, key: number): void {
    if (this.lists(request)) this.unsent.set(request, { sinceMs: atMs, key });
    this.wanted = this.awaitsPicks();
    this.picks = [];
  }

  /** Whether a request that was asked for is to be picked for: now, or as soon as there is somebody. */
  private awaitsPicks(): boolean {
    for (const request of this.requests) if (this.unsent.has(request)) return true;
    return false;
  }

  private storyOf(attempt: number, caller: number, instance: number): SendStory {
    const { picks, gauges } = this;
    const last = picks.at(-1) ?? null;
    const byPolicy = last?.instance === this.instanceIds[instance];
    const turnedDown = (byPolicy ? picks.slice(0, -1) : picks).map((pick) => pick.instance);
    const unasked = attempt === 0 ? 'session' : 'sessionOrUntried';
    return {
      choice: last === null ? unasked : byPolicy ? 'policy' : 'untried',
      turnedDown: [...new Set(turnedDown)],
      pick: last,
      serving: gauges?.busy(instance) ?? 0,
      waiting: gauges?.queued(instance) ?? 0,
      picture: this.pictureOf(caller),
    };
  }

  private pictureOf(caller: number): Picture {
    const indexes = this.instanceIds.map((_, instance) => instance);
    const others = indexes.filter(
      (instance) => !(this.truths.isWell(instance) && this.beliefs.isGood(caller, instance)),
    );
    return {
      panic: this.beliefs.isInPanic(caller),
      registry: this.truths.registry,
      wellAndGood: indexes.length - others.length,
      others: others.map((instance) => ({
        instance: this.instanceIds[instance],
        belief: this.beliefs.now(caller, instance),
        truth: this.truths.now(instance),
      })),
    };
  }

  private isMeasured(arrivedAtMs: number): boolean {
    return arrivedAtMs >= this.trial.warmupMs && arrivedAtMs < this.trial.durationMs;
  }

  private lists(request: number): boolean {
    return this.all || this.requests.has(request);
  }

  private concerns(instance: number): boolean {
    return this.all || this.instances.has(instance);
  }

  private names(caller: number, instance: number) {
    return { caller: this.callerIds[caller], instance: this.instanceIds[instance] };
  }

  private changed(atMs: number, caller: number, instance: number, change: BeliefChange): void {
    if (!this.concerns(instance)) return;
    if (this.bundle.isBefore(atMs)) this.flush();
    this.bundle.belief(atMs, caller, instance, change);
  }

  /** An outage of the registry concerns every instance. */
  private became(atMs: number, instance: number, change: TruthChange): void {
    if (instance >= 0 ? !this.concerns(instance) : !this.all && this.instances.size === 0) return;
    if (this.bundle.isBefore(atMs)) this.flush();
    this.bundle.truth(atMs, instance, change);
  }

  private emit(event: ReplayEvent): void {
    this.flush();
    this.window.push(event);
  }

  private flush(): void {
    for (const event of this.bundle.take()) this.window.push(event);
  }
}
