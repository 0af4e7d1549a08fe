import type { Host } from '../host.ts';

/**
 * When gRPC core (C++) and grpc-go build a new picker, which begins at random again. core does at every state an endpoint
 * reports, the one it was in included (round_robin.cc, weighted_round_robin.cc, OnStateUpdate), and once the endpoints of
 * a list the resolver has sent have all reported; grpc-go at every state of an endpoint and at the end of each list
 * (endpointsharding.go, updateStateLocked). Neither compares it with the last one. grpc-java does (updateBalancingState),
 * and its pickers share one count.
 *
 * Here as there: whenever a host of the set is found healthy or not any more, and with each list of the registry, also if
 * that changes neither the hosts nor their order. (Of several pickers between two picks one is built: what the others
 * would have drawn nobody sees.) What is no event here: the way back, IDLE and CONNECTING, a picker each;
 * attempts to connect that fail, each of which reports TRANSIENT_FAILURE once more; a resolver that says the same again,
 * which no registry here does; and a priority that gRPC drops, its picker too, after 15 minutes without load.
 */
export class GrpcPicker {
  private hosts: readonly Host[] = [];
  private isNew = true;

  /** Whether there has been news since the last rebuild. */
  get isDue(): boolean {
    return this.isNew;
  }

  onNews(): void {
    this.isNew = true;
  }

  /** Whether a rebuild for these hosts is that of a new picker. */
  begins(eligible: readonly Host[]): boolean {
    const begins = this.isNew || !isSame(this.hosts, eligible);
    this.isNew = false;
    this.hosts = eligible.slice();
    return begins;
  }
}

function isSame(hosts: readonly Host[], others: readonly Host[]): boolean {
  return hosts.length === others.length && hosts.every((host, i) => host === others[i]);
}
