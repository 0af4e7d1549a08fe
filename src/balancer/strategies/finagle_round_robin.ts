import type { Host } from '../host.ts';
import { FinagleOrder } from '../parts/finagle_order.ts';
import { type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy } from '../strategy.ts';

/** PanicMode.MajorityUnhealthy, which its factory does not change. */
const MAX_EFFORT = 5;

/**
 * Finagle's round robin: in turn those that could be picked when the list of turns was made, in the order of `FinagleOrder`;
 * all where nobody could. A turn of one that cannot be picked by now is passed over, up to five in a row.
 *
 * The list is made anew, and begins with its first host, when a host joins or leaves; after five such turns, before the
 * next; and after a pick that passed one over, or that finds somebody well again who was left out. So after each news the
 * first hosts have the next turns. It draws nothing. Weights are ignored. O(1) per pick, O(n) where the list is made anew.
 * Source: finagle-core loadbalancer/roundrobin/RoundRobinBalancer.scala and Balancer.scala (pick, apply).
 */
export class FinagleRoundRobin implements Strategy {
  /** Who can be picked as a host joins or leaves is what counts. */
  readonly prompt = true;
  private readonly order = new FinagleOrder();
  private members: readonly Host[] = [];
  private open: ReadonlySet<Host> = new Set();
  private turns: readonly Host[] = [];
  /** Members that could not be picked when the list was made. */
  private down: readonly Host[] = [];
  private next = 0;
  /** By the latest pick. */
  private passed = 0;

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    this.open = new Set(eligible);
    const known = new Set(this.members);
    if (members.length === known.size && members.every((host) => known.has(host))) return;
    this.members = this.order.of(members);
    this.begin();
  }

  pick(): Host {
    const { open, down } = this;
    for (this.passed = 0; this.passed < MAX_EFFORT; this.passed++) {
      const host = this.turn();
      if (!open.has(host)) continue;
      let isStale = this.passed > 0;
      for (let i = 0; i < down.length && !isStale; i++) isStale = open.has(down[i]);
      if (isStale) this.begin();
      return host;
    }
    this.begin();
    return this.turn();
  }

  explain({ host }: PickMade): PickReason {
    if (!this.open.has(host)) return ruled('nobody can be picked, so the first of all');
    const { passed } = this;
    return ruled(passed === 0 ? 'the next in turn' : `the next in turn, after ${passed} who cannot be picked`);
  }

  onStart(): void {}

  onEnd(): void {}

  private turn(): Host {
    const host = this.turns[this.next];
    this.next = this.next + 1 === this.turns.length ? 0 : this.next + 1;
    return host;
  }

  private begin(): void {
    const up = this.members.filter((host) => this.open.has(host));
    this.down = this.members.filter((host) => !this.open.has(host));
    this.turns = up.length === 0 ? this.down : up;
    this.next = 0;
  }
}
