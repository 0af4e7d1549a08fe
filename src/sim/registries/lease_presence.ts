import type { Clock } from '../../core/clock.ts';
import type { Instance } from '../../core/instance.ts';
import type { Random } from '../../core/random.ts';
import { keepCheckedRegistered, type RegistrationChecks } from '../../mesh/checked_registration.ts';
import type { Lease, Registrar } from '../../registry/discovery.ts';
import { keepRegistered, type LeaseKeeper } from '../../registry/lease_keeper.ts';
import type { InstanceConfig } from '../config.ts';
import { SERVICE } from '../service.ts';
import type { Presence } from './registry_system.ts';

export interface LeasePresenceOptions {
  readonly instance: Instance;
  /** The registry itself: what is said to it is only heard while `isHeard`. */
  readonly registrar: Registrar;
  /** Whether what the process says arrives and is answered. */
  readonly isHeard: () => boolean;
  readonly clock: Clock;
  /** Where the phase of its renewals is drawn from. */
  readonly random: Random;
  /** null: registered for good. */
  readonly lease: { readonly ttlMs: number; readonly renewIntervalMs: number } | null;
  /** What checks it while it is registered, beside whoever keeps it so; null: nothing. */
  readonly checks: RegistrationChecks | null;
}

/**
 * The presence of a process that registers itself. It runs the production lease keeper; a process that is not there
 * does not renew, and what a dark or hung one sends does not reach the registry. Nothing here deregisters an instance
 * because it failed: only its lease running out does that, or its own word before a restart.
 */
export class LeasePresence implements Presence {
  private readonly options: LeasePresenceOptions;
  private readonly keep: () => LeaseKeeper;
  private keeper: LeaseKeeper | null = null;
  private leaving = false;
  private joining = false;

  constructor(options: LeasePresenceOptions) {
    const { instance, registrar, isHeard, clock, random, lease, checks } = options;
    this.options = options;
    const heard = whileHeard(registrar, isHeard);
    const settings = {
      registrar: heard,
      clock,
      random,
      service: SERVICE,
      instance,
      ttlMs: lease?.ttlMs ?? null,
      renewIntervalMs: lease?.renewIntervalMs ?? Infinity,
    };
    if (checks === null) this.keep = () => keepRegistered(settings);
    else this.keep = () => keepCheckedRegistered(settings, checks);
  }

  /** A permanent registration waits until it can be heard. */
  join(): void {
    this.leaving = false;
    if (this.isPermanent() && !this.options.isHeard()) this.joining = true;
    else this.keeper ??= this.keep();
  }

  /** A permanent registration stays. */
  die(): void {
    this.leaving = false;
    this.joining = false;
    if (!this.isPermanent()) this.stop();
  }

  /** Whoever keeps it registered is gone: nobody renews, checks or speaks for it any more. */
  stop(): void {
    this.keeper?.stop();
    this.keeper = null;
  }

  leave(): void {
    this.joining = false;
    this.leaving = !this.options.isHeard();
    if (this.leaving) return;
    this.keeper?.deregister();
    this.keeper = null;
  }

  quit(): void {
    this.leave();
  }

  reachable(): void {
    if (!this.options.isHeard()) return;
    if (this.leaving) this.leave();
    else if (this.joining) {
      this.joining = false;
      this.join();
    }
    // A permanent registration has no renewal that would say it again.
    this.keeper?.repeat();
  }

  /** Nothing of it runs beside the process. */
  machine(): void {}

  private isPermanent(): boolean {
    return this.options.lease === null;
  }
}

/** What an instance says of itself when it registers. */
export function instanceOf(config: InstanceConfig): Instance {
  const { id, address, zone, weight, priority, backup, maxConnections, minConnections, metadata } = config;
  return { id, address, zone, weight, priority, backup, maxConnections, minConnections, metadata };
}

/** A lease nobody has heard of: its owner believes in it until it can ask. */
const UNHEARD: Lease = { renew: () => false, setPassing: () => {}, revoke: () => {} };

/** The registry as a process reaches it: while it is not heard, nothing it says arrives and nothing is answered. */
function whileHeard(registrar: Registrar, isHeard: () => boolean): Registrar {
  return {
    register(service, instance, ttlMs, passing) {
      const lease = isHeard() ? registrar.register(service, instance, ttlMs, passing) : UNHEARD;
      return {
        // No answer is no news: the owner keeps its lease and asks again at its next turn.
        renew: () => (isHeard() ? lease.renew() : true),
        setPassing: (passing, evidenceAtMs) => {
          if (isHeard()) lease.setPassing(passing, evidenceAtMs);
        },
        revoke: () => {
          if (isHeard()) lease.revoke();
        },
      };
    },
  };
}
