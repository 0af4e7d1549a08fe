import type { PickReason } from '../../balancer/pick_reason.ts';
import type { BeliefCause } from '../../core/belief_cause.ts';
import type { outcomeNames } from '../../core/outcome.ts';

/**
 * What `replay` lists, one line of JSON each: part of the interface. Callers and instances by id, times in milliseconds
 * of the run, requests counted from 0 in order of arrival, attempts from 1.
 */
export type ReplayEvent =
  | SendEvent
  | EndEvent
  | DoneEvent
  | BeliefEvent
  | PanicEvent
  | ProbeEvent
  | TruthEvent
  | MeasuringEvent;

type OutcomeName = (typeof outcomeNames)[number];

/** An attempt leaves its caller; the first does at the very moment the request arrives, unless it had to wait. */
export interface SendEvent {
  readonly kind: 'send';
  readonly atMs: number;
  readonly request: number;
  readonly attempt: number;
  readonly caller: string;
  readonly instance: string;
  /** How long it has waited for a host since it arrived, or since the attempt before has failed. Absent: not at all. */
  readonly waitedMs?: number;
  /** Absent where requests have none. */
  readonly key?: number;
  /** Of requests that were asked for. */
  readonly story?: SendStory;
}

/** An attempt has failed. Of one that succeeded `done` tells. At an instance that was asked for, the first in a second. */
export interface EndEvent {
  readonly kind: 'end';
  readonly atMs: number;
  readonly request: number;
  readonly attempt: number;
  readonly caller: string;
  readonly instance: string;
  readonly outcome: OutcomeName;
  readonly afterMs: number;
  /** Which timer ended it; null where none did. */
  readonly timer: Timer | null;
}

/** tryOrConnect: the two are one, since no shorter connect timeout is written. */
export type Timer = 'connect' | 'try' | 'tryOrConnect' | 'request';

export interface DoneEvent {
  readonly kind: 'done';
  readonly atMs: number;
  readonly request: number;
  readonly caller: string;
  readonly outcome: OutcomeName;
  readonly attempts: number;
  /** Of the last attempt; null where none was sent. */
  readonly instance: string | null;
  readonly tookMs: number;
  /** Of the last attempt; null where none was sent. */
  readonly lastAttemptMs: number | null;
  /** Why a failed request was not tried again; null of one that succeeded. */
  readonly noRetry: NoRetry | null;
  /** Of requests that were asked for and found no host: what the caller believed. */
  readonly picture?: Picture;
}

/** noHostOrStrict: nobody may be picked, or just not the host of its strict session. */
export type NoRetry = 'noRetries' | 'retriesUsed' | 'outOfTime' | 'notRetried' | 'noHost' | 'noHostOrStrict';

/** What these callers think of these instances has changed, alike and at one moment. */
export interface BeliefEvent {
  readonly kind: 'belief';
  readonly atMs: number;
  readonly callers: readonly string[];
  readonly instances: readonly string[];
  readonly changes: readonly BeliefChange[];
}

export type BeliefChange =
  | { readonly what: 'view'; readonly inView: boolean }
  /** All sources together. */
  | {
      readonly what: 'belief';
      readonly good: boolean;
      readonly cause: BeliefCause;
      readonly evidenceAtMs: number;
    }
  /** One source by itself. */
  | {
      readonly what: 'verdict';
      readonly source: BeliefCause;
      readonly good: boolean;
      readonly evidenceAtMs: number;
    }
  | { readonly what: 'probing'; readonly probing: boolean }
  /** `panic`: the caller is in panic then. */
  | { readonly what: 'pickable'; readonly pickable: boolean; readonly panic: boolean };

export interface PanicEvent {
  readonly kind: 'panic';
  readonly atMs: number;
  readonly callers: readonly string[];
  readonly panic: boolean;
}

/** A health probe that ended otherwise than the one before it, of the same instance by the same checker. */
interface ProbeEvent {
  readonly kind: 'probe';
  readonly atMs: number;
  /** null: by an agent, whose word goes to the registry. */
  readonly caller: string | null;
  readonly instance: string;
  readonly passed: boolean;
}

/** What has become of these instances in truth, alike and at one moment. None: it is the registry. */
export interface TruthEvent {
  readonly kind: 'truth';
  readonly atMs: number;
  readonly instances: readonly string[];
  readonly changes: readonly TruthChange[];
}

export type TruthChange =
  | { readonly what: 'fault'; readonly fault: string; readonly starts: boolean }
  | { readonly what: 'up'; readonly up: boolean; readonly fault: string }
  | { readonly what: 'impaired'; readonly impaired: boolean; readonly fault: string }
  | { readonly what: 'planned'; readonly planned: boolean };

/** Measuring starts with the end of warm-up and stops with `duration`. */
interface MeasuringEvent {
  readonly kind: 'measuring';
  readonly atMs: number;
  readonly starts: boolean;
}

/** Why an attempt went where it went, and what its caller believed and what was true as it did. */
export interface SendStory {
  /**
   * policy: the strategy's pick; session: session affinity; untried: all picks had been tried before, and this was the
   * first host in the registry's order that had not; sessionOrUntried: a retry of a session for which nothing was picked.
   */
  readonly choice: 'policy' | 'session' | 'untried' | 'sessionOrUntried';
  /** Picks that had been tried before, so that another was asked for. */
  readonly turnedDown: readonly string[];
  /** The last pick of the strategy; null where it was not asked. */
  readonly pick: PickNote | null;
  /** Requests the instance was serving, and those waiting there, in truth. */
  readonly serving: number;
  readonly waiting: number;
  readonly picture: Picture;
}

/** A pick of a strategy as it was made. */
export interface PickNote {
  readonly instance: string;
  /** What the strategy chose among, with what this caller had in flight to each before this attempt. */
  readonly eligible: readonly { readonly id: string; readonly inFlight: number }[];
  /** All hosts of that set, also those that could not be picked. */
  readonly members: number;
  /** Those of `eligible` that the caller believed to be bad: panic, or a policy that goes beyond those that may be picked. */
  readonly unhealthy: readonly string[];
  /** Of the hosts in that set; 0 is the first. */
  readonly priorities: readonly number[];
  readonly zones: readonly (string | null)[];
  /** null: the strategy says no more than its doc. */
  readonly reason: PickReason | null;
  readonly doc: string;
}

/** What one caller believed of all instances, and what was true. */
export interface Picture {
  readonly panic: boolean;
  /** Faults of the registry itself. */
  readonly registry: readonly FaultNow[];
  /** Instances that were well, and in view, and believed to be good. */
  readonly wellAndGood: number;
  /** All others. */
  readonly others: readonly Standing[];
}

/** Belief and truth of one instance. */
export interface Standing {
  readonly instance: string;
  readonly belief: BeliefNow;
  readonly truth: TruthNow;
}

export interface BeliefNow {
  readonly inView: boolean;
  readonly good: boolean;
  /** Whether the balancer could pick it. */
  readonly pickable: boolean;
  /** Whether single requests were let through. */
  readonly probing: boolean;
  /** Since when it is believed good, or not; null: nothing has changed that yet. */
  readonly sinceMs: number | null;
  /** The sources that spoke against it. Empty where it has yet to show that it is well. */
  readonly against: readonly BeliefCause[];
}

export interface TruthNow {
  readonly up: boolean;
  /** Slow or erring. */
  readonly impaired: boolean;
  /** A restart on purpose is under way. */
  readonly planned: boolean;
  /** Since when it is up, or not; null: from the start. */
  readonly sinceMs: number | null;
  readonly faults: readonly FaultNow[];
}

/** A fault that acts. */
export interface FaultNow {
  /** Its kind and place in the scenario's list: `crash#0`. */
  readonly fault: string;
  readonly sinceMs: number;
}
