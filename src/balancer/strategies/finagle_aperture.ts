import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { type Aperture, WeightedPair } from '../parts/aperture.ts';
import type { FinagleNodes } from '../parts/finagle_nodes.ts';
import { FinagleOrder } from '../parts/finagle_order.ts';
import { type Drawing, drawnExplained, type PanicMode } from '../parts/panic_mode.ts';
import type { PickReason } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/**
 * Finagle's aperture with least loaded: of two hosts drawn by weight, the second up to 5 times until it is another, the
 * one with the fewest in flight for its weight, the first among equals. Within `random-aperture` and
 * `deterministic-aperture` it draws as each of them does in Finagle; without, from all hosts as the latter.
 * O(1) per pick, O(log n) within `random-aperture`; O(n) per rebuild.
 * Source: finagle-core loadbalancer/aperture/ApertureLeastLoaded.scala and WeightedP2CPick.scala.
 */
export class FinagleAperture implements Strategy, Drawing {
  /** A new node begins as its weight changes. */
  readonly prompt = true;
  hosts: readonly Host[] = [];
  private readonly nodes: FinagleNodes;
  private readonly random: Random;
  private readonly panic: PanicMode | null;
  private readonly pair: WeightedPair;
  private readonly order = new FinagleOrder();

  /** `panic` null: hosts that can be picked are drawn only. */
  constructor(nodes: FinagleNodes, random: Random, aperture: Aperture | undefined, panic: PanicMode | null) {
    this.nodes = nodes;
    this.random = random;
    this.panic = panic;
    this.pair = new WeightedPair(aperture ?? null);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf, easingIn: boolean = false): void {
    this.nodes.begin(members);
    const drawn = this.panic === null ? this.order.among(members, eligible) : this.order.of(members);
    this.pair.rebuild(members, drawn, weightOf, easingIn);
    this.hosts = this.pair.table.hosts;
    this.panic?.rebuild(this.hosts, eligible);
  }

  pick(): Host {
    return this.panic === null ? this.hosts[this.drawBest()] : this.panic.pick(this);
  }

  drawBest(): number {
    const { pair, panic, hosts, nodes } = this;
    pair.draw(this.random);
    const { first, second } = pair;
    if (panic !== null && panic.isOpen(first) !== panic.isOpen(second)) return panic.isOpen(first) ? first : second;
    pair.loads[0] = nodes.inFlight(hosts[first]);
    pair.loads[1] = nodes.inFlight(hosts[second]);
    return pair.lower();
  }

  explain({ host }: { readonly host: Host }): PickReason {
    const { pair, panic, hosts, nodes } = this;
    return drawnExplained(panic, host, {
      hosts,
      places: [pair.first, pair.second],
      by: pair.termsOf('in flight'),
      figureOf: (place) => nodes.inFlight(hosts[place]) / pair.divisorOf(place),
      rule: 'the fewest in flight of two drawn by weight, the first drawn among equals',
    });
  }

  onStart(): void {}

  onEnd(host: Host, _latencyMs: number, _outcome: Outcome, _report: LoadReport | null, reweighed: number): void {
    this.nodes.ended(host, reweighed);
  }
}
