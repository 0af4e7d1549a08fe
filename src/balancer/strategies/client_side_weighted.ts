import type { Clock } from '../../core/clock.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import { GrpcPicker } from '../parts/grpc_picker.ts';
import { MedianWeights } from '../parts/median_weights.ts';
import { PerHost } from '../parts/per_host.ts';
import { ReportedWeights, type WeightRules } from '../parts/reported_weights.ts';
import { beginning, type Explain } from '../pick_reason.ts';
import { defineStrategy, type Strategy, type StrategyPorts } from '../strategy.ts';
import { EdfRoundRobin } from './edf_round_robin.ts';
import { type Floor, inOrder, StaticStride, strideExplained } from './static_stride.ts';

/**
 * Weighted round robin by what instances report of their own load: gRPC's `weighted_round_robin`, which knows nothing of the
 * registry's weights, and Envoy's `client_side_weighted_round_robin`, which takes them over (`MedianWeights`).
 *
 * Weights are worked out again each `weightUpdatePeriod`, and whenever the hosts change (gRPC: with each new picker, see
 * `GrpcPicker`). No timer does it: whatever comes next, a pick or a report, first makes up for the last update that fell
 * due, as of that time.
 */
export const clientSideWeighted = defineStrategy({
  name: 'client-side-weighted',
  doc: 'Hosts in turn by the load they report with their answers, qps / utilization, and not by their weights.',
  options: {
    flavor: {
      type: 'choice',
      values: ['grpc', 'envoy'],
      default: 'grpc',
      doc: "grpc: by static stride, hosts without a weight count for the mean; envoy: by deadline, for the median, and until the first update the registry's weights count.",
    },
    blackoutPeriod: {
      type: 'duration',
      min: 0,
      default: 10_000,
      doc: 'How long a host must have been reporting before its weight counts.',
    },
    weightExpirationPeriod: {
      type: 'duration',
      // No system asks for that much, but what has expired by the next update, 100 ms away at the least, never counts.
      min: 100,
      default: 180_000,
      doc: 'How long a weight counts after the report it comes from.',
    },
    weightUpdatePeriod: {
      type: 'duration',
      min: 100,
      default: 1_000,
      doc: 'How often weights are worked out from reports.',
    },
    errorUtilizationPenalty: {
      type: 'number',
      min: 0,
      default: 1,
      doc: 'What the share of errors adds to the utilization, as a multiple. Envoy: 1 by its documentation, 0 by its code where it is not set.',
    },
    clamp: {
      type: 'boolean',
      default: true,
      doc: 'Whether weights are kept within 0.1 and 10 times their mean, as grpc-java; false: as grpc-go.',
      for: [{ flavor: ['grpc'] }],
    },
    floor: {
      type: 'choice',
      values: ['java', 'core'],
      default: 'java',
      doc: 'Whose lower limit: 0.1 of the mean as grpc-java, or 0.01 as gRPC core (C++), in whose order of hosts, by address.',
      for: [{ flavor: ['grpc'], clamp: [true] }],
    },
  },
  variants: [
    {
      when: {},
      system: 'grpc-java weighted_round_robin',
      source: 'gRPC proposal A58; xds/WeightedRoundRobinLoadBalancer.java',
      traits: { evenness: 'exact', weighted: 'none', affinity: 'none', feedback: 'report', cost: 'O(1)' },
    },
    {
      when: { flavor: 'grpc', clamp: true, floor: 'core' },
      system: 'gRPC core weighted_round_robin',
      source: 'gRPC proposal A58; src/core/load_balancing/weighted_round_robin',
      traits: { evenness: 'exact', weighted: 'none', affinity: 'none', feedback: 'report', cost: 'O(1)' },
    },
    {
      when: { clamp: false },
      system: 'grpc-go weighted_round_robin',
      source: 'gRPC proposal A58; balancer/weightedroundrobin',
      traits: { evenness: 'exact', weighted: 'none', affinity: 'none', feedback: 'report', cost: 'O(n)' },
    },
    {
      when: { flavor: 'envoy' },
      system: 'Envoy client_side_weighted_round_robin',
      source: 'client_side_weighted_round_robin_lb.cc',
      // The registry's weights count until the first update.
      traits: {
        evenness: 'exact',
        weighted: 'none',
        weighsSomehow: true,
        affinity: 'none',
        feedback: 'report',
        cost: 'O(log n)',
      },
    },
  ],
  create: ({ options, ...ports }) =>
    options.flavor === 'grpc'
      ? new GrpcWeighted({ ...options, floor: options.clamp ? options.floor : 'java' }, ports)
      : new EnvoyWeighted(ports),
  weigh: (options, clock) =>
    options.flavor === 'envoy' ? new MedianWeights(options, options.weightUpdatePeriod, clock) : null,
});

interface Schedule {
  readonly weightUpdatePeriod: number;
  readonly clamp: boolean;
  readonly floor: Floor;
}

/**
 * Static stride over the eligible hosts. A new picker works weights out at once. In core and grpc-go each has a timer of
 * its own (weighted_round_robin.cc, BuildSchedulerAndStartTimerLocked; balancer.go, picker.start), and the period starts
 * anew with it; in grpc-java only where the resolver has sent addresses (acceptResolvedAddresses).
 *
 * A host that is READY again begins another blackout: in core after whatever made it unhealthy (OnStateUpdate), in
 * grpc-java and grpc-go after a new connection only, and not as an ejection ends. Where there is no blackout, it counts
 * for what it last reported until that expires; but grpc-go forgets it.
 */
class GrpcWeighted implements Strategy {
  readonly prompt = 'from the start';
  private readonly reported: ReportedWeights;
  private readonly clock: Pick<Clock, 'now'>;
  private nextUpdate: number;
  private readonly schedule: StaticStride;
  private readonly picker: GrpcPicker;
  private readonly options: Schedule;
  private members: readonly Host[] = [];
  private hosts: readonly Host[] = [];
  /** By host: what it weighs since the last update, or 0. */
  private readonly inUse = new PerHost(1);
  private weights = new Float64Array(0);

  constructor(options: WeightRules & Schedule, { clock, random }: StrategyPorts) {
    const { errorUtilizationPenalty, weightUpdatePeriod, clamp } = options;
    // A float in grpc-java and core, a double in grpc-go.
    const penalty = clamp ? Math.fround(errorUtilizationPenalty) : errorUtilizationPenalty;
    this.reported = new ReportedWeights({ ...options, errorUtilizationPenalty: penalty });
    this.clock = clock;
    this.options = options;
    this.nextUpdate = clock.now() + weightUpdatePeriod;
    this.schedule = new StaticStride(options.clamp, random, options.floor);
    this.picker = new GrpcPicker(options.clamp ? null : random);
  }

  onNews(host: Host | null, reconnected: boolean): void {
    this.catchUp();
    const { clamp, floor } = this.options;
    if (host?.healthy && (reconnected || floor === 'core')) this.reported.beginAgain(host, !clamp);
    this.picker.onNews(host);
    this.update(this.clock.now());
    if (host === null || !clamp || floor === 'core')
      this.nextUpdate = this.clock.now() + this.options.weightUpdatePeriod;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    // As of now those only that were not there at the news.
    const known = new Set(this.members);
    this.reported.asOf[0] = this.clock.now();
    for (const host of members) if (!known.has(host)) this.weigh(host);
    this.members = members.slice();
    if (this.picker.begins(members, eligible)) this.schedule.restart();
    this.hosts = inOrder(this.hosts, eligible, this.options.clamp, this.options.floor);
    this.reschedule();
  }

  explainNext(): Explain {
    this.catchUp();
    return strideExplained(this.schedule, this.hosts, 'weight by reports');
  }

  pick(): Host {
    this.catchUp();
    return this.hosts[this.schedule.pick()];
  }

  onStart(): void {}

  onEnd(host: Host, _latencyMs: number, _outcome: Outcome, report: LoadReport | null): void {
    if (report === null) return;
    this.catchUp();
    this.reported.asOf[0] = this.clock.now();
    this.reported.observe(host, report);
  }

  /** Makes the last update that fell due. Those before it would have been overruled by it. */
  private catchUp(): void {
    const now = this.clock.now();
    if (now < this.nextUpdate) return;
    const { weightUpdatePeriod } = this.options;
    const last = now - ((now - this.nextUpdate) % weightUpdatePeriod);
    this.nextUpdate = last + weightUpdatePeriod;
    this.update(last);
  }

  private update(time: number): void {
    this.reported.asOf[0] = time;
    // Of one that has left the slot may be another's by now.
    for (let i = 0; i < this.members.length; i++) if (this.members[i].present) this.weigh(this.members[i]);
    if (!this.picker.isDue) this.reschedule();
  }

  private weigh(host: Host): void {
    this.reported.weigh(host);
    const at = this.inUse.at(host);
    this.inUse.values[at] = Math.max(this.reported.weight[0], 0);
  }

  private reschedule(): void {
    const { hosts, inUse } = this;
    if (this.weights.length < hosts.length) this.weights = new Float64Array(hosts.length);
    for (let i = 0; i < hosts.length; i++) {
      const at = inUse.at(hosts[i]);
      this.weights[i] = inUse.values[at];
    }
    this.schedule.rebuild(this.weights, hosts.length);
  }
}

/** Envoy's round robin over the eligible hosts, by the weights that `MedianWeights` sets; slow start knows nothing of it. */
class EnvoyWeighted implements Strategy {
  readonly prompt = 'everywhere';
  private readonly roundRobin: EdfRoundRobin;

  constructor(ports: StrategyPorts) {
    this.roundRobin = new EdfRoundRobin(ports);
  }

  selector(): number {
    return this.roundRobin.selector();
  }

  /** Also where any weight has changed, of whatever priority: the schedules of all of them start anew. */
  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    this.roundRobin.rebuild(members, eligible, ({ weight }) => weight);
  }

  explainNext(): Explain {
    return beginning('weights by reports', this.roundRobin.explainNext());
  }

  pick(key: number, attempt: number, draw: number): Host | null {
    return this.roundRobin.pick(key, attempt, draw);
  }

  onStart(): void {}

  onEnd(): void {}
}
