import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { FinagleNodes } from '../parts/finagle_nodes.ts';
import { asInJava, GrpcPicker } from '../parts/grpc_picker.ts';
import { type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import { defineStrategy, type Strategy, type StrategyTraits } from '../strategy.ts';
import { FinagleRoundRobin } from './finagle_round_robin.ts';
import { WeightClasses } from './weight_classes.ts';

const TRAITS: StrategyTraits = {
  evenness: 'exact',
  weighted: 'none',
  affinity: 'none',
  feedback: 'none',
  cost: 'O(1)',
};

/** Java's Integer.MAX_VALUE, after which its count is taken for 0. */
const LAST = 2 ** 31 - 1;

/**
 * Hosts in turn, `hosts[cursor++ % n]` over the eligible ones, from a random start. O(1) per pick, O(n) per rebuild.
 *
 * In Envoy, with equal weights, and in grpc-java the cursor keeps its value when the hosts change, so a change of n may
 * jump anywhere in the list. gRPC core (C++) and grpc-go start anew at a random host with each new picker: see
 * `GrpcPicker`. Hosts are in the registry's order, in core too (its weighted round robin sorts them), in grpc-java as long
 * as they are the same in the order they had first; grpc-go's order is that of a map, of up to eight hosts the registry's
 * from anywhere on. Finagle's begins with the first host anew, and draws nothing: see `FinagleRoundRobin`.
 * Weights are ignored here; Envoy turns to its weighted form (EDF) once any weight differs.
 */
export const roundRobin = defineStrategy({
  name: 'round-robin',
  doc: 'Eligible hosts in turn, from a random start; ignores weights.',
  options: {
    system: {
      type: 'choice',
      values: ['envoy', 'grpc-java', 'grpc-go', 'grpc-core', 'finagle'],
      default: 'envoy',
      doc: 'Whose turns: envoy and grpc-java go on counting when hosts change, grpc-go and grpc-core (C++) start at random anew with each news of health or of the registry, finagle with the first host.',
    },
    weights: {
      type: 'choice',
      values: ['ignore', 'classes'],
      default: 'ignore',
      doc: "What unequal weights do: nothing; or classes: make classes of equal weight, one of which is drawn first, as Finagle's traffic distributor does around its round robin.",
      for: [{ system: ['finagle'] }],
    },
  },
  variants: [
    {
      when: {},
      system: 'Envoy ROUND_ROBIN with equal weights',
      source: 'RoundRobinLoadBalancer, unweightedHostPick',
      traits: TRAITS,
    },
    {
      when: { system: 'grpc-java' },
      system: 'grpc-java round_robin',
      source: 'util/RoundRobinLoadBalancer.java, ReadyPicker',
      traits: TRAITS,
    },
    {
      when: { system: 'grpc-go' },
      system: 'grpc-go round_robin',
      source: 'balancer/endpointsharding/endpointsharding.go, pickerWithChildStates',
      traits: TRAITS,
    },
    {
      when: { system: 'grpc-core' },
      system: 'gRPC core round_robin',
      source: 'src/core/load_balancing/round_robin/round_robin.cc, Picker',
      traits: TRAITS,
    },
    {
      when: { system: 'finagle' },
      system: 'Finagle round robin',
      source: 'finagle-core loadbalancer/roundrobin/RoundRobinBalancer.scala and Balancer.scala',
      traits: { ...TRAITS, beyond: 'where nobody is eligible' },
    },
    {
      when: { system: 'finagle', weights: 'classes' },
      system: 'Finagle round robin with traffic distributor',
      source:
        'finagle-core loadbalancer/TrafficDistributor.scala, roundrobin/RoundRobinBalancer.scala and Balancer.scala',
      // Of a class drawn by weight.
      traits: {
        ...TRAITS,
        weighted: 'proportional',
        fixedWeights: true,
        beyond: 'where nobody is eligible',
      },
    },
  ],
  create: ({ options: { system, weights }, random, seed, weightless = () => false }) => {
    if (system === 'finagle') {
      const create = () => new FinagleRoundRobin();
      return weights === 'ignore'
        ? create()
        : new WeightClasses({ random, create, nodes: new FinagleNodes(), weightless });
    }
    if (system === 'envoy') return new EnvoyRoundRobin(random, seed());
    if (system === 'grpc-java') return new GrpcRoundRobin(new GrpcPicker(null), seed() & LAST, null);
    const picker = new GrpcPicker(system === 'grpc-go' ? random : null);
    return new GrpcRoundRobin(picker, 0, system === 'grpc-go' ? () => picker.start + 1 : (hosts) => random.int(hosts));
  },
});

/** The count keeps to 31 bits, as in Java. In Go it has 32, in C++ 64: nobody sees where it begins again. */
class GrpcRoundRobin implements Strategy {
  readonly prompt = 'from the start';
  private hosts: readonly Host[] = [];
  private count: number;
  private readonly start: ((hosts: number) => number) | null;
  private readonly picker: GrpcPicker;

  /** `start`: where a new picker begins with so many hosts; null: where the count is, as in grpc-java. */
  constructor(picker: GrpcPicker, count: number, start: ((hosts: number) => number) | null) {
    this.picker = picker;
    this.count = count;
    this.start = start;
  }

  onNews(host: Host | null): void {
    this.picker.onNews(host);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = this.start === null ? asInJava(this.hosts, eligible) : eligible.slice();
    if (this.picker.begins(members, eligible) && this.start !== null) this.count = this.start(eligible.length);
  }

  pick(): Host {
    const host = this.hosts[this.count % this.hosts.length];
    this.count = (this.count + 1) & LAST;
    return host;
  }

  explain(pick: PickMade): PickReason {
    return nextInTurn(pick.host, this.hosts);
  }

  onStart(): void {}

  onEnd(): void {}
}

class EnvoyRoundRobin implements Strategy {
  private hosts: readonly Host[] = [];
  /** The cursor is `base + laps * n + index`, so that a pick needs small whole numbers only: no division, no boxed double. */
  private base: number;
  private laps = 0;
  private index = 0;
  private readonly random: Random;

  constructor(random: Random, seed: number) {
    this.random = random;
    this.base = seed;
  }

  /** Envoy draws for the priority before each pick, even where there is one. */
  selector(): number {
    return this.random.int32();
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    const cursor = this.base + this.laps * this.hosts.length + this.index;
    this.hosts = eligible.slice();
    this.laps = 0;
    this.index = eligible.length === 0 ? 0 : cursor % eligible.length;
    this.base = cursor - this.index;
  }

  pick(): Host {
    const host = this.hosts[this.index];
    if (++this.index === this.hosts.length) {
      this.index = 0;
      this.laps++;
    }
    return host;
  }

  explain({ host }: PickMade): PickReason {
    return nextInTurn(host, this.hosts);
  }

  onStart(): void {}

  onEnd(): void {}
}

function nextInTurn(host: Host, hosts: readonly Host[]): PickReason {
  return ruled(`the next in turn, place ${hosts.indexOf(host) + 1} of ${hosts.length}`);
}
