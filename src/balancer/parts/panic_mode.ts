import type { OptionDescriptor } from '../../core/options.ts';
import type { Host } from '../host.ts';
import type { Aperture } from './aperture.ts';

/** Finagle's PanicMode.MajorityUnhealthy. */
const MOST_EFFORT = 5;

/** Why a host was picked that was drawn with others that cannot be. */
export const ONLY_ONE = 'the only one of those drawn that can be picked';

/** What scenarios write. */
export const maxEffortOption = {
  type: 'integer',
  min: 0,
  max: MOST_EFFORT,
  default: 0,
  doc: "Finagle's panic mode: two are drawn of all hosts, up to that many times until one can be picked, and once more, whoever it is. 1 to 5 for 10, 30, 40, 50 and more percent unhealthy (Finagle: 4); 0: only hosts that can be picked are drawn. Finagle has no panicThreshold, which comes first: write 0%, or a warning says so.",
} as const satisfies OptionDescriptor;

/**
 * Which members can be picked, for Finagle's balancers: they draw from all of them, prefer one that can be picked to one
 * that cannot, and draw again up to `maxEffort` times until they have one; then once more, and whoever that is gets the
 * request. With a share u down, a request panics with probability u^(2 maxEffort).
 *
 * Before the last draw Finagle has its distributor rebuilt, which makes another order of a random aperture and changes
 * nothing otherwise. Where its nodes are busy or closed, hosts here just cannot be picked.
 * Source: finagle-core loadbalancer/Balancer.scala (pick, apply), PanicMode.scala and p2c/P2CPick.scala.
 */
export class PanicMode {
  readonly maxEffort: number;
  /** By place among the members. */
  private open = new Uint8Array(0);

  private readonly aperture: Aperture | undefined;

  constructor(maxEffort: number, aperture?: Aperture) {
    this.maxEffort = maxEffort;
    this.aperture = aperture;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    const set = new Set(eligible);
    this.open = Uint8Array.from(members, (host) => (set.has(host) ? 1 : 0));
  }

  /** It is about to be drawn for the last time. */
  panic(): void {
    this.aperture?.inVain();
  }

  isOpen(place: number): boolean {
    return this.open[place] === 1;
  }

  /** Those of the places that can be picked as that one can, or cannot as it cannot: whose loads were compared. */
  alike(picked: number, places: readonly number[]): number[] {
    return places.filter((place) => this.open[place] === this.open[picked]);
  }

  /** What goes before the rule by which that one was found in the last of so many tries. */
  wordsOf(tries: number, picked: number): string {
    if (!this.isOpen(picked)) return `nobody who can be picked in ${tries} tries, so panic: `;
    if (tries === 1) return '';
    return `nobody who can be picked in ${tries - 1} ${tries === 2 ? 'try' : 'tries'}, then `;
  }
}
