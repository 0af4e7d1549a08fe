import type { Host } from '../host.ts';
import { GrpcPicker } from '../parts/grpc_picker.ts';
import { failOnErrorsOption, maxFailsOption } from '../parts/nginx_failures.ts';
import type { Explain } from '../pick_reason.ts';
import { defineStrategy, type Strategy, type StrategyPorts, type StrategyVariant, type WeightOf } from '../strategy.ts';
import { EdfRoundRobin } from './edf_round_robin.ts';
import { FastRoundRobin } from './fast_round_robin.ts';
import { SmoothRoundRobin } from './smooth_round_robin.ts';
import { StaticRoundRobin } from './static_round_robin.ts';
import { type Floor, inOrder, StaticStride, strideExplained } from './static_stride.ts';

/** Hosts in turn by weight, as nginx, Envoy, gRPC and HAProxy do it: five ways to spread a host's turns. */
export const weightedRoundRobin = defineStrategy({
  name: 'weighted-round-robin',
  doc: 'Hosts in turn by weight, their turns spread out; as nginx does unless told otherwise.',
  options: {
    algorithm: {
      type: 'choice',
      values: ['smooth', 'edf', 'static-stride', 'fwrr', 'static-rr'],
      default: 'smooth',
      doc: 'How turns are spread: smooth as nginx, edf as Envoy, static-stride as gRPC, fwrr and static-rr as HAProxy.',
    },
    maxFails: { ...maxFailsOption, for: [{ algorithm: ['smooth'] }] },
    failOnErrors: { ...failOnErrorsOption, for: [{ algorithm: ['smooth'], maxFails: { above: 0 } }] },
    clamp: {
      type: 'boolean',
      default: true,
      doc: 'Whether weights are kept within 0.1 and 10 times their mean, as grpc-java does.',
      for: [{ algorithm: ['static-stride'] }],
    },
    floor: {
      type: 'choice',
      values: ['java', 'core'],
      default: 'java',
      doc: 'Whose lower limit: 0.1 of the mean as grpc-java, or 0.01 as gRPC core (C++), in whose order of hosts, by address.',
      for: [{ algorithm: ['static-stride'], clamp: [true] }],
    },
  },
  variants: variants(),
  create: ({ options: { algorithm, maxFails, failOnErrors, clamp, floor }, ...ports }) => {
    if (algorithm === 'edf') return new EdfRoundRobin(ports);
    if (algorithm === 'static-stride') return new StaticStrideRoundRobin(ports, clamp, clamp ? floor : 'java');
    if (algorithm === 'static-rr') return new StaticRoundRobin(ports.room);
    return algorithm === 'fwrr' ? new FastRoundRobin(ports.room) : new SmoothRoundRobin({ maxFails, failOnErrors });
  },
});

function variants(): StrategyVariant[] {
  return [
    {
      when: {},
      system: 'nginx round robin',
      source: 'src/http/ngx_http_upstream_round_robin.c, ngx_http_upstream_get_peer and free_round_robin_peer',
      traits: {
        evenness: 'exact',
        weighted: 'exact',
        affinity: 'none',
        feedback: 'outcome',
        cost: 'O(n)',
        limits: 'skips',
      },
    },
    {
      when: { maxFails: 0 },
      system: 'nginx round robin with max_fails=0',
      source: 'src/http/ngx_http_upstream_round_robin.c, ngx_http_upstream_get_peer',
      traits: {
        evenness: 'exact',
        weighted: 'exact',
        affinity: 'none',
        feedback: 'none',
        cost: 'O(n)',
        limits: 'skips',
      },
    },
    {
      when: { algorithm: 'edf' },
      system: 'Envoy ROUND_ROBIN',
      source: 'round_robin_lb.h; EdfLoadBalancerBase; edf_scheduler.h',
      // Not exact by weight: deadlines are sums of fractions, and which of two nearly equal ones is less is left to rounding.
      traits: { evenness: 'exact', weighted: 'proportional', affinity: 'none', feedback: 'none', cost: 'O(log n)' },
    },
    {
      when: { algorithm: 'static-stride' },
      system: 'grpc-java weighted_round_robin schedule',
      source: 'gRPC proposal A58; WeightedRoundRobinLoadBalancer.StaticStrideScheduler',
      traits: { evenness: 'exact', weighted: 'proportional', affinity: 'none', feedback: 'none', cost: 'O(1)' },
    },
    {
      when: { algorithm: 'static-stride', clamp: true, floor: 'core' },
      system: 'gRPC core weighted_round_robin schedule',
      source: 'weighted_round_robin/static_stride_scheduler.cc',
      traits: { evenness: 'exact', weighted: 'proportional', affinity: 'none', feedback: 'none', cost: 'O(1)' },
    },
    {
      when: { algorithm: 'static-stride', clamp: false },
      system: 'grpc-go weighted_round_robin schedule',
      source: 'weightedroundrobin/scheduler.go',
      // It passes by the others of a round until the heaviest: n rounds at worst, of one host each.
      traits: { evenness: 'exact', weighted: 'proportional', affinity: 'none', feedback: 'none', cost: 'O(n)' },
    },
    {
      when: { algorithm: 'fwrr' },
      system: 'HAProxy roundrobin',
      source: 'src/lb_fwrr.c',
      traits: {
        evenness: 'exact',
        weighted: 'proportional',
        affinity: 'none',
        feedback: 'none',
        cost: 'O(log n)',
        limits: 'queues',
      },
    },
    {
      when: { algorithm: 'static-rr' },
      system: 'HAProxy static-rr',
      source: 'src/lb_map.c, recalc_server_map and map_get_server_rr',
      // A change of hosts or weights takes n x W steps, W the sum of weights.
      traits: {
        limits: 'queues',
        evenness: 'exact',
        weighted: 'exact',
        fixedWeights: true,
        affinity: 'none',
        feedback: 'none',
        cost: 'O(1)',
      },
    },
  ];
}

/** gRPC's schedule over the weights the registry gives. */
class StaticStrideRoundRobin implements Strategy {
  readonly prompt = 'from the start';
  private readonly schedule: StaticStride;
  private readonly clamp: boolean;
  private readonly floor: Floor;
  private readonly picker: GrpcPicker;
  private hosts: readonly Host[] = [];

  constructor({ random }: StrategyPorts, clamp: boolean, floor: Floor) {
    this.schedule = new StaticStride(clamp, random, floor);
    this.picker = new GrpcPicker(clamp ? null : random);
    this.clamp = clamp;
    this.floor = floor;
  }

  onNews(host: Host | null): void {
    this.picker.onNews(host);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.hosts = inOrder(this.hosts, eligible, this.clamp, this.floor);
    if (this.picker.begins(members, eligible)) this.schedule.restart();
    this.schedule.rebuild(Float64Array.from(this.hosts, weightOf), this.hosts.length);
  }

  pick(): Host {
    return this.hosts[this.schedule.pick()];
  }

  explainNext(): Explain {
    return strideExplained(this.schedule, this.hosts, 'weight');
  }

  onStart(): void {}

  onEnd(): void {}
}
