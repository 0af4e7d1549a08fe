import { type BeliefCause, byCause } from '../core/belief_cause.ts';
import type { FailureTally } from './failure_windows.ts';
import type { Leaks } from './measures.ts';
import { GOOD, IN_VIEW, type PairTable, PICKABLE, PROBING } from './pairs.ts';

/** What has become of one caller in an episode. */
const AT_RISK = 1;
const DETECTED = 2;
/** The instance has left its pick set. */
const LEFT = 4;
/** It has sent an attempt before that. */
const EXPOSED = 8;
/** The last removal was by what takes a host back when its time is over: outlier detection, failure accrual. */
const EJECTED = 16;
/** At the repair out of its pick set, or in it for single requests only, and not back yet. */
const OUT = 32;
/** Still believed in at the repair, and not removed since. */
const BELIEVED = 64;

type Counts<T> = { -readonly [K in keyof T]: T[K] };

/** Times until an event, and until a subject was lost from sight without one. */
export interface Censored {
  readonly events: number[];
  readonly censored: number[];
}

const none = (): Censored => ({ events: [], censored: [] });

/**
 * One instance down from t0 to t1, as each caller at risk lives through it: DESIGN.md, section 5. After `ended` it goes
 * on watching callers find the instance again, until it is settled. Before and after an instant means before and after
 * the call that reports it. An instance of weight 0 is never picked: callers detect that it is down, but there is
 * nothing to drain, nobody to be unexposed, and no being picked again to wait for.
 */
export class Episode implements FailureTally {
  readonly instance: number;
  readonly entry: number;
  readonly startMs: number;
  /** null while it is open, and for one that outlasts the run. */
  endMs: number | null = null;
  failedAttempts = 0;
  clientFailures = 0;
  atRisk = 0;
  alreadyOut = 0;
  notInView = 0;
  undetected = 0;
  /** Cut short by the end of the run, undetected. */
  cutShort = 0;
  late = 0;
  unexposed = 0;
  readonly leaks: Counts<Leaks> = { halfOpen: 0, unejected: 0, panic: 0, staleView: 0 };
  readonly removedBy = byCause(() => 0);
  readonly detect = none();
  /** The events of `detect`, by what removed the instance. */
  readonly detectBy = byCause((): number[] => []);
  readonly drain = none();
  readonly reinstate = none();
  private readonly pairs: PairTable;
  /** Its weight is above 0. */
  private readonly mayBePicked: boolean;
  private readonly states: Uint8Array;
  private readonly lastSentMs: Float64Array;

  constructor(pairs: PairTable, instance: number, mayBePicked: boolean, entry: number, startMs: number) {
    this.pairs = pairs;
    this.instance = instance;
    this.mayBePicked = mayBePicked;
    this.entry = entry;
    this.startMs = startMs;
    this.states = new Uint8Array(pairs.callers);
    this.lastSentMs = new Float64Array(pairs.callers);
    for (let caller = 0; caller < pairs.callers; caller++) {
      const flags = this.flagsOf(caller);
      if ((flags & IN_VIEW) === 0) this.notInView++;
      else if ((flags & GOOD) === 0) this.alreadyOut++;
      else {
        this.atRisk++;
        this.states[caller] = AT_RISK;
      }
    }
  }

  /** An attempt goes to the instance while it is down. */
  sent(atMs: number, caller: number, inPanic: boolean): void {
    const state = this.states[caller];
    if ((state & AT_RISK) === 0) return;
    if ((state & LEFT) === 0) {
      this.states[caller] = state | EXPOSED;
      this.lastSentMs[caller] = atMs;
    } else if (inPanic) this.leaks.panic++;
    else if ((this.flagsOf(caller) & PROBING) !== 0) this.leaks.halfOpen++;
    else if ((state & EJECTED) !== 0) this.leaks.unejected++;
    else this.leaks.staleView++;
  }

  /** A caller's belief turns bad while the instance is down. */
  removed(atMs: number, caller: number, cause: BeliefCause): void {
    const state = this.states[caller];
    if ((state & AT_RISK) === 0) return;
    if ((state & DETECTED) === 0) {
      this.detect.events.push(atMs - this.startMs);
      this.detectBy[cause].push(atMs - this.startMs);
      this.removedBy[cause]++;
    }
    this.states[caller] = DETECTED | (cause === 'ejection' || cause === 'accrual' ? state | EJECTED : state & ~EJECTED);
  }

  /** It leaves a caller's pick set while it is down. */
  left(caller: number): void {
    this.states[caller] |= LEFT;
  }

  /** It is up again. */
  ended(atMs: number): void {
    this.endMs = atMs;
    this.close(atMs - this.startMs, true);
    for (let caller = 0; caller < this.states.length; caller++) {
      if ((this.states[caller] & AT_RISK) === 0) continue;
      const flags = this.flagsOf(caller);
      if (this.mayBePicked && (flags & (PICKABLE | PROBING)) !== PICKABLE) this.states[caller] |= OUT;
      if ((flags & GOOD) !== 0) this.states[caller] |= BELIEVED;
    }
  }

  /** A caller may pick it again as any other, after the repair. */
  reinstated(atMs: number, caller: number): void {
    if ((this.states[caller] & OUT) === 0) return;
    this.states[caller] &= ~OUT;
    this.reinstate.events.push(atMs - (this.endMs as number));
  }

  /** A caller's belief turns bad after the repair. The first time is late where the evidence is older than the repair. */
  removedAfter(caller: number, evidenceAtMs: number): void {
    if ((this.states[caller] & BELIEVED) === 0) return;
    this.states[caller] &= ~BELIEVED;
    if (evidenceAtMs < (this.endMs as number)) this.late++;
  }

  /** Nothing more is known: it goes down again, or the run ends. */
  settle(atMs: number): void {
    if (this.endMs === null) {
      this.close(atMs - this.startMs, false);
      return;
    }
    for (const state of this.states) {
      if ((state & OUT) !== 0) this.reinstate.censored.push(atMs - this.endMs);
    }
  }

  private close(lengthMs: number, repaired: boolean): void {
    for (let caller = 0; caller < this.states.length; caller++) {
      const state = this.states[caller];
      if ((state & AT_RISK) === 0) continue;
      if ((state & DETECTED) === 0) {
        this.detect.censored.push(lengthMs);
        if (repaired) this.undetected++;
        else this.cutShort++;
      }
      if (!this.mayBePicked) continue;
      if ((state & EXPOSED) === 0) this.unexposed++;
      else if ((state & LEFT) === 0) this.drain.censored.push(lengthMs);
      else this.drain.events.push(this.lastSentMs[caller] - this.startMs);
    }
  }

  private flagsOf(caller: number): number {
    return this.pairs.flags[caller * this.pairs.instances + this.instance];
  }
}
