import type { Instance } from '../core/instance.ts';

/** An instance as one caller sees it. Everything here is belief, never ground truth. */
export interface Host {
  readonly instance: Instance;
  /** A small whole number, unique among a balancer's present hosts and those with attempts in flight; reused afterwards. Indexes arrays. */
  readonly slot: number;
  /** As of the last snapshot; `instance.weight` is what it was when the host joined. */
  weight: number;
  /** Attempts sent and not yet ended, by this caller. */
  inFlight: number;
  /** Whether this caller believes the host can serve. */
  healthy: boolean;
  /** Whether the balancer may pick it now: in the eligible set given to the strategy, panic included. */
  pickable: boolean;
  /** False once the instance has left the caller's view; attempts in flight go on. */
  present: boolean;
}
