import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { type Aperture, WeightedPair } from '../parts/aperture.ts';
import { ONLY_ONE, PanicMode } from '../parts/panic_mode.ts';
import { comparedAs, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/**
 * Finagle's aperture with least loaded: of two hosts drawn by weight, the second up to 5 times until it is another, the
 * one with the fewest in flight for its weight, the first among equals. Within `random-aperture` and
 * `deterministic-aperture` it draws as each of them does in Finagle; without, from all hosts as the latter.
 * `maxEffort`: of Finagle's panic mode; 0: only hosts that can be picked are drawn.
 * O(1) per pick, O(log n) within `random-aperture`; O(n) per rebuild.
 * Source: finagle-core loadbalancer/aperture/ApertureLeastLoaded.scala and WeightedP2CPick.scala.
 */
export class FinagleAperture implements Strategy {
  private readonly random: Random;
  private readonly panic: PanicMode;
  private readonly pair: WeightedPair;
  /** Of the latest pick. */
  private tries = 0;

  constructor(maxEffort: number, random: Random, aperture: Aperture | undefined) {
    this.random = random;
    this.panic = new PanicMode(maxEffort, aperture);
    this.pair = new WeightedPair(aperture ?? null);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf, easingIn: boolean = false): void {
    this.pair.rebuild(members, this.panic.maxEffort > 0 ? members : eligible, weightOf, easingIn);
    this.panic.rebuild(this.pair.table.hosts, eligible);
  }

  pick(): Host {
    const { pair, panic } = this;
    const { hosts } = pair.table;
    let place = 0;
    for (this.tries = 1; this.tries <= panic.maxEffort; this.tries++) {
      place = this.betterOfTwo();
      if (panic.isOpen(place)) return hosts[place];
    }
    if (panic.maxEffort > 0) {
      panic.panic();
      // The subset may be another now, with nobody of this set in it.
      if (pair.table.hosts.length === 0) return hosts[place];
    }
    return pair.table.hosts[this.betterOfTwo()];
  }

  explain({ host }: { readonly host: Host }): PickReason {
    const { pair, panic } = this;
    const { hosts, unit, alone } = pair.table;
    if (alone) return ruled('the only host');
    const picked = hosts.indexOf(host);
    const both = [...new Set([pair.first, pair.second])];
    const words = panic.maxEffort > 0 ? panic.wordsOf(this.tries, picked) : '';
    const alike = panic.alike(picked, both);
    if (alike.length < both.length) return ruled(`${words}${ONLY_ONE}`);
    return comparedAs(
      pair.equal ? 'in flight' : `in flight / ${unit}`,
      alike.map((place) => hosts[place]),
      alike.map((place) => hosts[place].inFlight / pair.divisorOf(place)),
      `${words}the fewest in flight of two drawn by weight, the first drawn among equals`,
    );
  }

  onStart(): void {}

  onEnd(): void {}

  private betterOfTwo(): number {
    const { pair, panic } = this;
    pair.draw(this.random);
    const { first, second } = pair;
    if (panic.isOpen(first) !== panic.isOpen(second)) return panic.isOpen(first) ? first : second;
    const { hosts } = pair.table;
    pair.loads[0] = hosts[first].inFlight;
    pair.loads[1] = hosts[second].inFlight;
    return pair.lower();
  }
}
