import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import type { StrictlyBoundedLoad } from '../parts/bounded_load.ts';
import { HaproxyRing, POINTS_PER_WEIGHT } from '../parts/haproxy_ring.ts';
import { SessionRates } from '../parts/session_rates.ts';
import { comparedBy, type Explain } from '../pick_reason.ts';
import { ANY_ROOM, type Room } from '../room.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';

/**
 * HAProxy's `balance random(<draws>)`: random numbers are looked up on the consistent-hash ring, and of two servers the
 * one with fewer attempts in flight for its weight is kept; as loaded, the one with fewer sessions over the last second
 * for its weight; equal in that as well, the one drawn later. Every number is drawn, even when the same server comes up
 * again or is alone. From a server whose bounded load (`hash-balance-factor`) is reached it goes on clockwise, and for a
 * retry from one that was tried.
 *
 * What all workers send counts, as within one thread group of HAProxy. Where the one kept is full, or
 * waited for, nobody is picked. O(draws) per pick on average, and O(n) where hosts have their bound of load.
 * Source: src/backend.c, get_server_rnd; src/lb_chash.c, chash_get_server_hash.
 */
export class HaproxyRandom implements Strategy {
  /** Bounded load goes by the weights of the start. */
  readonly prompt: 'from the start' | false;
  private readonly draws: number;
  private readonly random: Random;
  private readonly rates: SessionRates;
  private readonly bounded: StrictlyBoundedLoad | null;
  private readonly room: Room;
  private readonly ring = new HaproxyRing('id');
  private hosts: readonly Host[] = [];

  constructor(
    draws: number,
    bounded: StrictlyBoundedLoad | null,
    { random, clock, room = ANY_ROOM }: Pick<StrategyPorts, 'random' | 'clock' | 'room'>,
  ) {
    this.draws = draws;
    this.bounded = bounded;
    this.prompt = bounded === null ? false : 'from the start';
    this.random = random;
    this.room = room;
    this.rates = new SessionRates(clock);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.hosts = eligible.slice();
    this.ring.rebuild(members, eligible, weightOf);
    this.bounded?.rebuild(members, this.ring.counts, this.hosts, this.ring.weights);
  }

  pick(): Host | null {
    return this.unlessFull(this.hosts[this.best(false)]);
  }

  pickAnother(): Host | null {
    return this.unlessFull(this.hosts[this.best(true)]);
  }

  explainNext(): Explain {
    const { hosts, rates } = this;
    const { weights } = this.ring;
    return ({ drawn }) => {
      // The later first, as it wins among equals.
      const places = [...new Set(drawn.map((number) => this.ownerAt(number, true)).reverse())];
      const points = new Map(places.map((place) => [hosts[place], weights[place] / POINTS_PER_WEIGHT]));
      const weightOf = (host: Host): number => points.get(host) ?? Number.NaN;
      const loadOf = (host: Host): number => host.inFlight / weightOf(host);
      const looked = [...points.keys()];
      const least = looked.map(loadOf).reduce((a, b) => Math.min(a, b));
      const tied = looked.filter((host) => loadOf(host) === least);
      const rule = `the fewest in flight for its weight of ${drawn.length} drawn from the ring`;
      if (tied.length === 1) return comparedBy('in flight / weight', looked, loadOf, rule);
      const byRate = `${rule}, and of those as few the fewest sessions in the last second, the last drawn among equals`;
      return comparedBy('sessions / weight', tied, (host) => rates.read(host) / weightOf(host), byRate);
    };
  }

  onStart(host: Host): void {
    this.rates.count(host);
    this.bounded?.onStart();
  }

  onEnd(): void {
    this.bounded?.onEnd();
  }

  private unlessFull(host: Host): Host | null {
    return this.room.takes(host) ? host : null;
  }

  /** The index of the host to pick. */
  private best(passesTried: boolean): number {
    let best = this.ownerAt(this.random.int32(), passesTried);
    for (let i = 1; i < this.draws; i++) {
      const drawn = this.ownerAt(this.random.int32(), passesTried);
      if (drawn !== best && !this.isLess(best, drawn)) best = drawn;
    }
    return best;
  }

  /** Where nobody will do, the host of the last point on the ring. */
  private ownerAt(drawn: number, passesTried: boolean): number {
    const { points } = this.ring;
    let point = this.ring.lookUp(drawn);
    for (let left = points.size; this.passes(points.owner[point], passesTried); point = points.next(point)) {
      if (left-- === 0) return points.owner[points.size - 1];
    }
    return points.owner[point];
  }

  private passes(index: number, passesTried: boolean): boolean {
    return (passesTried && this.hosts[index].tried) || this.bounded?.mayTake(index) === false;
  }

  /** Whether one host has less than another in flight for its weight, or as much and a lower rate for its weight. */
  private isLess(one: number, other: number): boolean {
    const { hosts, rates } = this;
    const { weights } = this.ring;
    const load = hosts[one].inFlight * weights[other];
    const otherLoad = hosts[other].inFlight * weights[one];
    if (load !== otherLoad) return load < otherLoad;
    return rates.read(hosts[one]) * weights[other] < rates.read(hosts[other]) * weights[one];
  }
}
