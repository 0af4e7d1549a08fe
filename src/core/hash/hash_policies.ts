import type { HashText } from './hash_text.ts';
import { xxh64 } from './xxh64.ts';

/**
 * Of a key that has one part for each hash policy of a route, in their order (a header, a cookie, an address): XXH64 of each
 * part, the hash so far turned left by one bit before the next is laid over it. An empty part is a policy that finds
 * nothing. A tab ends a part; a vertical bar one whose policy is terminal, after which a hash that is there stands.
 *
 * Source: envoy, hash_policy.cc, HashPolicyImpl::generateHash, and so gRPC core (xds_resolver.cc, GetCallConfig); grpc-go,
 * serviceconfig.go, generateHash, where a terminal policy that finds nothing ends nothing. grpc-java turns the hash with the
 * shift that keeps a sign (XdsNameResolver.java, generateHash): of one whose highest bit is set all bits are set then, so
 * that half of all requests go by their last policy alone.
 */
export const [envoyHashPolicies, grpcHashPolicies, grpcJavaHashPolicies]: readonly HashText[] = [
  hashPolicies(true, false),
  hashPolicies(false, false),
  hashPolicies(true, true),
];

const ENDS = /[\t|]/g;
const part = new Uint32Array(2);

function hashPolicies(endsWithNothing: boolean, keepsSign: boolean): HashText {
  return (text, into) => {
    into.fill(0);
    let hashed = false;
    let start = 0;
    while (start <= text.length) {
      ENDS.lastIndex = start;
      const end = ENDS.exec(text)?.index ?? text.length;
      if (end > start) {
        xxh64(text.slice(start, end), part);
        const [high, low] = into;
        const carry = keepsSign ? high >> 31 : high >>> 31;
        into[0] = ((high << 1) | (low >>> 31) | (keepsSign ? carry : 0)) ^ part[0];
        into[1] = ((low << 1) | carry) ^ part[1];
        hashed = true;
      }
      if (text[end] === '|' && hashed && (endsWithNothing || end > start)) return;
      start = end + 1;
    }
  };
}
