import { byBytes } from '../../core/byte_order.ts';
import type { Instance } from '../../core/instance.ts';
import type { Host } from '../host.ts';

/**
 * What a host is hashed by in Envoy and gRPC: its metadata `hash_key` where there is one, otherwise its address
 * (thread_aware_lb_impl.h, hashKey; gRPC A76).
 */
export function hashKeyOf({ metadata, address }: Instance): string {
  return metadata?.hash_key || address;
}

/** The order of hosts on grpc-go's ring, before their points are sorted (ring.go, normalizeWeights). */
export function byHashKey(a: Host, b: Host): number {
  return byBytes(hashKeyOf(a.instance), hashKeyOf(b.instance));
}
