import type { WrittenOptions } from '../../core/options.ts';
import type { StrategyTraits, StrategyVariant } from '../strategy.ts';

/** Fewest in flight of those looked at. Idle and equal hosts are drawn uniformly, and weights do not count. */
const leastInFlight: StrategyTraits = {
  evenness: 'statistical',
  weighted: 'none',
  affinity: 'none',
  feedback: 'leastInFlight',
  cost: 'O(1)',
};

/** Of a class drawn by weight, so that a busy host alone in its class is picked. Classes are of the registry's weights. */
const classes: StrategyTraits = {
  ...leastInFlight,
  weighted: 'proportional',
  fixedWeights: true,
  feedback: 'inFlight',
};

/** Whether the options are Finagle's power of two choices. */
function isFinagle({ algorithm, replacement, sampling, weights }: WrittenOptions): boolean {
  return algorithm === 'choices' && replacement === false && sampling === 'finagle' && weights !== 'follow';
}

/** Whether Finagle's traffic distributor is around its p2c or its heap. */
export function hasClasses(options: WrittenOptions): boolean {
  return options.weights === 'classes' && (isFinagle(options) || options.algorithm === 'finagle-heap');
}

/** Whether they are Finagle's power of two choices, and its panic mode is on. */
export function panics(options: WrittenOptions): boolean {
  return isFinagle(options) && Number(options.maxEffort) > 0;
}

/** Whose least request there are, and what each promises. */
export const variants: readonly StrategyVariant[] = [
  {
    when: {},
    system: 'Envoy LEAST_REQUEST',
    source: 'LeastRequestLoadBalancer::unweightedHostPickNChoices and hostWeight',
    traits: { ...leastInFlight, weighted: 'proportional', cost: 'O(log n)' },
  },
  {
    when: { weights: 'ignore' },
    system: 'gRPC least_request',
    source: 'gRPC A48; grpc-java LeastRequestLoadBalancer',
    traits: leastInFlight,
  },
  {
    when: { weights: 'ignore', counted: 'since-ready' },
    system: 'grpc-go least_request',
    source: 'gRPC A48; grpc-go balancer/leastrequest/leastrequest.go',
    traits: leastInFlight,
  },
  {
    when: { weights: 'ignore', replacement: false },
    system: 'Finagle p2c with least loaded',
    source: 'finagle-core loadbalancer/p2c/P2CPick.scala',
    traits: leastInFlight,
  },
  {
    when: { weights: 'ignore', replacement: false, maxEffort: 4 },
    fits: panics,
    system: 'Finagle p2c with least loaded and panic mode',
    source: 'finagle-core loadbalancer/PanicMode.scala, Balancer.scala and p2c/P2CPick.scala',
    traits: { ...leastInFlight, beyond: 'after tries in vain' },
  },
  {
    when: { weights: 'ignore', replacement: false, sampling: 'tower' },
    system: 'Tower p2c with pending requests',
    source: 'tower/src/balance/p2c/service.rs and src/util/rng.rs',
    traits: leastInFlight,
  },
  {
    when: { algorithm: 'full-scan' },
    system: 'Envoy LEAST_REQUEST, FULL_SCAN',
    source: 'LeastRequestLoadBalancer::unweightedHostPickFullScan and hostWeight',
    traits: { ...leastInFlight, weighted: 'proportional', cost: 'O(n)' },
  },
  {
    when: { algorithm: 'full-scan', weights: 'ignore' },
    system: 'Envoy LEAST_REQUEST, FULL_SCAN, with equal weights',
    source: 'LeastRequestLoadBalancer::unweightedHostPickFullScan',
    traits: { ...leastInFlight, cost: 'O(n)' },
  },
  {
    when: { algorithm: 'nginx-least-conn' },
    system: 'nginx least_conn',
    source: 'ngx_http_upstream_least_conn_module.c, ngx_http_upstream_get_least_conn_peer',
    traits: { ...leastInFlight, evenness: 'exact', weighted: 'exact', cost: 'O(n)', limits: 'skips' },
  },
  // Weights count, but even idle hosts do not follow them: the second of two distinct draws is less uneven than one draw.
  {
    when: { algorithm: 'nginx-random-two' },
    system: 'nginx random two least_conn',
    source: 'ngx_http_upstream_random_module.c, ngx_http_upstream_get_random2_peer',
    // O(n) after 21 draws in vain: round robin.
    traits: { ...leastInFlight, weighsSomehow: true, cost: 'O(n)', limits: 'skips' },
  },
  // Idle servers are equal whatever their weights. Spread over lists, they come in turns of no even length; in one list
  // they take turns among all workers, not in each of them.
  {
    when: { algorithm: 'haproxy-leastconn' },
    system: 'HAProxy leastconn',
    source: 'src/lb_fwlc.c',
    traits: { ...leastInFlight, evenness: 'none', weighsSomehow: true, cost: 'O(log n)', limits: 'queues' },
  },
  {
    when: { algorithm: 'haproxy-leastconn', lists: 1 },
    system: 'HAProxy leastconn, before 3.2',
    source: 'src/lb_fwlc.c before commit 9fe72bba3 (2025-03-26)',
    traits: { ...leastInFlight, evenness: 'none', weighsSomehow: true, cost: 'O(log n)', limits: 'queues' },
  },
  // Idle servers get their shares of the ring, evened out by how much they got over the last second. The ring being
  // uneven, a busy server is drawn alone more often than by uniform draws, of which leastInFlight would speak.
  {
    when: { algorithm: 'haproxy-random' },
    system: 'HAProxy random',
    source: 'src/backend.c, get_server_rnd',
    traits: {
      ...leastInFlight,
      evenness: 'none',
      weighted: 'table',
      feedback: 'inFlight',
      fixedTime: true,
      limits: 'queues',
    },
  },
  {
    when: { algorithm: 'haproxy-random', choiceCount: 1 },
    fits: ({ algorithm, choiceCount, hashBalanceFactor }) =>
      algorithm === 'haproxy-random' && choiceCount === 1 && hashBalanceFactor === 0,
    system: 'HAProxy random(1)',
    source: 'src/backend.c, get_server_rnd',
    traits: { ...leastInFlight, evenness: 'none', weighted: 'table', feedback: 'none', limits: 'queues' },
  },
  // A host that falls idle is swapped with one drawn, which is no uniform draw of the next; and an idle host may be
  // overlooked, of which leastInFlight would speak.
  {
    when: { algorithm: 'finagle-heap' },
    system: 'Finagle heap with least loaded',
    source: 'finagle-core loadbalancer/heap/HeapLeastLoaded.scala and Heap.scala',
    traits: {
      ...leastInFlight,
      evenness: 'none',
      feedback: 'inFlight',
      cost: 'O(log n)',
      beyond: 'where nobody is eligible',
    },
  },
  {
    when: { weights: 'classes', replacement: false },
    fits: (options) => hasClasses(options) && isFinagle(options),
    system: 'Finagle p2c with least loaded and traffic distributor',
    source: 'finagle-core loadbalancer/TrafficDistributor.scala and p2c/P2CPick.scala',
    traits: classes,
  },
  {
    when: { weights: 'classes', replacement: false, maxEffort: 4 },
    fits: (options) => panics(options) && hasClasses(options),
    system: 'Finagle p2c with least loaded, panic mode and traffic distributor',
    source: 'finagle-core loadbalancer/TrafficDistributor.scala, PanicMode.scala, Balancer.scala and p2c/P2CPick.scala',
    traits: { ...classes, beyond: 'after tries in vain' },
  },
  {
    when: { weights: 'classes', algorithm: 'finagle-heap' },
    system: 'Finagle heap with least loaded and traffic distributor',
    source: 'finagle-core loadbalancer/TrafficDistributor.scala, heap/HeapLeastLoaded.scala and Heap.scala',
    traits: {
      ...classes,
      evenness: 'none',
      weighted: 'none',
      weighsSomehow: true,
      cost: 'O(log n)',
      beyond: 'where nobody is eligible',
    },
  },
  // Idle hosts tie, and the first draw decides, which is by weight.
  {
    when: { algorithm: 'finagle-aperture' },
    system: 'Finagle aperture with least loaded; without subsetting all hosts are in it',
    source: 'finagle-core loadbalancer/aperture/ApertureLeastLoaded.scala and WeightedP2CPick.scala',
    traits: { ...leastInFlight, weighted: 'proportional' },
  },
  {
    when: { algorithm: 'finagle-aperture', maxEffort: 4 },
    fits: ({ algorithm, maxEffort }) => algorithm === 'finagle-aperture' && Number(maxEffort) > 0,
    system: 'Finagle aperture with least loaded and panic mode; without subsetting all hosts are in it',
    source: 'finagle-core loadbalancer/PanicMode.scala, Balancer.scala and aperture/ApertureLeastLoaded.scala',
    traits: { ...leastInFlight, weighted: 'proportional', beyond: 'after tries in vain' },
  },
];
