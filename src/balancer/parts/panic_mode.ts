import type { OptionDescriptor } from '../../core/options.ts';
import type { Host } from '../host.ts';
import { comparedAs, type PickReason, ruled } from '../pick_reason.ts';
import type { Aperture } from './aperture.ts';

/** Finagle's PanicMode.MajorityUnhealthy. */
const MOST_EFFORT = 5;

/** Why a host was picked that was drawn with others that cannot be. */
const ONLY_ONE = 'the only one of those drawn that can be picked';

/** What scenarios write. */
export const maxEffortOption = {
  type: 'integer',
  min: 0,
  max: MOST_EFFORT,
  default: 0,
  doc: "Finagle's panic mode: two are drawn of all hosts, up to that many times until one can be picked, and once more, whoever it is. 1 to 5 for 10, 30, 40, 50 and more percent unhealthy (Finagle: 4); 0: only hosts that can be picked are drawn. Finagle has no panicThreshold, which comes first: write 0%, or a warning says so.",
} as const satisfies OptionDescriptor;

/** Whoever draws some hosts at a time and has them compared. */
export interface Drawing {
  /** Those drawn from: with a panic mode all members. */
  readonly hosts: readonly Host[];
  /** Draws some, and gives the place of the best of them. Hot: allocates nothing. */
  drawBest(): number;
}

/**
 * Which members can be picked, for Finagle's balancers: they draw from all of them, prefer one that can be picked to one
 * that cannot, and draw again up to `maxEffort` times until they have one; then once more, and whoever that is gets the
 * request. With a share u down, a request panics with probability u^(2 maxEffort).
 *
 * Before the last draw Finagle has its distributor rebuilt, which makes another order of a random aperture and changes
 * nothing otherwise. A host that cannot be picked is what Finagle calls busy: so are those that failure accrual has found
 * dead or waits for a probe of, or that refused a connection. It prefers busy to closed, but none it draws from is closed:
 * an endpoint is when it leaves its set, and goes from the balancer in the same update; a pool whose connection died has
 * the status of what makes the next one.
 * Sources: finagle-core loadbalancer/Balancer.scala (pick, apply), PanicMode.scala and p2c/P2CPick.scala; of statuses,
 * liveness/FailureAccrualFactory.scala, loadbalancer/TrafficDistributor.scala (removeStaleAddresses) and
 * pool/SingletonPool.scala.
 */
export class PanicMode {
  private readonly maxEffort: number;
  private readonly aperture: Aperture | undefined;
  /** By place among those drawn from. */
  private open = new Uint8Array(0);
  /** Of the latest pick. */
  private tries = 0;

  constructor(maxEffort: number, aperture?: Aperture) {
    this.maxEffort = maxEffort;
    this.aperture = aperture;
  }

  rebuild(hosts: readonly Host[], eligible: readonly Host[]): void {
    const set = new Set(eligible);
    this.open = Uint8Array.from(hosts, (host) => (set.has(host) ? 1 : 0));
  }

  isOpen(place: number): boolean {
    return this.open[place] === 1;
  }

  pick(drawing: Drawing): Host {
    const { hosts } = drawing;
    let place = 0;
    for (this.tries = 1; this.tries <= this.maxEffort; this.tries++) {
      place = drawing.drawBest();
      if (this.isOpen(place)) return hosts[place];
    }
    this.aperture?.inVain();
    // The subset may be another now, with nobody of this set in it.
    return drawing.hosts.length === 0 ? hosts[place] : drawing.hosts[drawing.drawBest()];
  }

  /** Those of the places that can be picked as that one can, or cannot as it cannot: whose loads were compared. */
  alike(picked: number, places: readonly number[]): number[] {
    return places.filter((place) => this.open[place] === this.open[picked]);
  }

  /** What goes before the rule by which the one at this place was found in the last of its tries. */
  wordsOf(picked: number): string {
    const { tries } = this;
    if (!this.isOpen(picked)) return `nobody who can be picked in ${tries} tries, so panic: `;
    if (tries === 1) return '';
    return `nobody who can be picked in ${tries - 1} ${tries === 2 ? 'try' : 'tries'}, then `;
  }
}

/** What was drawn last, of these hosts. */
export interface Drawn {
  readonly hosts: readonly Host[];
  readonly places: readonly number[];
  /** What they were compared by, their figures, and the rule. */
  readonly by: string;
  readonly figureOf: (place: number) => number;
  readonly rule: string;
}

/** Why that host was picked, of those drawn. `panic` null: all of them can be picked. */
export function drawnExplained(
  panic: PanicMode | null,
  host: Host,
  { hosts, by, figureOf, ...drawn }: Drawn,
): PickReason {
  if (hosts.length === 0)
    return ruled('the last one drawn in vain, since the subset was made anew with nobody of this set');
  const picked = hosts.indexOf(host);
  const words = panic?.wordsOf(picked) ?? '';
  if (hosts.length === 1) return ruled(`${words}the only host`);
  const places = [...new Set(drawn.places)];
  const compared = panic?.alike(picked, places) ?? places;
  if (compared.length === 1 && places.length > 1) return ruled(`${words}${ONLY_ONE}`);
  const looked = compared.map((place) => hosts[place]);
  return comparedAs(by, looked, compared.map(figureOf), `${words}${drawn.rule}`);
}
