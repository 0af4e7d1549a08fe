import { byBytes } from '../../core/byte_order.ts';
import type { Instance } from '../../core/instance.ts';
import type { Host } from '../host.ts';
import { ipv4Of, ipv6Of } from './socket_address.ts';

/**
 * What a host is hashed by in Envoy and gRPC: its metadata `hash_key` where there is one, otherwise its address
 * (thread_aware_lb_impl.h, hashKey; gRPC A76).
 */
export function hashKeyOf({ metadata, address }: Instance): string {
  return metadata?.hash_key || address;
}

/** What the points of an instance are hashes of, with a number behind it. */
export type KeyOfPoints = (instance: Instance) => string;

/**
 * An address as Java prints it (InetSocketAddress.toString), which grpc-java makes points from, and from nothing else
 * (RingHashLoadBalancer.java, buildRing): a slash where other systems put nothing, all groups of IPv6 written out. gRPC
 * balances over what names resolve to: one that is a name stays as it is.
 */
export function javaAddressOf({ address }: Instance): string {
  if (ipv4Of(address) !== null) return `/${address}`;
  const six = ipv6Of(address);
  return six === null ? address : `/[${six.groups.map((group) => group.toString(16)).join(':')}]:${six.port}`;
}

/** The order of hosts on grpc-go's ring, before their points are sorted (ring.go, normalizeWeights). */
export function byHashKey(a: Host, b: Host): number {
  return byBytes(hashKeyOf(a.instance), hashKeyOf(b.instance));
}
