import { type ConnectionSystem, Connectivity } from '../../core/connectivity.ts';
import { type Host, isToConnect } from '../host.ts';
import { byHashKey } from '../parts/hash_key.ts';
import { bySocketAddress } from '../parts/socket_address.ts';

/**
 * What a gRPC policy over these hosts reports of all of them. Those that connect at once take an idle host for one that
 * connects (round_robin.cc, UpdateStateCountersLocked); `lazily`: ring_hash, which reports TRANSIENT_FAILURE with two that
 * fail, so that another priority is tried in time, and connects as one fails (A42, aggregation rules; grpc-go, ringhash.go,
 * aggregatedStateLocked). Without hosts there is nothing to connect to.
 */
export function connectivityOf(hosts: readonly Host[], lazily: boolean): Connectivity {
  let [idle, connecting, failing] = [0, 0, 0];
  for (const { connection } of hosts) {
    if (connection === Connectivity.ready) return Connectivity.ready;
    if (connection === Connectivity.connecting) connecting++;
    else if (connection === Connectivity.idle) idle++;
    else failing++;
  }
  if (!lazily) return idle + connecting > 0 ? Connectivity.connecting : Connectivity.transientFailure;
  if (failing > 1) return Connectivity.transientFailure;
  if (connecting > 0 || (failing === 1 && hosts.length > 1)) return Connectivity.connecting;
  return idle > 0 ? Connectivity.idle : Connectivity.transientFailure;
}

/** Whether some host is still to be connected to, or may be: a request that finds nobody ready waits for it. */
export function mayConnect(hosts: readonly Host[]): boolean {
  return hosts.some(isToConnect);
}

/**
 * Whom ring_hash connects to unasked: one more host each time one fails, while none is ready and none connects (A61). Which
 * is left to the implementation: the first by hash key in grpc-go (ringhash.go, updatePickerLocked), by address in core,
 * whose endpoints are in such a map, and as the resolver has them in grpc-java (triggerIdleChildConnection). null: nobody.
 */
export function nextToConnect(hosts: readonly Host[], system: ConnectionSystem): Host | null {
  if (hosts.every(({ connection }) => connection !== Connectivity.transientFailure)) return null;
  const busy = ({ connection }: Host): boolean =>
    connection === Connectivity.connecting || connection === Connectivity.ready;
  if (hosts.some(busy)) return null;
  const idle = hosts.filter(({ connection }) => connection === Connectivity.idle);
  if (system === 'grpc-java') return idle[0] ?? null;
  const ordered = system === 'grpc-go' ? idle.sort(byHashKey) : bySocketAddress(idle);
  return ordered[0] ?? null;
}
