import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';

/**
 * When gRPC core (C++) and grpc-go build a new picker, which begins at random again. core does at every state an endpoint
 * reports, the one it was in included, while any is READY (round_robin.cc, weighted_round_robin.cc, OnStateUpdate), and
 * once the endpoints of a list the resolver has sent have all reported; grpc-go at every state of an endpoint and at the
 * end of each list (endpointsharding.go, updateStateLocked). Neither compares it with the last one. grpc-java does
 * (updateBalancingState), as a set: its pickers share one count, and an equal one changes nothing, not the order either.
 *
 * Here as there: whenever a host of the set is found healthy or not any more, and with each list of the registry, also if
 * that changes neither the hosts nor their order. So the strategies that have one are `prompt`: of several pickers between
 * two picks each draws. Where connections are kept (`LoadBalancerSettings.connections`) each state that is reported of one is
 * such news, IDLE and CONNECTING on the way back and every attempt that fails among them; elsewhere these are no event. None
 * is a resolver that says the same again, which no registry here does; nor, without connections, a priority that gRPC drops,
 * its picker too, after 15 minutes without load.
 */
export class GrpcPicker {
  /** Of grpc-go: where the round robin begins that each picker of its policies is made with; it counts before it looks. */
  start = 0;
  private readonly sharding: Random | null;
  private hosts: readonly Host[] = [];
  private isNew = true;
  private isOfList = true;

  /** `sharding`: what grpc-go's endpointsharding draws from, in which its policies have their endpoints; null: another's. */
  constructor(sharding: Random | null) {
    this.sharding = sharding;
  }

  /** Whether there has been news since the last rebuild. */
  get isDue(): boolean {
    return this.isNew;
  }

  /** As `Strategy.onNews`. */
  onNews(host: Host | null): void {
    this.isNew = true;
    if (host === null) this.isOfList = true;
  }

  /** Whether a rebuild for these hosts is that of a new picker. For grpc-go, what is drawn beneath it is drawn here. */
  begins(members: readonly Host[], eligible: readonly Host[]): boolean {
    const begins = this.isNew || !isSame(this.hosts, eligible);
    if (begins && this.sharding !== null) {
      // With whom of a list it begins to connect (rotateEndpoints).
      if (this.isOfList && members.length > 0) this.sharding.uint32();
      // Where nobody is READY its turns go over the others.
      this.start = this.sharding.int(eligible.length || 1);
    }
    this.isNew = false;
    this.isOfList = false;
    this.hosts = eligible.slice();
    return begins && eligible.length > 0;
  }
}

/** The hosts as grpc-java's next picker has them, the last of which had these: pickers of one set of hosts are equal, and the last one stays. */
export function asInJava(last: readonly Host[], eligible: readonly Host[]): readonly Host[] {
  const set = new Set(last);
  return last.length === eligible.length && eligible.every((host) => set.has(host)) ? last : eligible.slice();
}

function isSame(hosts: readonly Host[], others: readonly Host[]): boolean {
  return hosts.length === others.length && hosts.every((host, i) => host === others[i]);
}
