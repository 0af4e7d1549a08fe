import { type Clock, NO_TIMER } from '../../../core/clock.ts';
import type { Instance } from '../../../core/instance.ts';
import type { Discovery, Lease, Registrar } from '../../../registry/discovery.ts';
import { ServiceRecord } from '../../../registry/service_record.ts';
import { SERVICE } from '../../service.ts';

/** From one look for expired leases to the next (lessor.go, runLoop). */
export const SCAN_MS = 500;
/** Revoked at one look at most: half of leaseRevokeRate, 1000 a second. */
const REVOKES_PER_SCAN = 500;

/** The shortest time to live that is granted: one and a half election timeouts in whole seconds (etcdserver/server.go, minTTL). */
export function leastTtlMs(electionTimeoutMs: number): number {
  return Math.ceil((1.5 * electionTimeoutMs) / 1000) * 1000;
}

/**
 * From one keep-alive to the next: a third of the time to live after the last answer, at the next turn of a loop of
 * 500 ms (clientv3/lease.go, sendKeepAliveLoop and recvKeepAlive).
 */
export function keepAliveMs(ttlMs: number): number {
  return Math.ceil(ttlMs / 3 / 500) * 500;
}

export interface Lessor extends Discovery, Registrar {
  /** There is a new leader: every lease gets its time to live anew, and the election timeout on top (lessor.go, Promote). */
  promote(): void;
}

interface EtcdLease extends Lease {
  readonly instance: Instance;
  expiresAtMs: number;
  readonly ttlMs: number;
  heardAtMs: number;
}

/**
 * etcd's leases and the keys under them (lessor.go): expired ones are looked for twice a second from `phaseMs` on, and
 * revoked oldest first, so many at a time. One that has expired and is not revoked yet cannot be renewed any more.
 * Watchers are told at once. One service: all of a trial's instances.
 */
export function createLessor(clock: Clock, electionTimeoutMs: number, phaseMs: number): Lessor {
  const record = new ServiceRecord(clock, clock.now());
  const leases = new Map<string, EtcdLease>();

  function end(lease: EtcdLease, evidenceAtMs: number): void {
    leases.delete(lease.instance.id);
    record.remove(lease.instance.id, evidenceAtMs);
  }
  function scan(): void {
    clock.schedule(SCAN_MS, scan, 0);
    const now = clock.now();
    const expired = [...leases.values()].filter(({ expiresAtMs }) => expiresAtMs <= now);
    expired.sort((a, b) => a.expiresAtMs - b.expiresAtMs);
    for (const lease of expired.slice(0, REVOKES_PER_SCAN)) end(lease, lease.heardAtMs);
  }
  clock.schedule(phaseMs, scan, NO_TIMER);

  function grant(instance: Instance, ttlMs: number): EtcdLease {
    const inForce = (): boolean => leases.get(instance.id) === lease;
    const lease: EtcdLease = {
      instance,
      ttlMs,
      heardAtMs: clock.now(),
      expiresAtMs: clock.now() + ttlMs,
      renew() {
        if (!inForce() || lease.expiresAtMs <= clock.now()) return false;
        lease.heardAtMs = clock.now();
        lease.expiresAtMs = clock.now() + ttlMs;
        return true;
      },
      setPassing(passing, evidenceAtMs) {
        if (inForce()) record.setPassing(instance.id, passing, evidenceAtMs);
      },
      revoke() {
        if (inForce()) end(lease, clock.now());
      },
    };
    return lease;
  }

  return {
    watch: (_service, listener) => record.watch(listener),
    register(service, instance, ttlMs, passing = true) {
      if (service !== SERVICE) throw new RangeError(`etcd: expected the service '${SERVICE}', found '${service}'`);
      const granted = ttlMs === null ? Number.POSITIVE_INFINITY : Math.max(ttlMs, leastTtlMs(electionTimeoutMs));
      const lease = grant(instance, granted);
      leases.set(instance.id, lease);
      record.put(instance, passing);
      return lease;
    },
    promote() {
      for (const lease of leases.values()) lease.expiresAtMs = clock.now() + lease.ttlMs + electionTimeoutMs;
    },
  };
}
