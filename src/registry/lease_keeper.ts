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
  /** How the instance's checks stand at first. Default: they pass. */
  readonly passing?: boolean;
}

export interface LeaseKeeper {
  /** How the instance's checks stand from now on: told at once, with every renewal, and when it registers anew. */
  setPassing(passing: boolean, evidenceAtMs: number): void;
  /** Says again what was last said of its checks: for whoever knows that the registry can be reached again. */
  repeat(): void;
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
  const { registrar, clock, random, service, instance, ttlMs, renewIntervalMs, passing = true } = options;
  if (ttlMs !== null && !(renewIntervalMs > 0 && Number.isFinite(renewIntervalMs)))
    throw new RangeError(`renewIntervalMs must be a positive number, found ${renewIntervalMs}`);

  let checks: { readonly passing: boolean; readonly evidenceAtMs: number } | null = null;
  let lease: Lease = registrar.register(service, instance, ttlMs, passing);
  let next: TimerId = NO_TIMER;
  let deregistered = false;

  function renew(): void {
    next = clock.schedule(renewIntervalMs, renew, 0);
    if (lease.renew()) {
      // It may not have been heard when it was said.
      repeat();
      return;
    }
    lease = registrar.register(service, instance, ttlMs, checks?.passing ?? passing);
    // Registering calls watchers, and one of them may have taken this instance out again.
    if (deregistered) lease.revoke();
  }
  function repeat(): void {
    if (checks !== null) lease.setPassing(checks.passing, checks.evidenceAtMs);
  }
  function stop(): void {
    clock.cancel(next);
    next = NO_TIMER;
  }

  if (ttlMs !== null) next = clock.schedule(random.unit() * renewIntervalMs, renew, 0);
  return {
    stop,
    repeat,
    setPassing(passing, evidenceAtMs) {
      checks = { passing, evidenceAtMs };
      lease.setPassing(passing, evidenceAtMs);
    },
    deregister() {
      stop();
      deregistered = true;
      lease.revoke();
    },
  };
}
