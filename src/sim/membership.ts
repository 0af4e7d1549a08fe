import type { Instance } from '../core/instance.ts';
import type { Random } from '../core/random.ts';
import type { Lease, Registrar } from '../registry/discovery.ts';
import { keepRegistered, type LeaseKeeper } from '../registry/lease_keeper.ts';
import { SERVICE } from './caller.ts';
import type { TrialConfig } from './config.ts';
import type { Engine } from './engine.ts';
import type { Server } from './server.ts';

/**
 * One instance's presence in the registry. It runs the production lease keeper; a process that is not there does not
 * renew, and what a dark or hung one sends does not reach the registry. Nothing here deregisters an instance because it
 * failed: only its lease running out does that, or its own word before a restart.
 */
export class Membership {
  private readonly instance: Instance;
  private readonly server: Server;
  private readonly keep: () => LeaseKeeper;
  private keeper: LeaseKeeper | null = null;
  private readonly permanent: boolean;
  private leaving = false;
  private joining = false;

  constructor(trial: TrialConfig, server: Server, registrar: Registrar, engine: Engine, random: Random) {
    const { id, address, zone, weight, priority, backup, metadata } = server.config;
    this.instance = { id, address, zone, weight, priority, backup, metadata };
    this.server = server;
    this.permanent = trial.lease === null;
    const reachable = throughNetwork(registrar, server);
    this.keep = () =>
      keepRegistered({
        registrar: reachable,
        clock: engine,
        random,
        service: SERVICE,
        instance: this.instance,
        ttlMs: trial.lease?.ttlMs ?? null,
        renewIntervalMs: trial.lease?.renewIntervalMs ?? Infinity,
      });
  }

  /** The process has started. A permanent registration waits until it can be heard. */
  join(): void {
    this.leaving = false;
    if (this.permanent && !this.server.up) this.joining = true;
    else this.keeper ??= this.keep();
  }

  /** The process has died without a word. A permanent registration stays. */
  die(): void {
    this.leaving = false;
    this.joining = false;
    if (this.permanent) return;
    this.keeper?.stop();
    this.keeper = null;
  }

  /** The process says that it is leaving; where it cannot be heard, as soon as it can. */
  leave(): void {
    this.joining = false;
    this.leaving = !this.server.up;
    if (this.leaving) return;
    this.keeper?.deregister();
    this.keeper = null;
  }

  /** The instance is up again: what it had to say is heard now. */
  reachable(): void {
    if (this.leaving) this.leave();
    else if (this.joining) {
      this.joining = false;
      this.join();
    }
  }
}

/** A lease nobody has heard of: its owner believes in it until it can ask. */
const UNHEARD: Lease = { renew: () => false, revoke: () => {} };

/** The registry as this server reaches it: while the server is down, nothing it says arrives and nothing is answered. */
function throughNetwork(registrar: Registrar, server: Server): Registrar {
  return {
    register(service, instance, ttlMs) {
      const lease = server.up ? registrar.register(service, instance, ttlMs) : UNHEARD;
      return {
        // No answer is no news: the owner keeps its lease and asks again at its next turn.
        renew: () => (server.up ? lease.renew() : true),
        revoke: () => {
          if (server.up) lease.revoke();
        },
      };
    },
  };
}
