import type { HashText } from '../../core/hash/hash_text.ts';
import { type KeyHashes, keyHashes } from '../../core/hash/key_hashes.ts';
import { type Key, NO_KEY } from '../../core/key.ts';
import type { Host } from '../host.ts';
import { StrictlyBoundedLoad } from '../parts/bounded_load.ts';
import { HaproxyRing, type HostKey } from '../parts/haproxy_ring.ts';
import { PerHost } from '../parts/per_host.ts';
import { TriedHosts } from '../parts/tried_hosts.ts';
import { hashWords, hex32, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import { ANY_ROOM, type Room } from '../room.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';

/**
 * HAProxy's `hash-type consistent` (src/lb_chash.c): the point of its ring nearest to the key's hash, the one before it
 * when both are as near. From a host whose bounded load is reached it goes on clockwise, and for a retry from one that
 * was tried, or by `hash-preserve-affinity` is full. Without a key, the points in turn, but that of a server that is alone is no turn (src/backend.c, get_server_hh).
 * Servers and backups have rings of their own, but one point last used without a key: where others are back it goes on among
 * backups to the end of their ring.
 */
export class HaproxyRingHash implements Strategy {
  /** For the point used last: another takes its place whenever it goes. Bounded load goes by the weights of the start. */
  readonly prompt = 'from the start';
  private readonly rules: HaproxyRingRules;
  private readonly ports: StrategyPorts;
  private readonly bounded: StrictlyBoundedLoad | null;
  private readonly room: Room;
  private readonly turn: Turn;
  private readonly hashes: KeyHashes;
  private readonly ring: HaproxyRing;
  /** The most points each host has had. */
  private readonly most = new PerHost(1);
  private hosts: readonly Host[] = [];
  private tried = new TriedHosts(0);
  /** The point of this ring that was last used without a key, and its place; -1: none was. */
  private last = -1;
  private lastPlace = -1;

  constructor(rules: HaproxyRingRules, ports: StrategyPorts, turn: Turn = { of: null }) {
    this.rules = rules;
    this.ports = ports;
    this.turn = turn;
    this.ring = new HaproxyRing(rules.hostKey);
    this.bounded = rules.balanceFactor === 0 ? null : new StrictlyBoundedLoad(rules.balanceFactor, ports.attempts);
    this.room = ports.room ?? ANY_ROOM;
    this.hashes = keyHashes(ports.keyText, rules.hash);
  }

  forBackups(): HaproxyRingHash {
    return new HaproxyRingHash(this.rules, this.ports, this.turn);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const { ring } = this;
    const before = this.countsNow();
    this.hosts = eligible.slice();
    ring.rebuild(members, eligible, weightOf);
    this.tried = new TriedHosts(eligible.length);
    this.bounded?.rebuild(members, ring.counts, this.hosts, ring.weights);
    members.forEach((member, i) => {
      const at = this.most.at(member);
      if (this.most.values[at] === 0) this.most.values[at] = ring.counts[i];
    });
    this.lastPlace = this.changeOneByOne(before);
    this.last = this.lastPlace < 0 ? -1 : ring.points.successor(this.lastPlace, 0);
  }

  private countsNow(): Map<Host, number> {
    return new Map(this.hosts.map((host, i) => [host, this.ring.weights[i]]));
  }

  /**
   * From these points to those of now as HAProxy changes them, one server after another, those that go first: where the point used
   * last goes, the next one of that moment takes its place, and is not used for that; with the last point none does. A server that
   * has more points than ever takes out all of its own for a while (chash_queue_dequeue_srv). The place of the point used last.
   */
  private changeOneByOne(counts: Map<Host, number>): number {
    const { most, ring } = this;
    const after = this.countsNow();
    let last = this.lastPlace < 0 ? null : ring.firstBehind(this.lastPlace - 1, counts);
    const change = (host: Host, count: number): void => {
      counts.set(host, count);
      if (last?.host === host && last.number >= count) last = ring.firstBehind(last.place, counts);
    };
    for (const host of counts.keys()) if (!after.has(host)) change(host, 0);
    for (const [host, count] of after) {
      const at = most.at(host);
      if (count > most.values[at]) change(host, 0);
      change(host, count);
      most.values[at] = Math.max(most.values[at], count);
    }
    return last === null ? -1 : last.place;
  }

  pick(key: Key, attempt: number): Host | null {
    return this.find(key, attempt, false);
  }

  pickAnother(key: Key, attempt: number): Host | null {
    return this.find(key, attempt, true);
  }

  explain({ key, attempt }: PickMade): PickReason {
    const { ring } = this;
    const { points } = ring;
    if (key === NO_KEY && this.hosts.length === 1) return ruled('no key, and nobody else to pick');
    if (key === NO_KEY) {
      const { last, ring: inTurn } = this.turn.of ?? this;
      const turn = `no key, so the points in turn: point ${last + 1} of ${inTurn.points.size} on the ring`;
      return ruled(this.hosts.some((host) => host.tried) ? `${turn}, the next of a host not tried` : turn);
    }
    const hash = this.hashOf(key);
    const first = ring.lookUp(hash);
    const passed = this.mayBePassed();
    return ruled(
      `${hashWords(key, hex32(hash))} leads to ${points.wayTo(this.ownerFrom(first, attempt, true), first, passed)}`,
    );
  }

  private find(key: Key, attempt: number, passesTried: boolean): Host | null {
    if (key === NO_KEY) return this.hosts.length === 1 ? this.hosts[0] : this.nextInTurn(passesTried);
    return this.hosts[this.ownerFrom(this.ring.lookUp(this.hashOf(key)), attempt, passesTried)];
  }

  /** Who may be passed by: for people. */
  private mayBePassed(): string {
    const full = this.rules.preserveAffinity === 'always' ? '' : ' or are full';
    return this.bounded === null
      ? `that were tried${full}`
      : `that were tried${full === '' ? '' : ', are full'} or have their bound of load`;
  }

  /** Whether a key leaves the host since it has so much (`hash-preserve-affinity`). */
  private isLeft(host: Host): boolean {
    switch (this.rules.preserveAffinity) {
      case 'maxconn':
        return this.room.isFull(host);
      case 'maxqueue':
        return this.room.isOverflowing(host);
      default:
        return false;
    }
  }

  private hashOf(key: Key): number {
    // The place first: a new key may give the table a longer array.
    const at = this.hashes.at(key);
    return this.hashes.low[at];
  }

  /**
   * From this point on, the first host that has room, once `attempt` of those are passed over; where there is none that of
   * the last point on the ring, where HAProxy's second way round ends.
   */
  private ownerFrom(first: number, attempt: number, passesTried: boolean): number {
    const { bounded, hosts, tried } = this;
    const { points } = this.ring;
    let point = first;
    let left = attempt % hosts.length;
    tried.forget();
    for (let seen = 0; seen < hosts.length; point = points.next(point)) {
      const index = points.owner[point];
      if (tried.has(index)) continue;
      tried.add(index);
      seen++;
      if (passesTried && hosts[index].tried) continue;
      if (bounded !== null && !bounded.mayTake(index)) continue;
      if (this.isLeft(hosts[index])) continue;
      if (left === 0) return index;
      left--;
    }
    return points.owner[points.size - 1];
  }

  onStart(): void {
    this.bounded?.onStart();
  }

  onEnd(): void {
    this.bounded?.onEnd();
  }

  /**
   * The host of the next point that is not full and was not tried (chash_get_next_server): first to the end of the other
   * ring, if the point used last is of that. The one used last where all others were tried; null: all are full. As there, a
   * search that has no point to begin behind looks at the first one only.
   */
  private nextInTurn(passesTried: boolean): Host | null {
    const before = this.turn.of;
    const { points } = this.ring;
    const isStart = before === null || before.last < 0;
    const most = isStart ? Math.min(1, points.size) : points.size;
    if (before !== null && before !== this && !isStart) {
      const beyond = before.toTheEnd(passesTried);
      if (beyond !== null) return beyond;
    }
    if (before !== this) this.last = -1;
    let avoided = -1;
    for (let seen = 0, point = this.last; seen < most; seen++) {
      point = point < 0 ? 0 : points.next(point);
      const host = this.hosts[points.owner[point]];
      if (!this.room.takes(host)) continue;
      avoided = point;
      if (!(passesTried && host.tried)) break;
    }
    return this.used(avoided);
  }

  /** The host of a point behind the one used last, of those up to the end of the ring; null: there is none to take. */
  private toTheEnd(passesTried: boolean): Host | null {
    const { points } = this.ring;
    for (let point = this.last + 1; point < points.size; point++) {
      const host = this.hosts[points.owner[point]];
      if (this.room.takes(host) && !(passesTried && host.tried)) return this.used(point);
    }
    return null;
  }

  /** This point is now the one used last; below 0: none is, and nobody is picked. */
  private used(point: number): Host | null {
    const { points } = this.ring;
    this.turn.of = point < 0 ? null : this;
    this.last = point;
    this.lastPlace = point < 0 ? -1 : points.high[point];
    return point < 0 ? null : this.hosts[points.owner[point]];
  }
}

/** Whose point was last used without a key. */
interface Turn {
  of: HaproxyRingHash | null;
}

export interface HaproxyRingRules {
  readonly hostKey: HostKey;
  readonly hash: HashText;
  /** `hash-balance-factor`; 0: none. */
  readonly balanceFactor: number;
  /** Until when keys stay with a host that is full. */
  readonly preserveAffinity: 'always' | 'maxconn' | 'maxqueue';
}
