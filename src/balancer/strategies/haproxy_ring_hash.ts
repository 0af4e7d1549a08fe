import { type KeyHashes, keyHashes } from '../../core/hash/key_hashes.ts';
import { avalanche, sdbmAvalanche } from '../../core/hash/sdbm.ts';
import { xxh32 } from '../../core/hash/xxh64.ts';
import { type Key, NO_KEY } from '../../core/key.ts';
import type { Host } from '../host.ts';
import type { StrictlyBoundedLoad } from '../parts/bounded_load.ts';
import { type HashRing, sortedRing } from '../parts/hash_ring.ts';
import { TriedHosts } from '../parts/tried_hosts.ts';
import type { Strategy, StrategyPorts, WeightOf } from '../strategy.ts';

/** BE_WEIGHT_SCALE: points per unit of weight. */
const POINTS_PER_WEIGHT = 16;
/** SRV_UWGHT_MAX: HAProxy takes no larger weight. */
const MAX_WEIGHT = 256;
/** SRV_EWGHT_RANGE: how far apart the numbers lie that servers of consecutive ids count their points from. */
const RANGE = 4096;

/** What a server's points are computed from: HAProxy's `hash-key id` or `hash-key addr-port`. */
export type HostKey = 'id' | 'address';

/**
 * HAProxy's `hash-type consistent` (src/lb_chash.c): 16 points a unit of weight for each host that can be picked; the
 * point nearest to the key's hash, the one before it when both are as near. From a host whose bounded load is reached
 * it goes on clockwise; HAProxy retries no selection, but here also from one that turned the request down. Without a
 * key, the points in turn.
 *
 * Weights above 256, which HAProxy does not take, are scaled down together so that the largest of all members is 256.
 */
export class HaproxyRingHash implements Strategy {
  private readonly hostKey: HostKey;
  private readonly bounded: StrictlyBoundedLoad | null;
  private readonly hashes: KeyHashes;
  private hosts: readonly Host[] = [];
  /** The points of all members, and of them those of the hosts that may be picked. */
  private servers: Servers | null = null;
  private ring: HashRing | null = null;
  private tried = new TriedHosts(0);
  /** The point that was last used without a key, and its place; -1 before the first. */
  private last = -1;
  private lastPlace = -1;

  constructor(hostKey: HostKey, bounded: StrictlyBoundedLoad | null, { keyText }: StrategyPorts) {
    this.hostKey = hostKey;
    this.bounded = bounded;
    this.hashes = keyHashes(keyText, sdbmAvalanche);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.hosts = eligible.slice();
    const numbers = new Map(eligible.map((host, index) => [host, index]));
    const weightNow = (host: Host): number => (numbers.has(host) ? weightOf(host) : 0);
    // Slow start eases weights in from below, so these stay as they are meanwhile, and so do the points.
    const most = Float64Array.from(members, (host) => Math.max(host.weight, weightNow(host)));
    const scale = POINTS_PER_WEIGHT * Math.min(1, MAX_WEIGHT / most.reduce((a, b) => Math.max(a, b), 0));
    const points = (weight: number): number => Math.max(1, Math.round(weight * scale));
    const keys = Float64Array.from(members, (host) => serverKey(host, this.hostKey));
    const counts = most.map(points);
    if (this.servers === null || !isSame(this.servers, keys, counts)) this.servers = serversOf(keys, counts);
    const owners = new Int32Array(this.servers.ring.size).fill(-1);
    const weights = Float64Array.from(eligible, (host) => points(weightOf(host)));
    let first = 0;
    members.forEach((host, i) => {
      const index = numbers.get(host);
      if (index !== undefined) for (let point = 0; point < weights[index]; point++) owners[first + point] = index;
      first += counts[i];
    });
    this.ring = this.servers.ring.renumbered(owners);
    this.tried = new TriedHosts(eligible.length);
    this.bounded?.rebuild(members, this.hosts, weights);
    // When the point last used has gone, the one after it takes its place, and is not used for that.
    if (this.lastPlace >= 0 && eligible.length > 0) this.last = this.ring.successor(this.lastPlace, 0);
  }

  pick(key: Key, attempt: number): Host {
    if (key === NO_KEY) return this.nextInTurn(attempt);
    const { bounded, hosts, tried } = this;
    const ring = this.ring as HashRing;
    const at = this.hashes.at(key);
    let point = nearest(ring, this.hashes.low[at]);
    let found = ring.owner[point];
    let left = attempt % hosts.length;
    tried.forget();
    for (let seen = 0; seen < hosts.length; point = ring.next(point)) {
      const index = ring.owner[point];
      if (tried.has(index)) continue;
      tried.add(index);
      seen++;
      if (bounded !== null && !bounded.mayTake(index)) continue;
      found = index;
      if (left === 0) break;
      left--;
    }
    return hosts[found];
  }

  onStart(): void {
    this.bounded?.onStart();
  }

  onEnd(): void {
    this.bounded?.onEnd();
  }

  /** The host of the next point; of the next one that is not the last host's where that turned the request down. */
  private nextInTurn(attempt: number): Host {
    const ring = this.ring as HashRing;
    const avoided = attempt > 0 && this.hosts.length > 1 && this.last >= 0 ? ring.owner[this.last] : -1;
    do {
      this.last = this.last < 0 ? 0 : ring.next(this.last);
    } while (ring.owner[this.last] === avoided);
    this.lastPlace = ring.high[this.last];
    return this.hosts[ring.owner[this.last]];
  }
}

/** Of the points on both sides of the hash the nearer one; the one before when they are as near (chash_get_server_hash). */
function nearest(ring: HashRing, hash: number): number {
  const next = ring.successor(hash, 0);
  const previous = ring.previous(next);
  return (hash - ring.high[previous]) >>> 0 <= (ring.high[next] - hash) >>> 0 ? previous : next;
}

/** All servers, those that cannot be picked included, and the most points each may have. */
interface Servers {
  readonly keys: Float64Array;
  readonly counts: Float64Array;
  /** All these points, numbered server by server; owned by their numbers. */
  readonly ring: HashRing;
}

function isSame(servers: Servers, keys: Float64Array, counts: Float64Array): boolean {
  return (
    servers.keys.length === keys.length &&
    servers.keys.every((key, i) => key === keys[i] && servers.counts[i] === counts[i])
  );
}

/** A server of w points has the first w of its own (chash_compute_node_key). */
function serversOf(keys: Float64Array, counts: Float64Array): Servers {
  const size = counts.reduce((sum, count) => sum + count, 0);
  const place = new Uint32Array(size);
  const numbers = new Uint32Array(size);
  let point = 0;
  for (let server = 0; server < keys.length; server++) {
    for (let i = 0; i < counts[server]; i++, point++) {
      place[point] = avalanche((keys[server] + i) >>> 0);
      numbers[point] = point;
    }
  }
  return { keys, counts, ring: sortedRing(size, place, new Uint32Array(size), numbers) };
}

/**
 * The number a server's points are counted from (chash_compute_server_key). HAProxy gives ids from 1 in the order of
 * declaration, and the lowest free one to a server added later: here the host's slot plus 1. Of an address HAProxy
 * hashes the 4 or 16 bytes of the IP on top of the port; what is no IPv4 address is hashed here as its text is.
 */
function serverKey(host: Host, by: HostKey): number {
  if (by === 'id') return (host.slot + 1) * RANGE;
  const [, name, port] = /^(.*?)(?::(\d*))?$/s.exec(host.instance.address) as RegExpExecArray;
  const base = avalanche(Number(port ?? 0));
  const bytes = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(name);
  if (bytes === null) return xxh32(name, base);
  // As it lies in memory, read by a machine that stores the low byte first.
  const ip = Number(bytes[1]) + Number(bytes[2]) * 2 ** 8 + Number(bytes[3]) * 2 ** 16 + Number(bytes[4]) * 2 ** 24;
  return avalanche((base + ip) >>> 0);
}
