import { balanceFactorProblem, hashBalanceFactor, StrictlyBoundedLoad } from '../parts/bounded_load.ts';
import { FinagleNodes } from '../parts/finagle_nodes.ts';
import { failOnErrorsOption, maxFailsOption } from '../parts/nginx_failures.ts';
import { maxEffortOption, PanicMode } from '../parts/panic_mode.ts';
import { ANY_ROOM } from '../room.ts';
import { defineStrategy } from '../strategy.ts';
import { EnvoyLeastRequest } from './envoy_least_request.ts';
import { FinagleAperture } from './finagle_aperture.ts';
import { FinagleHeap } from './finagle_heap.ts';
import { GoLeastRequest, JavaLeastRequest } from './grpc_least_request.ts';
import { HaproxyLeastconn } from './haproxy_leastconn.ts';
import { HaproxyRandom } from './haproxy_random.ts';
import { Choices, DistinctChoices, FloydChoices, FullScan } from './least_in_flight.ts';
import { hasClasses, panics, variants } from './least_request_variants.ts';
import { NginxLeastConn } from './nginx_least_conn.ts';
import { NginxRandomTwo } from './nginx_random_two.ts';
import { WeightClasses } from './weight_classes.ts';

/**
 * The host with the fewest attempts in flight from this caller, by one of the rules there are for it:
 *
 * - `choices`: Envoy's, of a few drawn at random. `weights: ignore` is gRPC's, which reads more than 10 choices as 10,
 *   grpc-go's by `counted`; with `replacement: false` it is Finagle's power of two choices, or, by `sampling`, Tower's.
 * - `full-scan`: Envoy's FULL_SCAN, of all.
 * - `nginx-least-conn`, `nginx-random-two`: nginx's least_conn and `random two least_conn`, for their weight.
 * - `haproxy-leastconn`: HAProxy's, for their weight once they are busy.
 * - `haproxy-random`: HAProxy's `balance random(choiceCount)`, of a few drawn from its hash ring, for their weight.
 * - `finagle-heap`: Finagle's heap, of all.
 * - `finagle-aperture`: Finagle's apertures, of two drawn by weight.
 *
 * With `weights: classes` Finagle's power of two choices and its heap are as in its clients: see `WeightClasses`.
 *
 * Envoy's two turn to a schedule by weight and load, in which a busy host is never avoided, once any weight differs.
 */
export const leastRequest = defineStrategy({
  name: 'least-request',
  doc: 'The host with the fewest requests in flight, among a few drawn at random or among all.',
  options: {
    algorithm: {
      type: 'choice',
      values: [
        'choices',
        'full-scan',
        'nginx-least-conn',
        'nginx-random-two',
        'haproxy-leastconn',
        'haproxy-random',
        'finagle-heap',
        'finagle-aperture',
      ],
      default: 'choices',
      doc: "Whose rule: choices and full-scan are Envoy's; nginx-random-two and finagle-aperture compare two drawn by weight, the latter within an aperture if subsetting is one. finagle-heap is Finagle's pick for pick, but for several hosts that join or leave at once where there are more than four: there the order is left to chance, by identities of its objects.",
    },
    choiceCount: {
      type: 'integer',
      min: 1,
      // Envoy sets no limit. The busiest of n hosts is drawn alone once in n^choiceCount: 100 is beyond all use, and
      // keeps a slip of the pen from making each pick take as long as a run.
      max: 100,
      default: 2,
      doc: 'Hosts drawn per pick: 2 or more, or 1 as well with haproxy-random; more than 10 count as 10 with weights: ignore and replacement, as in gRPC.',
      for: [{ algorithm: ['choices', 'haproxy-random'] }],
    },
    replacement: {
      type: 'boolean',
      default: true,
      doc: 'Whether a host may be drawn twice for one pick, as in Envoy and gRPC, or not, as in Finagle and Tower.',
      for: [{ algorithm: ['choices'] }],
    },
    sampling: {
      type: 'choice',
      values: ['finagle', 'tower'],
      default: 'finagle',
      doc: "How different hosts are drawn: each from those left, as in Finagle, or by Floyd's algorithm, as in Tower.",
      for: [{ algorithm: ['choices'], replacement: [false] }],
    },
    maxEffort: {
      ...maxEffortOption,
      for: [
        { algorithm: ['choices'], replacement: [false], sampling: ['finagle'], weights: ['ignore', 'classes'] },
        { algorithm: ['finagle-aperture'] },
      ],
    },
    weights: {
      type: 'choice',
      values: ['follow', 'ignore', 'classes'],
      default: 'follow',
      doc: "What unequal weights do: turn to a weighted schedule, as in Envoy; nothing, as in gRPC and Tower; or classes: make classes of equal weight, one of which is drawn first, as Finagle's traffic distributor does around its p2c (replacement: false) and heap.",
      for: [{ algorithm: ['choices', 'full-scan', 'finagle-heap'] }],
    },
    counted: {
      type: 'choice',
      values: ['all', 'since-ready'],
      default: 'all',
      doc: 'What a host has in flight: all it was sent, or, as in grpc-go, only since it last came back.',
      for: [{ algorithm: ['choices'], replacement: [true], weights: ['ignore'] }],
    },
    activeRequestBias: {
      type: 'number',
      default: 1,
      doc: 'How strongly requests in flight lower a weight: weight / (in flight + 1)^bias; below 0 is taken for 1.',
      for: [{ algorithm: ['choices', 'full-scan'], weights: ['follow'] }],
    },
    lists: {
      type: 'integer',
      min: 1,
      max: 64,
      default: 4,
      doc: 'Lists over which equal servers are spread at random; 1: they take turns, as before HAProxy 3.2.',
      for: [{ algorithm: ['haproxy-leastconn'] }],
    },
    hashBalanceFactor: {
      ...hashBalanceFactor,
      doc: 'Attempts a host may have, in percent of its share of all attempts; above 100, 0: any.',
      for: [{ algorithm: ['haproxy-random'] }],
    },
    maxFails: { ...maxFailsOption, for: [{ algorithm: ['nginx-least-conn', 'nginx-random-two'] }] },
    failOnErrors: {
      ...failOnErrorsOption,
      for: [{ algorithm: ['nginx-least-conn', 'nginx-random-two'], maxFails: { above: 0 } }],
    },
  },
  variants,
  check: (options) => {
    const { algorithm, choiceCount, weights, hashBalanceFactor } = options;
    if (algorithm === 'haproxy-random') return balanceFactorProblem(hashBalanceFactor, 101);
    if (algorithm === 'choices' && choiceCount < 2)
      return { option: 'choiceCount', expected: 'at least 2, but 1 with algorithm: haproxy-random' };
    const readsWeights = algorithm === 'choices' || algorithm === 'full-scan';
    if (!readsWeights || weights !== 'classes' || hasClasses(options)) return null;
    return {
      option: 'weights',
      expected:
        "follow or ignore; classes is for Finagle's: replacement: false with sampling: finagle, or algorithm: finagle-heap",
    };
  },
  create: ({
    options,
    random,
    request,
    seed,
    clock,
    attempts,
    aperture,
    room = ANY_ROOM,
    weightless = () => false,
  }) => {
    const { algorithm, choiceCount, replacement, sampling, weights, counted, activeRequestBias, lists } = options;
    const nodes = new FinagleNodes();
    const panicMode = (): PanicMode | null =>
      options.maxEffort > 0 ? new PanicMode(options.maxEffort, aperture) : null;
    const p2c = (): DistinctChoices => new DistinctChoices(choiceCount, nodes, random, panicMode());
    const heap = (): FinagleHeap => new FinagleHeap(nodes, random);
    if (hasClasses(options)) {
      return new WeightClasses({ random, create: algorithm === 'finagle-heap' ? heap : p2c, nodes, weightless });
    }
    if (panics(options)) return p2c();
    if (algorithm === 'nginx-least-conn') return new NginxLeastConn(options);
    if (algorithm === 'nginx-random-two') return new NginxRandomTwo({ random, request }, options);
    if (algorithm === 'haproxy-leastconn') return new HaproxyLeastconn(lists, random, room);
    if (algorithm === 'haproxy-random') {
      const bounded =
        options.hashBalanceFactor === 0 ? null : new StrictlyBoundedLoad(options.hashBalanceFactor, attempts);
      return new HaproxyRandom(choiceCount, bounded, { random, clock, room });
    }
    if (algorithm === 'finagle-heap') return heap();
    if (algorithm === 'finagle-aperture') return new FinagleAperture(nodes, random, aperture, panicMode());
    if (algorithm === 'choices' && replacement && weights === 'ignore') {
      if (counted === 'all') return new JavaLeastRequest(choiceCount, random);
      return new GoLeastRequest(choiceCount, { random });
    }
    const unweighted =
      algorithm === 'full-scan'
        ? new FullScan(random)
        : replacement
          ? new Choices(choiceCount, random)
          : sampling === 'tower'
            ? new FloydChoices(choiceCount, random)
            : new DistinctChoices(choiceCount, nodes, random, null);
    return weights === 'ignore' ? unweighted : new EnvoyLeastRequest(unweighted, activeRequestBias, random, seed());
  },
});
