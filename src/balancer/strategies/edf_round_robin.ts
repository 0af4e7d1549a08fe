import type { Host } from '../host.ts';
import { EdfSchedule } from '../parts/edf.ts';
import { comparedAs, type Explain } from '../pick_reason.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';
import { roundRobin } from './round_robin.ts';

/**
 * Envoy's round robin: a cursor over the hosts while their weights are equal and none is in slow start, an
 * earliest-deadline-first schedule otherwise. Both start at the worker's seed; the cursor keeps its value through changes,
 * the schedule is built anew. O(log n) per pick, O(n log n) per rebuild.
 * Sources: RoundRobinLoadBalancer; EdfLoadBalancerBase::refresh and chooseHostOnce.
 */
export class EdfRoundRobin implements Strategy {
  readonly prompt = 'everywhere';
  readonly followsWeights = true;
  private readonly ports: StrategyPorts;
  private readonly cursor: Strategy;
  private readonly schedule = new EdfSchedule();
  private hosts: readonly Host[] = [];
  private weightOf: WeightOf = () => 1;
  private equal = true;
  private easingIn = false;
  private readonly weightAt = (index: number): number => this.weightOf(this.hosts[index]);

  constructor(ports: StrategyPorts) {
    this.ports = ports;
    this.cursor = roundRobin.create({ ...ports, options: {} });
  }

  /** Envoy draws for the priority before each pick, even where there is one. */
  selector(): number {
    return this.ports.random.int32();
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf, easingIn = false): void {
    this.hosts = eligible.slice();
    this.weightOf = weightOf;
    this.easingIn = easingIn;
    this.cursor.rebuild(members, eligible, weightOf);
    this.refresh();
  }

  /** Starts anew with the same hosts, after a change of weights. Allocates nothing. */
  refresh(): void {
    // For one host Envoy makes no schedule, so its turns move the cursor.
    this.equal = this.hosts.length <= 1 || (!this.easingIn && this.weightsAreEqual());
    if (!this.equal) this.schedule.rebuild(this.hosts.length, this.weightAt, this.ports.seed());
  }

  pick(key: number, attempt: number, draw: number): Host | null {
    return this.equal ? this.cursor.pick(key, attempt, draw) : this.hosts[this.schedule.pick()];
  }

  explainNext(): Explain {
    const { cursor, hosts } = this;
    if (this.equal) return (pick) => cursor.explain?.(pick) ?? null;
    const line = this.schedule.inLine();
    const due = line.map(({ index }) => hosts[index]);
    const delays = line.map(({ delay }) => delay);
    const rule = 'the earliest deadline in the schedule by weight, the longest there among equals';
    return () => comparedAs('deadline after the earliest', due, delays, rule);
  }

  onStart(): void {}

  onEnd(): void {}

  private weightsAreEqual(): boolean {
    for (let i = 1; i < this.hosts.length; i++) {
      if (this.weightAt(i) !== this.weightAt(0)) return false;
    }
    return true;
  }
}
