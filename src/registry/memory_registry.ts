import { invariant } from '../core/assert.ts';
import { type Clock, type Lane, NO_TIMER, type TimerId } from '../core/clock.ts';
import type { Instance } from '../core/instance.ts';
import type { Discovery, Lease, Registrar } from './discovery.ts';
import { ServiceRecord } from './service_record.ts';

/** One service: who is in it, and the lease by which each of them is. */
interface Service {
  readonly record: ServiceRecord;
  /** The lease in force, by instance id. */
  readonly leases: Map<string, MemoryLease>;
}

/**
 * A registry in this process's memory, with leases that expire exactly their time to live after the last renewal.
 * Watchers are called at once, inside the call that made the change. An unknown service has an empty snapshot, version
 * 0, as old as the registry. Registering the data that is already there restarts the lease and changes nothing else. Throws a RangeError for a
 * time to live that is not a positive number.
 */
export function createMemoryRegistry(clock: Clock): Discovery & Registrar {
  const sinceMs = clock.now();
  const services = new Map<string, Service>();
  // One lane per time to live: nearly every expiry is cancelled by a renewal.
  const lanes = new Map<number, Lane>();

  function serviceNamed(name: string): Service {
    let service = services.get(name);
    if (service === undefined) {
      service = { record: new ServiceRecord(clock, sinceMs), leases: new Map() };
      services.set(name, service);
    }
    return service;
  }

  function laneFor(ttlMs: number): Lane {
    let lane = lanes.get(ttlMs);
    if (lane === undefined) {
      if (!(ttlMs > 0 && Number.isFinite(ttlMs)))
        throw new RangeError(`ttlMs must be a positive number or null, found ${ttlMs}`);
      lane = clock.lane(ttlMs);
      lanes.set(ttlMs, lane);
    }
    return lane;
  }

  return {
    watch: (service, listener) => serviceNamed(service).record.watch(listener),
    register(service, instance, ttlMs, passing = true) {
      const expiries = ttlMs === null ? null : laneFor(ttlMs);
      return new MemoryLease(clock, expiries, serviceNamed(service), instance, passing);
    },
  };
}

/** In force from its making until it expires, is revoked, or another lease for the same id takes its place. */
class MemoryLease implements Lease {
  private readonly clock: Clock;
  /** Null for a lease that never expires. */
  private readonly expiries: Lane | null;
  private readonly service: Service;
  private readonly id: string;
  private expiry: TimerId = NO_TIMER;
  private renewedAtMs = 0;

  constructor(clock: Clock, expiries: Lane | null, service: Service, instance: Instance, passing: boolean) {
    this.clock = clock;
    this.expiries = expiries;
    this.service = service;
    this.id = instance.id;
    clock.cancel(service.leases.get(instance.id)?.expiry ?? NO_TIMER);
    service.leases.set(instance.id, this);
    this.restart();
    // Last, for it calls watchers, who may register the same id again.
    service.record.put(instance, passing);
  }

  renew(): boolean {
    if (!this.inForce()) return false;
    this.restart();
    return true;
  }

  setPassing(passing: boolean, evidenceAtMs: number): void {
    if (this.inForce()) this.service.record.setPassing(this.id, passing, evidenceAtMs);
  }

  revoke(): void {
    if (this.inForce()) this.end(this.clock.now());
  }

  private end(evidenceAtMs: number): void {
    this.clock.cancel(this.expiry);
    this.service.leases.delete(this.id);
    this.service.record.remove(this.id, evidenceAtMs);
  }

  private inForce(): boolean {
    return this.service.leases.get(this.id) === this;
  }

  private restart(): void {
    if (this.expiries === null) return;
    this.clock.cancel(this.expiry);
    this.renewedAtMs = this.clock.now();
    this.expiry = this.expiries.schedule(this.expire, 0);
  }

  private readonly expire = (): void => {
    invariant(this.inForce(), () => `expected the lease of '${this.id}' to be in force until it expires`);
    // Nothing was heard since then.
    this.end(this.renewedAtMs);
  };
}
