import { type Clock, NO_TIMER, type TimerId } from '../core/clock.ts';
import type { Instance } from '../core/instance.ts';
import type { Random } from '../core/random.ts';
import type { Lease, Registrar } from './discovery.ts';

export interface LeaseKeeperOptions {
  readonly registrar: Registrar;
  readonly clock: Clock;
  /** Where the phase of the renewals is drawn from: one draw, here and now. None when `ttlMs` is null. */
  readonly random: Random;
  readonly service: string;
  readonly instance: Instance;
  /** Time to live of the lease; null registers for good and sets no timers. */
  readonly ttlMs: number | null;
  /** From one renewal to the next. Keep it below half of `ttlMs`, so that one lost renewal does not cost the lease. */
  readonly renewIntervalMs: number;
}

export interface LeaseKeeper {
  /** Stops renewing and lets the lease run out, as a process does that dies. */
  stop(): void;
  /** Stops renewing and gives the lease up now, as a process does that shuts down. */
  deregister(): void;
}

/**
 * What a live instance runs to stay in the registry: registers at once, renews at a fixed rate from a random phase
 * U(0, renewIntervalMs), and registers anew when a renewal finds the lease gone. While the registry cannot be reached
 * its leases claim to be in force (see `Lease`), so the keeper just ticks on and repairs at the first tick that gets through.
 */
export function keepRegistered(options: LeaseKeeperOptions): LeaseKeeper {
  const { registrar, clock, random, service, instance, ttlMs, renewIntervalMs } = options;
  if (ttlMs !== null && !(renewIntervalMs > 0 && Number.isFinite(renewIntervalMs)))
    throw new RangeError(`renewIntervalMs must be a positive number, found ${renewIntervalMs}`);

  let lease: Lease = registrar.register(service, instance, ttlMs);
  let next: TimerId = NO_TIMER;
  let deregistered = false;

  function renew(): void {
    next = clock.schedule(renewIntervalMs, renew, 0);
    if (lease.renew()) return;
    lease = registrar.register(service, instance, ttlMs);
    // Registering calls watchers, and one of them may have taken this instance out again.
    if (deregistered) lease.revoke();
  }
  function stop(): void {
    clock.cancel(next);
    next = NO_TIMER;
  }

  if (ttlMs !== null) next = clock.schedule(random.unit() * renewIntervalMs, renew, 0);
  return {
    stop,
    deregister() {
      stop();
      deregistered = true;
      lease.revoke();
    },
  };
}
