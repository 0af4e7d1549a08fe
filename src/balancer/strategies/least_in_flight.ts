import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import type { FinagleNodes } from '../parts/finagle_nodes.ts';
import { FinagleOrder } from '../parts/finagle_order.ts';
import { type Drawing, drawnExplained, type PanicMode } from '../parts/panic_mode.ts';
import { ReadyList } from '../parts/ready_list.ts';
import { comparedBy, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy } from '../strategy.ts';

/*
 * The host with the fewest attempts in flight from this caller, among some or all of them. Weights are ignored; there is
 * no draw for the priority: gRPC and Finagle use these as they are, Envoy within EnvoyLeastRequest.
 */

/** What they go by, in words. */
const IN_FLIGHT = 'in flight';

/**
 * Of `choiceCount` hosts drawn with replacement the one with the fewest in flight; the first drawn among equals. Even the
 * busiest of n hosts is drawn alone, and picked, once in n^choiceCount. O(choiceCount) per pick, O(n) per rebuild.
 * Source: Envoy, LeastRequestLoadBalancer::unweightedHostPickNChoices; gRPC A48.
 */
export class Choices implements Strategy {
  protected hosts: readonly Host[] = [];
  private readonly choiceCount: number;
  private readonly random: Random;

  constructor(choiceCount: number, random: Random) {
    this.choiceCount = choiceCount;
    this.random = random;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = eligible.slice();
  }

  pick(): Host {
    const { hosts, random } = this;
    let best = hosts[random.int(hosts.length)];
    for (let choice = 1; choice < this.choiceCount; choice++) {
      const other = hosts[random.int(hosts.length)];
      if (this.countOf(other) < this.countOf(best)) best = other;
    }
    return best;
  }

  explain({ drawn }: PickMade): PickReason {
    const { hosts } = this;
    return comparedBy(
      this.counted,
      drawn.map((place) => hosts[place]),
      (host) => this.countOf(host),
      `the fewest in flight of ${drawn.length} drawn, the first drawn among equals`,
    );
  }

  onStart(_host: Host): void {}

  onEnd(_host: Host, _latencyMs: number): void {}

  /** What `countOf` counts. */
  protected get counted(): string {
    return IN_FLIGHT;
  }

  protected countOf(host: Host): number {
    return host.inFlight;
  }
}

/**
 * As `Choices`, without replacement. The i-th draw is from the n - i hosts not drawn yet, in their order: Finagle's
 * P2CPick, which skips the hole the first draw has left, for any number of draws. A host alone is taken without a draw.
 * With a panic mode it draws from all members, as said there. O(choiceCount^2) per pick, of short steps through one small
 * array: fine for the hundred `least-request` allows. O(n) per rebuild.
 */
export class DistinctChoices implements Strategy, Drawing {
  hosts: readonly Host[] = [];
  private readonly nodes: FinagleNodes;
  private readonly random: Random;
  private readonly panic: PanicMode | null;
  private readonly choiceCount: number;
  private readonly order = new FinagleOrder();
  /** Places drawn in this try, in rising order. */
  private drawn = new Int32Array(0);

  /** `panic` null: hosts that can be picked are drawn only. */
  constructor(choiceCount: number, nodes: FinagleNodes, random: Random, panic: PanicMode | null) {
    this.choiceCount = choiceCount;
    this.nodes = nodes;
    this.random = random;
    this.panic = panic;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    const all = this.order.of(members);
    this.panic?.rebuild(all, eligible);
    this.hosts = this.panic === null ? this.order.among(members, eligible) : all;
    this.drawn = new Int32Array(Math.min(this.choiceCount, this.hosts.length));
  }

  pick(): Host {
    return this.panic === null ? this.hosts[this.drawBest()] : this.panic.pick(this);
  }

  drawBest(): number {
    const { hosts, nodes, random, drawn, panic } = this;
    if (hosts.length === 1) return 0;
    let best = this.open(random.int(hosts.length), 0);
    for (let choice = 1; choice < drawn.length; choice++) {
      const other = this.open(random.int(hosts.length - choice), choice);
      if (panic !== null && panic.isOpen(other) !== panic.isOpen(best)) best = panic.isOpen(other) ? other : best;
      else if (nodes.inFlight(hosts[other]) < nodes.inFlight(hosts[best])) best = other;
    }
    return best;
  }

  explain({ host, drawn }: PickMade): PickReason {
    const { hosts, nodes, panic } = this;
    const { length } = this.drawn;
    return drawnExplained(panic, host, {
      hosts,
      places: drawn.slice(-length).map((rank, count) => this.open(rank, count)),
      by: IN_FLIGHT,
      figureOf: (place) => nodes.inFlight(hosts[place]),
      rule: `the fewest in flight of ${length} different ones drawn, the first drawn among equals`,
    });
  }

  onStart(_host: Host): void {}

  onEnd(host: Host, _latencyMs: number, _outcome: Outcome, _report: LoadReport | null, reweighed: number): void {
    this.nodes.ended(host, reweighed);
  }

  /** The place of the rank-th host among those not drawn yet, which are all but the first `count` of `drawn`; marks it drawn. */
  private open(rank: number, count: number): number {
    const { drawn } = this;
    let place = rank;
    let before = 0;
    while (before < count && drawn[before] <= place) {
      place++;
      before++;
    }
    for (let i = count; i > before; i--) drawn[i] = drawn[i - 1];
    drawn[before] = place;
    return place;
  }
}

/**
 * As `DistinctChoices`, drawn by Floyd's algorithm as in Tower: the i-th of k draws is from the first n - k + i + 1 hosts,
 * and where one drawn before is drawn again, the last of these takes the earlier one's place. The hosts are those ready,
 * in the order of `ReadyList`. O(choiceCount^2) per pick.
 * Source: tower/src/util/rng.rs, sample_floyd2; tower/src/balance/p2c/service.rs, p2c_ready_index.
 */
export class FloydChoices implements Strategy {
  readonly prompt = 'from the start';
  private readonly random: Random;
  private readonly ready = new ReadyList(false);
  /** Places drawn in this try, in the order of their comparison, and how many: `choiceCount`, or all there are. */
  private readonly drawn: Int32Array;
  private count = 0;

  constructor(choiceCount: number, random: Random) {
    this.random = random;
    this.drawn = new Int32Array(choiceCount);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    this.ready.rebuild(members, eligible);
  }

  pick(): Host {
    const { ready } = this;
    ready.begin();
    let place = this.drawBest();
    while (!ready.check(place)) place = this.drawBest();
    return ready.call(place);
  }

  nobody(): void {
    const { ready } = this;
    ready.begin();
    while (ready.hosts.length > 0 && !ready.check(this.drawBest()));
  }

  explain({ drawn }: PickMade): PickReason {
    const { ready, count } = this;
    if (ready.hosts.length === 1) return byInFlight(ready.hosts, 'the only host');
    for (const [choice, place] of drawn.slice(-count).entries()) this.take(place, choice);
    const places = [...this.drawn.subarray(0, count)];
    const rule = `the fewest in flight of ${count} different ones drawn, the first among equals`;
    const hosts = places.map((place) => ready.hosts[place]);
    if (hosts.every((host) => ready.isReady(host))) return byInFlight(hosts, rule);
    return ruled(`${rule}; another is found not to be ready only once it is chosen`);
  }

  onStart(_host: Host): void {}

  onEnd(): void {}

  /** The place of the best of so many hosts drawn. */
  private drawBest(): number {
    const { random, drawn } = this;
    const { hosts } = this.ready;
    if (hosts.length === 1) return 0;
    this.count = Math.min(drawn.length, hosts.length);
    const others = hosts.length - this.count;
    for (let choice = 0; choice < this.count; choice++) this.take(random.int(others + choice + 1), choice);
    let best = drawn[0];
    for (let choice = 1; choice < this.count; choice++) {
      const other = drawn[choice];
      if (hosts[other].inFlight < hosts[best].inFlight) best = other;
    }
    return best;
  }

  private take(place: number, choice: number): void {
    const { drawn } = this;
    const last = this.ready.hosts.length - this.count + choice;
    for (let i = 0; i < choice; i++) if (drawn[i] === place) drawn[i] = last;
    drawn[choice] = place;
  }
}

/**
 * Of all hosts the one with the fewest in flight, drawn uniformly among equals: each tie found on the way takes the
 * place of the candidate where a draw modulo the number of ties so far is 0. O(n) per pick and per rebuild.
 * Source: Envoy, LeastRequestLoadBalancer::unweightedHostPickFullScan.
 */
export class FullScan implements Strategy {
  private readonly random: Random;
  private hosts: readonly Host[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = eligible.slice();
  }

  pick(): Host {
    const { hosts } = this;
    let best = hosts[0];
    let tied = 1;
    for (let i = 1; i < hosts.length; i++) {
      const other = hosts[i];
      if (other.inFlight < best.inFlight) {
        best = other;
        tied = 1;
      } else if (other.inFlight === best.inFlight) {
        tied++;
        if (this.random.int(tied) === 0) best = other;
      }
    }
    return best;
  }

  explain(): PickReason {
    return byInFlight(this.hosts, 'the fewest in flight of all, drawn among equals');
  }

  onStart(_host: Host): void {}

  onEnd(): void {}
}

function byInFlight(hosts: readonly Host[], rule: string): PickReason {
  return comparedBy(IN_FLIGHT, hosts, (host) => host.inFlight, rule);
}
