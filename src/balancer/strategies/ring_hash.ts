import { haproxyHash } from '../../core/hash/haproxy_hash.ts';
import { envoyHashPolicies, grpcHashPolicies, grpcJavaHashPolicies } from '../../core/hash/hash_policies.ts';
import { murmur64 } from '../../core/hash/murmur64.ts';
import { xxh64 } from '../../core/hash/xxh64.ts';
import { BoundedLoad, balanceFactorProblem, boundsLoad } from '../parts/bounded_load.ts';
import { haproxyKeyHash } from '../parts/haproxy_key_hash.ts';
import { failOnErrorsOption, maxFailsOption } from '../parts/nginx_failures.ts';
import { envoyKeyHash, hashPolicies } from '../parts/request_hash.ts';
import { defineStrategy } from '../strategy.ts';
import { EnvoyRingHash } from './envoy_ring_hash.ts';
import { GrpcRingHash, type GrpcRingSystem } from './grpc_ring_hash.ts';
import { HaproxyRingHash } from './haproxy_ring_hash.ts';
import { NginxRingHash } from './nginx_ring_hash.ts';

/** A ring is made anew with other numbers of points when a host joins or leaves, so some keys move that need not. */
const resized = { evenness: 'none', weighted: 'table', affinity: 'nearly', cost: 'O(1)' } as const;
const fixed = { evenness: 'none', weighted: 'table', affinity: 'minimal', cost: 'O(1)' } as const;
const inEnvoy = 'ring_hash_lb.cc, thread_aware_lb_impl.cc';
/** Envoy's defaults, and gRPC's. */
const DEFAULT_MINIMUM = 1024;
const MOST_POINTS = 8_388_608;
const GRPC: readonly GrpcRingSystem[] = ['grpc', 'grpc-java', 'grpc-core'];
const WITH_SIZES = ['envoy', ...GRPC] as const;
/** Of several hash policies; of one it is XXH64. */
const GRPC_POLICIES = { grpc: grpcHashPolicies, 'grpc-java': grpcJavaHashPolicies, 'grpc-core': envoyHashPolicies };
const inHaproxy = 'src/lb_chash.c, chash_get_server_hash and chash_server_is_eligible';

/**
 * Consistent hashing on a ring, as four systems do it: hosts own points on a circle, a key is hashed onto the circle and
 * goes to the host of a point next to it. With v points a host the shares of n equal hosts scatter with a squared
 * coefficient of variation of (n - 1) / (n v + 1), about half that where the nearest point is taken.
 *
 * envoy and gRPC: the whole ring has a minimum size. nginx: 160 points a unit of weight. haproxy: 16, nearest point.
 * There hosts of one address have the same points by `hostKey: addr`, and all keys go to the first and the last of them.
 * With `hashBalanceFactor` a host that has too many attempts in flight is passed over: see `BoundedLoad`.
 */
export const ringHash = defineStrategy({
  name: 'ring-hash',
  doc: 'Equal keys to equal hosts, by points on a circle; few keys move when a host joins or leaves.',
  options: {
    system: {
      type: 'choice',
      values: ['envoy', 'grpc', 'nginx', 'haproxy', 'grpc-java', 'grpc-core'],
      default: 'envoy',
      doc: 'Whose ring, hashes and lookup; grpc: as grpc-go, from which grpc-java and grpc-core (C++) differ in points or their order.',
    },
    minimumRingSize: {
      type: 'integer',
      min: 1,
      default: DEFAULT_MINIMUM,
      doc: 'Points on the ring at least, maximumRingSize at most; grpc caps it at 4096.',
      for: [{ system: WITH_SIZES }],
    },
    maximumRingSize: {
      type: 'integer',
      min: 1,
      max: MOST_POINTS,
      default: MOST_POINTS,
      doc: 'Points on the ring at most; grpc caps it at 4096.',
      for: [{ system: WITH_SIZES }],
    },
    hashFunction: {
      type: 'choice',
      values: ['xxhash', 'murmur2'],
      default: 'xxhash',
      doc: 'What points are hashed with; keys always by xxhash.',
      for: [{ system: ['envoy'] }],
    },
    hashBalanceFactor: {
      type: 'integer',
      min: 0,
      max: 65_535,
      default: 0,
      doc: 'Attempts a host may have, in percent of its share of all attempts; 0: any. 100 or more, with haproxy more than 100.',
      for: [{ system: ['envoy', 'haproxy'] }],
    },
    hashPolicies: { ...hashPolicies, for: [{ system: WITH_SIZES }] },
    withoutKey: {
      type: 'choice',
      values: ['random', 'fail'],
      default: 'random',
      doc: 'What becomes of a request without a key: a random hash, or no host, as in gRPC where nothing has set a hash.',
      for: [{ system: GRPC }],
    },
    hostKey: {
      type: 'choice',
      values: ['id', 'id32', 'address', 'addr', 'guid'],
      default: 'id',
      doc: "What a host's points are computed from: id or id32, its place in the order of joining; address, with the port; addr, without it; guid, its metadata's guid, or else its id.",
      for: [{ system: ['haproxy'] }],
    },
    keyHash: haproxyKeyHash,
    avalanche: {
      type: 'boolean',
      default: true,
      doc: 'Whether hashes of keys are spread over all 32 bits: the modifier of its hash-type, which has it where no function is named.',
      for: [{ system: ['haproxy'] }],
    },
    preserveAffinity: {
      type: 'choice',
      values: ['always', 'maxconn', 'maxqueue'],
      default: 'always',
      doc: 'Until when keys stay with a host that has maxConnections: until it is full, until its queue is full as well, or always, which makes them wait.',
      for: [{ system: ['haproxy'] }],
    },
    maxFails: { ...maxFailsOption, for: [{ system: ['nginx'] }] },
    failOnErrors: { ...failOnErrorsOption, for: [{ system: ['nginx'], maxFails: { above: 0 } }] },
  },
  variants: [
    { when: {}, system: 'Envoy RING_HASH', source: inEnvoy, traits: { ...resized, feedback: 'none' } },
    {
      when: { hashBalanceFactor: 150 },
      fits: (options) => options.system === 'envoy' && boundsLoad(options),
      system: 'Envoy RING_HASH with hash_balance_factor',
      source: inEnvoy,
      // O(n) where the host is overloaded.
      traits: { ...resized, feedback: 'inFlight', cost: 'O(n)' },
    },
    {
      when: { system: 'grpc' },
      system: 'grpc-go ring_hash',
      source: 'gRPC A42, A76; grpc-go ringhash/ring.go, picker.go',
      traits: { ...resized, feedback: 'none', connectsLazily: true },
    },
    {
      when: { system: 'grpc-java' },
      system: 'grpc-java ring_hash',
      source: 'RingHashLoadBalancer.java',
      traits: { ...resized, feedback: 'none', connectsLazily: true },
    },
    {
      when: { system: 'grpc-core' },
      system: 'gRPC core ring_hash',
      source: 'ring_hash.cc, Pick and Ring',
      traits: { ...resized, feedback: 'none', connectsLazily: true },
    },
    {
      when: { system: 'nginx' },
      system: 'nginx hash consistent',
      source: 'src/http/modules/ngx_http_upstream_hash_module.c, ngx_http_upstream_get_chash_peer',
      // O(n) without a key: round robin, with weights that failures lower.
      traits: { ...fixed, feedback: 'outcome', cost: 'O(n)', limits: 'skips' },
    },
    {
      when: { system: 'nginx', maxFails: 0 },
      system: 'nginx hash consistent with max_fails=0',
      source: 'src/http/modules/ngx_http_upstream_hash_module.c, ngx_http_upstream_get_chash_peer',
      traits: { ...fixed, feedback: 'none', cost: 'O(n)', limits: 'skips' },
    },
    {
      when: { system: 'haproxy' },
      system: 'HAProxy hash-type consistent',
      source: inHaproxy,
      traits: { ...fixed, feedback: 'none', limits: 'queues' },
    },
    {
      when: { system: 'haproxy', hashBalanceFactor: 150 },
      fits: (options) => options.system === 'haproxy' && boundsLoad(options),
      system: 'HAProxy hash-type consistent with hash-balance-factor',
      source: inHaproxy,
      traits: { ...fixed, feedback: 'inFlight', cost: 'O(n)', limits: 'queues' },
    },
  ],
  check: ({ system, minimumRingSize, maximumRingSize, hashBalanceFactor }) => {
    if (minimumRingSize > maximumRingSize) {
      return { option: 'minimumRingSize', expected: `at most maximumRingSize, ${maximumRingSize}` };
    }
    return balanceFactorProblem(hashBalanceFactor, system === 'haproxy' ? 101 : 100);
  },
  create: ({ options, ...ports }) => {
    const { minimumRingSize, maximumRingSize, hashBalanceFactor } = options;
    if (options.system === 'nginx') return new NginxRingHash(ports, options);
    if (options.system === 'haproxy') {
      const { hostKey, keyHash, avalanche, preserveAffinity } = options;
      const hash = haproxyHash(keyHash, avalanche);
      return new HaproxyRingHash({ hostKey, hash, balanceFactor: hashBalanceFactor, preserveAffinity }, ports);
    }
    if (options.system !== 'envoy') {
      const sizes = { minimumSize: minimumRingSize, maximumSize: maximumRingSize };
      const keyHash = options.hashPolicies === 'one' ? xxh64 : GRPC_POLICIES[options.system];
      const needsKey = options.withoutKey === 'fail';
      return new GrpcRingHash({ system: options.system, ...sizes, needsKey, keyHash }, ports);
    }
    const hash = options.hashFunction === 'murmur2' ? murmur64 : xxh64;
    const bounded = hashBalanceFactor === 0 ? null : new BoundedLoad(hashBalanceFactor, ports.attempts);
    const rules = { minimumSize: minimumRingSize, maximumSize: maximumRingSize, hash };
    return new EnvoyRingHash(rules, envoyKeyHash(options.hashPolicies), bounded, ports);
  },
});
