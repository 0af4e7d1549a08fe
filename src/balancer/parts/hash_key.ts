import type { Instance } from '../../core/instance.ts';

/**
 * What a host is hashed by in Envoy and gRPC: its metadata `hash_key` where there is one, otherwise its address
 * (thread_aware_lb_impl.h, hashKey; gRPC A76).
 */
export function hashKeyOf({ metadata, address }: Instance): string {
  return metadata?.hash_key || address;
}
