import type { BeliefCause } from '../core/belief_cause.ts';
import type { Outcome } from '../core/outcome.ts';

/** In place of a caller: nobody's own checker, but one whose findings go to the registry. */
export const AGENT = -1;

/** The entry of what no fault did: a node restarted a process that failed its liveness probe. */
export const NO_FAULT = -1;

/**
 * What a run tells the outside, in the order of virtual time. Callers and instances are indexes into the trial's lists,
 * requests count from 0 in order of arrival, `atMs` is the time of the event. Data-plane methods are called up to a
 * million times a second: they must not allocate.
 */
export interface Recorder {
  // Data plane.
  /** Request `request` arrives at `caller`. Called for every arrival, those during warm-up and after `durationMs` included. */
  arrive(atMs: number, request: number, caller: number, key: number, demandMs: number): void;
  /** An attempt leaves the caller; `attempt` is 0 for the first. */
  send(atMs: number, request: number, attempt: number, caller: number, instance: number): void;
  /** That attempt has ended for the caller: answered, failed, or given up at a timeout. Exactly once per send, in flight at the end excepted. */
  attemptEnd(
    atMs: number,
    request: number,
    attempt: number,
    caller: number,
    instance: number,
    sentAtMs: number,
    outcome: Outcome,
  ): void;
  /** The request's final answer. `attempts` sends were made; the last went to `lastInstance` at `lastSentAtMs` (-1 and NaN where none was sent). */
  done(
    atMs: number,
    request: number,
    caller: number,
    arrivedAtMs: number,
    outcome: Outcome,
    attempts: number,
    lastInstance: number,
    lastSentAtMs: number,
  ): void;

  // What callers believe.
  /**
   * The caller's belief in the instance turns good or bad, panic disregarded. Good: in its view, healthy and not
   * ejected. Every pair starts bad. `evidenceAtMs` is when the deciding evidence arose: the send time of the deciding
   * probe, or the time the registry made the version that added or removed it.
   */
  belief(atMs: number, caller: number, instance: number, good: boolean, cause: BeliefCause, evidenceAtMs: number): void;
  /**
   * One source's own verdict on an instance in view turns good or bad; together they make the belief, whose report
   * follows. Every verdict starts bad, and is bad again, told by `view` alone, once the instance leaves; only that of
   * the registry is then said to be bad.
   */
  verdict(
    atMs: number,
    caller: number,
    instance: number,
    source: BeliefCause,
    good: boolean,
    evidenceAtMs: number,
  ): void;
  /** The caller, which does not believe in the instance, lets single requests through to find out whether it is well; or no longer does. */
  probing(atMs: number, caller: number, instance: number, probing: boolean): void;
  /** The instance enters or leaves the caller's view. Comes before the `belief` and `pickable` calls it causes. Every pair starts out of view. */
  view(atMs: number, caller: number, instance: number, inView: boolean): void;
  /** The caller's balancer may now, or may no longer, pick the instance; panic included. Every pair starts as not pickable. */
  pickable(atMs: number, caller: number, instance: number, pickable: boolean): void;
  panic(atMs: number, caller: number, panic: boolean): void;
  /** A health probe has ended: of a caller's checker, or, as `AGENT`, of one at the instance's node or of the registry's. */
  probe(atMs: number, caller: number, instance: number, passed: boolean): void;

  // Ground truth.
  /**
   * Fault `entry` (its place in the scenario's list) starts to act on the instance. `event` numbers activations of
   * entries from 0 over the whole run in order of time: every target of one scheduled fault shares one, every drawn
   * activation has its own, a rolling restart is one. Called before any `truth` it causes. An outage of the registry acts
   * on no instance: -1.
   */
  faultStart(atMs: number, entry: number, event: number, instance: number): void;
  /** It stops acting on that instance. */
  faultEnd(atMs: number, entry: number, event: number, instance: number): void;
  /** P(t) of the instance becomes 1 or 0. All are up at 0. Overlapping faults give one down and one up. `entry` is the fault that did it, or NO_FAULT. */
  truth(atMs: number, instance: number, up: boolean, entry: number): void;
  /**
   * The instance becomes slow or erring, or is itself again. Of overlapping faults `entry` is the first that still acts:
   * told again, while impaired, when that changes.
   */
  impaired(atMs: number, instance: number, impaired: boolean, entry: number): void;
  /** A restart is about to take the instance down on purpose (true, at its deregistration), or has brought it back (false). */
  planned(atMs: number, instance: number, planned: boolean): void;
}

/** What can be asked of the world at any moment of a run, for time series and utilization. */
export interface Gauges {
  /** Requests being served by the instance. */
  busy(instance: number): number;
  /** Requests waiting at it. */
  queued(instance: number): number;
  /** Worker-milliseconds of service it has done up to now. */
  busyMs(instance: number): number;
}
