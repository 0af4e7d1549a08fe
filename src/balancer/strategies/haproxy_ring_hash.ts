import type { HashText } from '../../core/hash/hash_text.ts';
import { type KeyHashes, keyHashes } from '../../core/hash/key_hashes.ts';
import { type Key, NO_KEY } from '../../core/key.ts';
import type { Host } from '../host.ts';
import type { StrictlyBoundedLoad } from '../parts/bounded_load.ts';
import { HaproxyRing, type HostKey } from '../parts/haproxy_ring.ts';
import { TriedHosts } from '../parts/tried_hosts.ts';
import { hashWords, hex32, type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';

/**
 * HAProxy's `hash-type consistent` (src/lb_chash.c): the point of its ring nearest to the key's hash, the one before it
 * when both are as near. From a host whose bounded load is reached it goes on clockwise, and for a retry from one that
 * was tried. Without a key, the points in turn, but that of a server that is alone is no turn (src/backend.c, get_server_hh).
 */
export class HaproxyRingHash implements Strategy {
  /** For the point used last: another takes its place whenever it goes. */
  readonly prompt = true;
  private readonly bounded: StrictlyBoundedLoad | null;
  private readonly hashes: KeyHashes;
  private readonly ring: HaproxyRing;
  private hosts: readonly Host[] = [];
  private tried = new TriedHosts(0);
  /** The point that was last used without a key, and its place; -1 before the first. */
  private last = -1;
  private lastPlace = -1;

  constructor(hostKey: HostKey, hash: HashText, bounded: StrictlyBoundedLoad | null, { keyText }: StrategyPorts) {
    this.ring = new HaproxyRing(hostKey);
    this.bounded = bounded;
    this.hashes = keyHashes(keyText, hash);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const { ring } = this;
    this.hosts = eligible.slice();
    ring.rebuild(members, eligible, weightOf);
    this.tried = new TriedHosts(eligible.length);
    this.bounded?.rebuild(members, ring.counts, this.hosts, ring.weights);
    if (this.lastPlace < 0) return;
    // When the point last used has gone, the one after it takes its place, and is not used for that; with the last point none does.
    this.last = eligible.length > 0 ? ring.points.successor(this.lastPlace, 0) : -1;
    this.lastPlace = eligible.length > 0 ? ring.points.high[this.last] : -1;
  }

  pick(key: Key, attempt: number): Host {
    return this.hosts[this.find(key, attempt, false)];
  }

  pickAnother(key: Key, attempt: number): Host {
    return this.hosts[this.find(key, attempt, true)];
  }

  explain({ key, attempt }: PickMade): PickReason {
    const { bounded, ring } = this;
    const { points } = ring;
    if (key === NO_KEY && this.hosts.length === 1) return ruled('no key, and nobody else to pick');
    if (key === NO_KEY) {
      const turn = `no key, so the points in turn: point ${this.last + 1} of ${points.size} on the ring`;
      return ruled(this.hosts.some((host) => host.tried) ? `${turn}, the next of a host not tried` : turn);
    }
    const hash = this.hashOf(key);
    const first = ring.lookUp(hash);
    const passed = bounded === null ? 'that were tried' : 'that were tried or have their bound of load';
    return ruled(
      `${hashWords(key, hex32(hash))} leads to ${points.wayTo(this.ownerFrom(first, attempt, true), first, passed)}`,
    );
  }

  private find(key: Key, attempt: number, passesTried: boolean): number {
    if (key === NO_KEY) return this.hosts.length === 1 ? 0 : this.nextInTurn(passesTried);
    return this.ownerFrom(this.ring.lookUp(this.hashOf(key)), attempt, passesTried);
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
   * The host of the next point (chash_get_next_server); of the one used last where all were tried. As there, a search that
   * has no point to begin behind looks at the first one only.
   */
  private nextInTurn(passesTried: boolean): number {
    const { points } = this.ring;
    let point = this.last;
    const most = point < 0 ? 1 : points.size;
    for (let seen = 0; seen < most; seen++) {
      point = point < 0 ? 0 : points.next(point);
      if (!(passesTried && this.hosts[points.owner[point]].tried)) break;
    }
    this.last = point;
    this.lastPlace = points.high[point];
    return points.owner[point];
  }
}
