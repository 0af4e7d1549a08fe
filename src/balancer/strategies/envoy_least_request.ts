import type { Key } from '../../core/key.ts';
import { power } from '../../core/power.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { EdfSchedule } from '../parts/edf.ts';
import { comparedAs, type Explain } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/**
 * Envoy's least request: while all weights are equal and nobody is in slow start, the host `unweighted` picks; else hosts in turn by
 * weight / (in flight + 1)^bias, as it is when they are put back into the schedule. There a busy host is picked less
 * often, but never avoided. Bias 0 leaves the plain weights. As in Envoy, one below 0 is taken for 1.
 * O(log n) per pick by weight, O(n log n) per rebuild.
 * Source: Envoy, LeastRequestLoadBalancer::hostWeight; EdfLoadBalancerBase::refresh and chooseHostOnce.
 */
export class EnvoyLeastRequest implements Strategy {
  readonly prompt = 'everywhere';
  readonly followsWeights = true;
  private readonly unweighted: Strategy;
  private readonly bias: number;
  private readonly random: Random;
  private readonly seed: number;
  private readonly schedule = new EdfSchedule();
  private byWeight = false;
  private hosts: readonly Host[] = [];

  constructor(unweighted: Strategy, bias: number, random: Random, seed: number) {
    this.unweighted = unweighted;
    this.bias = bias >= 0 ? bias : 1;
    this.random = random;
    this.seed = seed;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf, easingIn = false): void {
    this.unweighted.rebuild(members, eligible, weightOf);
    const hosts = eligible.slice();
    this.hosts = hosts;
    // For one host Envoy makes no schedule, and draws.
    this.byWeight = (easingIn && hosts.length > 1) || hosts.some((host) => weightOf(host) !== weightOf(hosts[0]));
    if (this.byWeight) this.schedule.rebuild(hosts.length, this.weightAt(hosts, weightOf), this.seed);
  }

  /** Envoy draws for the priority before each pick, even where there is one. */
  selector(): number {
    return this.random.int32();
  }

  pick(key: Key, attempt: number, draw: number): Host | null {
    return this.byWeight ? this.hosts[this.schedule.pick()] : this.unweighted.pick(key, attempt, draw);
  }

  explainNext(): Explain {
    const { unweighted, hosts } = this;
    if (!this.byWeight) return (pick) => unweighted.explain?.(pick) ?? null;
    const line = this.schedule.inLine();
    const due = line.map(({ index }) => hosts[index]);
    const delays = line.map(({ delay }) => delay);
    const rule = 'the earliest deadline in the schedule by weight / (in flight + 1)^activeRequestBias: weights differ';
    return () => comparedAs('deadline after the earliest', due, delays, rule);
  }

  onStart(): void {}

  onEnd(): void {}

  private weightAt(hosts: readonly Host[], weightOf: WeightOf): (index: number) => number {
    const { bias } = this;
    if (bias === 0) return (index) => weightOf(hosts[index]);
    const over = weightOf.over ?? ((host: Host, divisor: number): number => weightOf(host) / divisor);
    if (bias === 1) return (index) => over(hosts[index], hosts[index].inFlight + 1);
    return (index) => over(hosts[index], power(hosts[index].inFlight + 1, bias));
  }
}
