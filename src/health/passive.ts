import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';

/**
 * Health learnt from the requests themselves: no probe is sent. Hosts are known by small numbers that their owner gives
 * and may give again once they are removed. Without I/O: time comes through a clock, verdicts go out through `PassiveListener`.
 */
export interface PassiveHealth {
  /** A host to watch. It is in. `priority`: its level of failover, 0 the first, for those that judge each level by itself. */
  add(host: number, priority?: number): void;
  /** It has left; results of its attempts may still come, and are disregarded. */
  remove(host: number): void;
  /**
   * The registry says that it weighs something else. Present where it is another one then, of which nothing is known and
   * to which what is under way was not sent.
   */
  renew?(host: number): void;
  /** An attempt is sent to it. Hot: allocates nothing. */
  started(host: number): void;
  /**
   * An attempt sent to it at `sentAtMs` (absent: now) has ended. `isOfBefore`: it was sent before the latest `renew`. Hot:
   * allocates nothing.
   */
  ended(host: number, outcome: Outcome, sentAtMs?: number, isOfBefore?: boolean): void;
  /**
   * An attempt was to be sent to it whose caller has given up before: nothing is sent, and no result comes. Present where
   * it even so was the one attempt that could find out whether the host is well. Hot: allocates nothing.
   */
  abandoned?(host: number): void;
  /** An active check has passed of a host that active checks find healthy: every pass is told (Envoy: ends its ejection). */
  checkPassed(host: number): void;
  /** Stops its timers. */
  close(): void;
}

/**
 * The host is out (not to be used, panic disregarded), or in again. `evidenceAtMs`: when what decided it arose; of
 * attempts, when the deciding one was sent. `probing`: it is in for single requests that are to find out whether it is
 * well (half-open). Hosts must not be added or removed from inside it.
 */
export type PassiveListener = (host: number, out: boolean, evidenceAtMs: number, probing: boolean) => void;

/** What passive health is given by its owner. */
export interface PassivePorts {
  readonly clock: Clock;
  /** A stream of its own. */
  readonly random: Random;
  readonly listener: PassiveListener;
}
