import type { BeliefCause } from '../../src/core/belief_cause.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import type { TrialReport } from '../../src/metrics/measures.ts';
import type { TrialRecorderSetup } from '../../src/metrics/recorder_setup.ts';
import { createTrialRecorder, type TrialRecorder } from '../../src/metrics/trial_recorder.ts';

/** One call of a recorder, as data. A history is a list of them in the order of the calls. */
export type Event = { readonly atMs: number } & (
  | { readonly kind: 'start' | 'stop' }
  | { readonly kind: 'arrive'; readonly request: number; readonly caller: number; readonly demandMs: number }
  | {
      readonly kind: 'send';
      readonly request: number;
      readonly attempt: number;
      readonly caller: number;
      readonly instance: number;
    }
  | {
      readonly kind: 'attemptEnd';
      readonly request: number;
      readonly attempt: number;
      readonly caller: number;
      readonly instance: number;
      readonly sentAtMs: number;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: 'done';
      readonly request: number;
      readonly caller: number;
      readonly arrivedAtMs: number;
      readonly outcome: Outcome;
      readonly attempts: number;
      readonly lastInstance: number;
      readonly lastSentAtMs: number;
    }
  | {
      readonly kind: 'belief';
      readonly caller: number;
      readonly instance: number;
      readonly on: boolean;
      readonly cause: BeliefCause;
      readonly evidenceAtMs: number;
    }
  | {
      readonly kind: 'verdict';
      readonly caller: number;
      readonly instance: number;
      readonly on: boolean;
      readonly source: BeliefCause;
      readonly evidenceAtMs: number;
    }
  | {
      readonly kind: 'view' | 'pickable' | 'probing';
      readonly caller: number;
      readonly instance: number;
      readonly on: boolean;
    }
  | { readonly kind: 'panic'; readonly caller: number; readonly on: boolean }
  | { readonly kind: 'probe'; readonly caller: number; readonly instance: number; readonly passed: boolean }
  | {
      readonly kind: 'faultStart' | 'faultEnd';
      readonly entry: number;
      readonly event: number;
      readonly instance: number;
    }
  | { readonly kind: 'truth' | 'impaired'; readonly instance: number; readonly on: boolean; readonly entry: number }
  | { readonly kind: 'planned'; readonly instance: number; readonly on: boolean }
);

/** The events of one kind; several kinds may share a shape. */
export type Of<K extends Event['kind']> = Event extends infer E
  ? E extends { kind: infer L }
    ? K extends L
      ? E
      : never
    : never
  : never;

export interface History {
  readonly setup: TrialRecorderSetup;
  readonly events: readonly Event[];
  readonly endMs: number;
  /** Arrival times of measured requests without an answer. */
  readonly unfinished: readonly number[];
}

export function record(history: History): TrialReport {
  const recorder = createTrialRecorder(history.setup);
  for (const event of history.events) play(recorder, event);
  return recorder.finish(history.endMs, history.unfinished);
}

/** How each kind of event is said to a recorder. */
const calls: { readonly [K in Event['kind']]: (r: TrialRecorder, e: Of<K>) => void } = {
  start: (r, e) => r.startMeasuring(e.atMs),
  stop: (r, e) => r.stopMeasuring(e.atMs),
  arrive: (r, e) => r.arrive(e.atMs, e.request, e.caller, NO_KEY, e.demandMs),
  send: (r, e) => r.send(e.atMs, e.request, e.attempt, e.caller, e.instance),
  attemptEnd: (r, e) => r.attemptEnd(e.atMs, e.request, e.attempt, e.caller, e.instance, e.sentAtMs, e.outcome),
  done: (r, e) =>
    r.done(e.atMs, e.request, e.caller, e.arrivedAtMs, e.outcome, e.attempts, e.lastInstance, e.lastSentAtMs),
  belief: (r, e) => r.belief(e.atMs, e.caller, e.instance, e.on, e.cause, e.evidenceAtMs),
  view: (r, e) => r.view(e.atMs, e.caller, e.instance, e.on),
  verdict: (r, e) => r.verdict(e.atMs, e.caller, e.instance, e.source, e.on, e.evidenceAtMs),
  probing: (r, e) => r.probing(e.atMs, e.caller, e.instance, e.on),
  pickable: (r, e) => r.pickable(e.atMs, e.caller, e.instance, e.on),
  panic: (r, e) => r.panic(e.atMs, e.caller, e.on),
  probe: (r, e) => r.probe(e.atMs, e.caller, e.instance, e.passed),
  faultStart: (r, e) => r.faultStart(e.atMs, e.entry, e.event, e.instance),
  faultEnd: (r, e) => r.faultEnd(e.atMs, e.entry, e.event, e.instance),
  truth: (r, e) => r.truth(e.atMs, e.instance, e.on, e.entry),
  impaired: (r, e) => r.impaired(e.atMs, e.instance, e.on, e.entry),
  planned: (r, e) => r.planned(e.atMs, e.instance, e.on),
};

function play(recorder: TrialRecorder, event: Event): void {
  const call = calls[event.kind] as (r: TrialRecorder, e: Event) => void;
  call(recorder, event);
}

export interface SmallWorld {
  /** One instance each; ids are `i-0`, `i-1`, ... */
  readonly weights?: readonly number[];
  readonly concurrency?: number;
  /** Ids are `c-0`, ... */
  readonly callers?: number;
  readonly faultKinds?: readonly string[];
  readonly warmupMs?: number;
  readonly durationMs?: number;
  readonly ratePerMs?: number;
  readonly gauges?: TrialRecorderSetup['gauges'];
  readonly recordSeries?: boolean;
}

export function smallWorld(world: SmallWorld = {}): TrialRecorderSetup {
  return {
    instances: (world.weights ?? [1, 1, 1, 1]).map((weight, i) => ({
      id: `i-${i}`,
      zone: null,
      weight,
      concurrency: world.concurrency ?? 1,
    })),
    callerIds: Array.from({ length: world.callers ?? 1 }, (_, i) => `c-${i}`),
    faultKinds: world.faultKinds ?? ['crash'],
    warmupMs: world.warmupMs ?? 0,
    durationMs: world.durationMs ?? 10_000,
    ratePerMs: world.ratePerMs ?? 1,
    gauges: world.gauges ?? { busy: () => 0, queued: () => 0, busyMs: () => 0 },
    recordSeries: world.recordSeries ?? false,
  };
}

/** One attempt: to whom, when it left, when and how it ended (null: it never did). */
export type Attempt = readonly [instance: number, sentAtMs: number, endedAtMs: number | null, outcome?: Outcome];

/** Writes a history in any order of time; things said about one instant happen in the order in which they are said. */
export class Script {
  readonly setup: TrialRecorderSetup;
  private readonly steps: { readonly atMs: number; readonly events: () => Event[] }[] = [];
  private readonly unfinished: number[] = [];
  private requests = 0;

  constructor(world: SmallWorld = {}) {
    this.setup = smallWorld(world);
    this.say({ kind: 'start', atMs: this.setup.warmupMs });
    this.say({ kind: 'stop', atMs: this.setup.durationMs });
  }

  say(...events: Event[]): this {
    for (const event of events) this.steps.push({ atMs: event.atMs, events: () => [event] });
    return this;
  }

  /** Every caller has every instance of weight > 0 in view, believes in it and may pick it. */
  allGood(atMs = 0): this {
    this.setup.callerIds.forEach((_, caller) => {
      this.setup.instances.forEach(({ weight }, instance) => {
        if (weight > 0) this.join(atMs, caller, instance);
      });
    });
    return this;
  }

  join(atMs: number, caller: number, instance: number): this {
    return this.say({ kind: 'view', atMs, caller, instance, on: true })
      .believe(atMs, caller, instance)
      .pick(atMs, caller, instance, true);
  }

  believe(atMs: number, caller: number, instance: number, evidenceAtMs = atMs): this {
    return this.say({ kind: 'belief', atMs, caller, instance, on: true, cause: 'activeCheck', evidenceAtMs });
  }

  doubt(atMs: number, caller: number, instance: number, cause: BeliefCause = 'activeCheck', evidenceAtMs = atMs): this {
    return this.say({ kind: 'belief', atMs, caller, instance, on: false, cause, evidenceAtMs });
  }

  /** What one source by itself thinks. */
  verdict(atMs: number, caller: number, instance: number, source: BeliefCause, on: boolean, evidenceAtMs = atMs): this {
    return this.say({ kind: 'verdict', atMs, caller, instance, source, on, evidenceAtMs });
  }

  pick(atMs: number, caller: number, instance: number, on: boolean): this {
    return this.say({ kind: 'pickable', atMs, caller, instance, on });
  }

  /** Belief turns bad and the balancer stops picking it. */
  remove(
    atMs: number,
    caller: number,
    instance: number,
    cause: BeliefCause = 'activeCheck',
    evidenceAtMs = atMs,
  ): this {
    return this.doubt(atMs, caller, instance, cause, evidenceAtMs).pick(atMs, caller, instance, false);
  }

  /** And back again. */
  restore(atMs: number, caller: number, instance: number): this {
    return this.believe(atMs, caller, instance).pick(atMs, caller, instance, true);
  }

  /** A fault takes the instance down from `fromMs` to `toMs` (null: for good). */
  outage(instance: number, fromMs: number, toMs: number | null, entry = 0, event = entry): this {
    this.say({ kind: 'faultStart', atMs: fromMs, entry, event, instance });
    this.say({ kind: 'truth', atMs: fromMs, instance, on: false, entry });
    if (toMs === null) return this;
    this.say({ kind: 'faultEnd', atMs: toMs, entry, event, instance });
    return this.say({ kind: 'truth', atMs: toMs, instance, on: true, entry });
  }

  impairment(instance: number, fromMs: number, toMs: number, entry = 0, event = entry): this {
    this.say({ kind: 'faultStart', atMs: fromMs, entry, event, instance });
    this.say({ kind: 'impaired', atMs: fromMs, instance, on: true, entry });
    this.say({ kind: 'faultEnd', atMs: toMs, entry, event, instance });
    return this.say({ kind: 'impaired', atMs: toMs, instance, on: false, entry });
  }

  /** A request with its attempts; its answer is that of the last, at that moment, unless it never ended. */
  request(caller: number, arrivedAtMs: number, ...attempts: readonly Attempt[]): this {
    let request = -1;
    this.steps.push({
      atMs: arrivedAtMs,
      events: () => {
        request = this.requests++;
        return [{ kind: 'arrive', atMs: arrivedAtMs, request, caller, demandMs: 1 }];
      },
    });
    attempts.forEach(([instance, sentAtMs, endedAtMs, outcome = Outcome.ok], attempt) => {
      this.steps.push({
        atMs: sentAtMs,
        events: () => [{ kind: 'send', atMs: sentAtMs, request, attempt, caller, instance }],
      });
      if (endedAtMs === null) return;
      this.steps.push({
        atMs: endedAtMs,
        events: () => [{ kind: 'attemptEnd', atMs: endedAtMs, request, attempt, caller, instance, sentAtMs, outcome }],
      });
    });
    const [lastInstance, lastSentAtMs, doneAtMs, outcome = Outcome.ok] =
      attempts.at(-1) ?? ([-1, Number.NaN, arrivedAtMs, Outcome.noHost] as const);
    if (doneAtMs === null) {
      const { warmupMs, durationMs } = this.setup;
      if (arrivedAtMs >= warmupMs && arrivedAtMs < durationMs) this.unfinished.push(arrivedAtMs);
      return this;
    }
    this.steps.push({
      atMs: doneAtMs,
      events: () => [
        {
          kind: 'done',
          atMs: doneAtMs,
          request,
          caller,
          arrivedAtMs,
          outcome,
          attempts: attempts.length,
          lastInstance,
          lastSentAtMs,
        },
      ],
    });
    return this;
  }

  /** A request answered at once by that instance. */
  hit(atMs: number, instance: number, caller = 0, outcome: Outcome = Outcome.ok): this {
    return this.request(caller, atMs, [instance, atMs, atMs, outcome]);
  }

  history(endMs = this.setup.durationMs): History {
    const events = this.steps.toSorted((a, b) => a.atMs - b.atMs).flatMap((step) => step.events());
    return { setup: this.setup, events, endMs, unfinished: this.unfinished };
  }

  run(endMs = this.setup.durationMs): TrialReport {
    return record(this.history(endMs));
  }
}
