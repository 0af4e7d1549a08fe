import type { Host } from '../host.ts';
import { type Aperture, WeightedPair } from '../parts/aperture.ts';
import { FinagleOrder } from '../parts/finagle_order.ts';
import type { WeightOf } from '../strategy.ts';
import { LowerPeakEwma, type PeakEwmaParts, type TwoDrawn } from './lower_peak_ewma.ts';

/** Drawn by weight, and compared by load / weight, as in Finagle's apertures. */
export class WeightedPeakEwma extends LowerPeakEwma {
  /** A new node begins as its weight changes. */
  readonly prompt = true;
  private readonly pair: WeightedPair;
  private readonly order = new FinagleOrder();

  constructor(parts: PeakEwmaParts, aperture: Aperture | null) {
    super(parts);
    this.pair = new WeightedPair(aperture);
  }

  override rebuild(
    members: readonly Host[],
    eligible: readonly Host[],
    weightOf: WeightOf,
    easingIn: boolean = false,
  ): void {
    this.estimates.begin(members);
    super.rebuild(this.order.of(members), this.order.among(members, eligible), weightOf);
    this.pair.rebuild(members, this.hosts, weightOf, easingIn);
    this.hosts = this.pair.table.hosts;
    this.panic?.rebuild(this.hosts, eligible);
  }

  drawBest(): number {
    const { pair, hosts, estimates } = this;
    pair.draw(this.random);
    const { first, second } = pair;
    const preferred = this.preferred(first, second);
    if (preferred !== -1) return preferred;
    estimates.now[0] = this.clock.now();
    const loadOfFirst = estimates.readLoad(hosts[first]);
    const loadOfSecond = estimates.readLoad(hosts[second]);
    const { loads } = estimates;
    pair.loads[0] = loads[loadOfFirst];
    pair.loads[1] = loads[loadOfSecond];
    return pair.lower();
  }

  protected redraw(): TwoDrawn {
    const { pair } = this;
    const places = [pair.first, pair.second];
    return { places, by: pair.termsOf(this.estimates.loadName), divisorOf: (place) => pair.divisorOf(place) };
  }
}
