import { fc } from '@fast-check/vitest';
import { type BeliefCause, type ByCause, beliefCauses, byCause } from '../../src/core/belief_cause.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { AGENT } from '../../src/sim/recorder.ts';
import { type Event, type History, smallWorld } from './history.ts';

const KINDS = ['crash', 'slow', 'errors', 'restart', 'crash'];
const WARMUP_MS = 2000;
const DURATION_MS = 12_000;

/** Something to try; numbers are taken modulo what there is. What is impossible at that moment does nothing. */
interface Step {
  readonly act:
    | ('request' | 'end' | 'join' | 'view' | 'belief' | 'verdict' | 'pickable')
    | ('probing' | 'panic' | 'fault' | 'planned' | 'probe');
  readonly waitMs: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Parts of a millisecond are binary fractions, so that sums are exact and both sides agree on which side of a boundary a time lies. */
const wait = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(250, 1000) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100_000 }).map((k) => k / 1024) },
);

const act = fc.oneof(
  { weight: 12, arbitrary: fc.constant('request' as const) },
  { weight: 10, arbitrary: fc.constant('end' as const) },
  { weight: 9, arbitrary: fc.constantFrom('belief' as const, 'pickable' as const, 'fault' as const) },
  { weight: 1, arbitrary: fc.constantFrom('view' as const, 'panic' as const, 'planned' as const, 'probe' as const) },
  { weight: 2, arbitrary: fc.constant('join' as const) },
  { weight: 5, arbitrary: fc.constantFrom('verdict' as const, 'probing' as const) },
);

const step: fc.Arbitrary<Step> = fc.record({ act, waitMs: wait, a: fc.nat(255), b: fc.nat(255), c: fc.nat(255) });

/** Any valid history of a small world: every promise `Recorder` makes is kept, and nothing else. */
export const randomHistory: fc.Arbitrary<History> = fc
  .record({
    weights: fc.array(fc.constantFrom(1, 1, 2, 5, 0.1, 0), { minLength: 2, maxLength: 5 }),
    callers: fc.integer({ min: 1, max: 3 }),
    allGood: fc.boolean(),
    steps: fc.array(step, { minLength: 20, maxLength: 400 }),
  })
  .map(({ weights, callers, allGood, steps }) => {
    const writer = new Writer(weights, callers);
    if (allGood) writer.allGood();
    for (const one of steps) writer.take(one);
    return writer.finish();
  });

interface OpenAttempt {
  readonly request: number;
  readonly caller: number;
  readonly arrivedAtMs: number;
  attempt: number;
  instance: number;
  sentAtMs: number;
}

/** Plays a world that obeys the interface, whatever steps it is given. */
class Writer {
  private readonly setup: History['setup'];
  private readonly events: Event[] = [];
  private readonly open: OpenAttempt[] = [];
  private readonly inView: boolean[][];
  private readonly good: boolean[][];
  private readonly pickable: boolean[][];
  private readonly probing: boolean[][];
  /** By source, of what it says good. */
  private readonly verdicts: ByCause<boolean[][]>;
  private readonly panicking: boolean[];
  private readonly planned: boolean[];
  /** By instance, the entries that act on it now, in order of start. */
  private readonly acting: { readonly entry: number; readonly event: number; readonly sinceMs: number }[][];
  /** The event each entry began at this instant, so that others may join it. */
  private readonly begun = new Map<number, { readonly atMs: number; readonly event: number }>();
  private nextEvent = 0;
  private requests = 0;
  private nowMs = 0;
  private phase = 0;

  constructor(weights: readonly number[], callers: number) {
    this.setup = smallWorld({
      weights,
      callers,
      faultKinds: KINDS,
      warmupMs: WARMUP_MS,
      durationMs: DURATION_MS,
      ratePerMs: 1,
      recordSeries: true,
    });
    const pairs = () => this.setup.callerIds.map(() => weights.map(() => false));
    this.inView = pairs();
    this.good = pairs();
    this.pickable = pairs();
    this.probing = pairs();
    this.verdicts = byCause(pairs);
    this.panicking = this.setup.callerIds.map(() => false);
    this.planned = weights.map(() => false);
    this.acting = weights.map(() => []);
  }

  allGood(): void {
    this.setup.callerIds.forEach((_, caller) => {
      for (let instance = 0; instance < this.setup.instances.length; instance++) this.join(caller, instance);
    });
  }

  take({ act, waitMs, a, b, c }: Step): void {
    this.advance(this.nowMs + waitMs);
    const caller = a % this.setup.callerIds.length;
    const instance = b % this.setup.instances.length;
    if (act === 'request') this.request(caller, b);
    else if (act === 'end') this.end(a, b, c);
    else if (act === 'join') for (const i of this.acting.keys()) this.join(caller, i);
    else if (act === 'view') this.setView(caller, instance, !this.inView[caller][instance]);
    else if (act === 'belief') this.believe(caller, instance, !this.good[caller][instance], c);
    else if (act === 'verdict') this.judge(caller, instance, beliefCauses[c % beliefCauses.length], a);
    else if (act === 'probing') this.halfOpen(caller, instance, c);
    else if (act === 'pickable') this.pick(caller, instance, !this.pickable[caller][instance]);
    else if (act === 'panic') this.panic(caller);
    else if (act === 'fault') this.fault(instance, c);
    else if (act === 'planned') this.plan(instance);
    else
      this.say({
        kind: 'probe',
        atMs: this.nowMs,
        caller: c % 3 === 0 ? AGENT : caller,
        instance,
        passed: c % 2 === 0,
      });
  }

  finish(): History {
    this.advance(Math.max(this.nowMs, DURATION_MS));
    const unfinished = this.open
      .map(({ arrivedAtMs }) => arrivedAtMs)
      .filter((atMs) => atMs >= WARMUP_MS && atMs < DURATION_MS);
    return { setup: this.setup, events: this.events, endMs: this.nowMs, unfinished };
  }

  private say(event: Event): void {
    this.events.push(event);
  }

  private advance(toMs: number): void {
    if (this.phase === 0 && toMs >= WARMUP_MS) {
      this.say({ kind: 'start', atMs: WARMUP_MS });
      this.phase = 1;
    }
    if (this.phase === 1 && toMs >= DURATION_MS) {
      this.say({ kind: 'stop', atMs: DURATION_MS });
      this.phase = 2;
    }
    this.nowMs = toMs;
  }

  private join(caller: number, instance: number): void {
    this.setView(caller, instance, true);
    this.believe(caller, instance, true, 0);
    this.pick(caller, instance, true);
  }

  private setView(caller: number, instance: number, on: boolean): void {
    if (this.inView[caller][instance] === on) return;
    this.inView[caller][instance] = on;
    this.say({ kind: 'view', atMs: this.nowMs, caller, instance, on });
    // What no registry says any more, nobody else has a verdict on.
    for (const source of beliefCauses) if (source !== 'registry') this.verdicts[source][caller][instance] = false;
    if (on || this.verdicts.registry[caller][instance]) this.judge(caller, instance, 'registry', 0);
    if (on) return;
    this.believe(caller, instance, false, 2);
    this.probe(caller, instance, false);
    this.pick(caller, instance, false);
  }

  private believe(caller: number, instance: number, on: boolean, choice: number): void {
    if (this.good[caller][instance] === on || (on && !this.inView[caller][instance])) return;
    this.good[caller][instance] = on;
    const evidenceAtMs = choice % 4 === 0 ? this.nowMs : (this.nowMs * (choice % 16)) / 16;
    this.say({
      kind: 'belief',
      atMs: this.nowMs,
      caller,
      instance,
      on,
      cause: beliefCauses[choice % beliefCauses.length],
      evidenceAtMs,
    });
    if (on) this.probe(caller, instance, false);
    if (choice % 2 === 0) this.pick(caller, instance, on);
  }

  private judge(caller: number, instance: number, source: BeliefCause, choice: number): void {
    const verdicts = this.verdicts[source][caller];
    if (!verdicts[instance] && !this.inView[caller][instance]) return;
    verdicts[instance] = !verdicts[instance];
    const evidenceAtMs = choice % 4 === 0 ? this.nowMs : (this.nowMs * (choice % 16)) / 16;
    this.say({ kind: 'verdict', atMs: this.nowMs, caller, instance, source, on: verdicts[instance], evidenceAtMs });
  }

  private probe(caller: number, instance: number, on: boolean): void {
    if (this.probing[caller][instance] === on) return;
    if (on && (this.good[caller][instance] || !this.inView[caller][instance])) return;
    this.probing[caller][instance] = on;
    this.say({ kind: 'probing', atMs: this.nowMs, caller, instance, on });
  }

  /** Half of the time as an upstream does it: it may be picked for as long. */
  private halfOpen(caller: number, instance: number, choice: number): void {
    const on = !this.probing[caller][instance];
    this.probe(caller, instance, on);
    if (choice % 2 === 0 && this.probing[caller][instance] === on) this.pick(caller, instance, on);
  }

  private pick(caller: number, instance: number, on: boolean): void {
    if (this.pickable[caller][instance] === on) return;
    if (on && (this.setup.instances[instance].weight === 0 || !this.inView[caller][instance])) return;
    this.pickable[caller][instance] = on;
    this.say({ kind: 'pickable', atMs: this.nowMs, caller, instance, on });
  }

  private panic(caller: number): void {
    this.panicking[caller] = !this.panicking[caller];
    this.say({ kind: 'panic', atMs: this.nowMs, caller, on: this.panicking[caller] });
  }

  private plan(instance: number): void {
    this.planned[instance] = !this.planned[instance];
    this.say({ kind: 'planned', atMs: this.nowMs, instance, on: this.planned[instance] });
  }

  /** Every other time, what acts on the instance ends. */
  private fault(instance: number, choice: number): void {
    const atMs = this.nowMs;
    const acting = this.acting[instance];
    const entry = acting.length > 0 && choice % 2 === 1 ? acting[0].entry : choice % KINDS.length;
    const at = acting.findIndex((fault) => fault.entry === entry);
    const isDown = KINDS[entry] === 'crash' || KINDS[entry] === 'restart';
    const kind = isDown ? ('truth' as const) : ('impaired' as const);
    const alike = () =>
      acting.some((fault) => (KINDS[fault.entry] === 'crash' || KINDS[fault.entry] === 'restart') === isDown);
    if (at < 0) {
      const begun = this.begun.get(entry);
      const event = begun?.atMs === atMs ? begun.event : this.nextEvent++;
      // One event acts once on one instance.
      if (this.events.some((e) => e.kind === 'faultStart' && e.event === event && e.instance === instance)) return;
      this.begun.set(entry, { atMs, event });
      this.say({ kind: 'faultStart', atMs, entry, event, instance });
      if (!alike()) this.say({ kind, atMs, instance, on: kind === 'impaired', entry });
      acting.push({ entry, event, sinceMs: atMs });
      return;
    }
    // A fault acts for some time.
    if (acting[at].sinceMs === atMs) return;
    const [{ event }] = acting.splice(at, 1);
    this.say({ kind: 'faultEnd', atMs, entry, event, instance });
    const still = acting.find((fault) => KINDS[fault.entry] === 'slow' || KINDS[fault.entry] === 'errors');
    if (!alike()) this.say({ kind, atMs, instance, on: kind === 'truth', entry });
    // Another impairment acts on: it is named.
    else if (kind === 'impaired' && still !== undefined)
      this.say({ kind, atMs, instance, on: true, entry: still.entry });
  }

  private request(caller: number, choice: number): void {
    const atMs = this.nowMs;
    const request = this.requests++;
    this.say({ kind: 'arrive', atMs, request, caller, demandMs: 1 });
    const entry = { request, caller, arrivedAtMs: atMs, attempt: 0, instance: -1, sentAtMs: Number.NaN };
    if (this.send(entry, choice)) this.open.push(entry);
    else this.done(entry, Outcome.noHost, 0);
  }

  private send(entry: OpenAttempt, choice: number): boolean {
    const eligible = this.pickable[entry.caller].flatMap((on, i) => (on ? [i] : []));
    if (eligible.length === 0) return false;
    entry.instance = eligible[choice % eligible.length];
    entry.sentAtMs = this.nowMs;
    const { request, attempt, caller, instance } = entry;
    this.say({ kind: 'send', atMs: this.nowMs, request, attempt, caller, instance });
    return true;
  }

  private end(which: number, choice: number, retry: number): void {
    if (this.open.length === 0) return;
    const at = which % this.open.length;
    const entry = this.open[at];
    const outcome = (choice % 3 === 0 ? Outcome.ok : choice % 6) as Outcome;
    const { request, attempt, caller, instance, sentAtMs } = entry;
    this.say({ kind: 'attemptEnd', atMs: this.nowMs, request, attempt, caller, instance, sentAtMs, outcome });
    if (outcome !== Outcome.ok && retry % 3 === 0) {
      entry.attempt++;
      if (this.send(entry, choice)) return;
      this.open.splice(at, 1);
      this.done(entry, Outcome.noHost, attempt + 1);
      return;
    }
    this.open.splice(at, 1);
    this.done(entry, outcome, attempt + 1);
  }

  private done(entry: OpenAttempt, outcome: Outcome, attempts: number): void {
    const { request, caller, arrivedAtMs, instance, sentAtMs } = entry;
    this.say({
      kind: 'done',
      atMs: this.nowMs,
      request,
      caller,
      arrivedAtMs,
      outcome,
      attempts,
      lastInstance: instance,
      lastSentAtMs: sentAtMs,
    });
  }
}
