import type { Instance } from '../core/instance.ts';

/** The members of a service at one moment. Snapshots are immutable; versions of one service rise by at least one with every change. */
export interface Snapshot {
  readonly version: number;
  /** When the registry made this version, on the registry's clock. */
  readonly atMs: number;
  /**
   * How old what it rests on is: `atMs`, or, where a lease ran out, when that lease was last renewed. Of several changes
   * told as one, the oldest.
   */
  readonly evidenceAtMs: number;
  /** In the registry's stable order: the order in which ids were first registered, kept by an id that leaves and comes back. */
  readonly instances: readonly Instance[];
  /** Ids of members that the registry says are unhealthy: shown, but not to be sent to while others are. Absent: none. */
  readonly unhealthy?: ReadonlySet<string>;
}

export interface Subscription {
  close(): void;
}

/** How callers learn who is there. The first call of `listener` delivers the current snapshot and happens inside `watch`. */
export interface Discovery {
  watch(service: string, listener: (snapshot: Snapshot) => void): Subscription;
}

/**
 * A registered instance's hold on its place. It never throws and never waits: a registrar that is far away answers from
 * what it knows. While it cannot be reached nothing is known, so `renew` gives true and has no effect, and neither have
 * `setPassing` and `revoke`; a lease taken while it cannot be reached is unknown to the registry and gives false once it can.
 */
export interface Lease {
  /** Extends the lease to its time to live from now. False when it is known to have ended (expired, revoked, replaced): register again. */
  renew(): boolean;
  /**
   * Says how the instance's checks stand, known by what arose at `evidenceAtMs`: callers are only shown those that pass.
   * Does nothing when the lease has ended, and is not heard while the registry cannot be reached: say it again then.
   */
  setPassing(passing: boolean, evidenceAtMs: number): void;
  /** Leaves now. Does nothing when the lease has already ended. */
  revoke(): void;
}

/**
 * How instances join. `ttlMs` (> 0) is the lease's time to live; null registers for good. Registering an id that is
 * present replaces it; the older lease ends. `passing`: how its checks stand at first; where nobody checks, they pass.
 */
export interface Registrar {
  register(service: string, instance: Instance, ttlMs: number | null, passing?: boolean): Lease;
}
