import { avalanche } from '../../core/hash/sdbm.ts';
import { xxh32 } from '../../core/hash/xxh64.ts';
import type { Host } from '../host.ts';
import type { WeightOf } from '../strategy.ts';
import { HashRing, sortedRing } from './hash_ring.ts';
import { ipv6Of } from './socket_address.ts';

/** BE_WEIGHT_SCALE: points per unit of weight. */
export const POINTS_PER_WEIGHT = 16;
/** SRV_UWGHT_MAX: HAProxy takes no larger weight. */
const MAX_WEIGHT = 256;
/** SRV_EWGHT_RANGE: how far apart the numbers lie that servers of consecutive ids count their points from. */
const RANGE = 4096;

/** What a server's points are computed from: HAProxy's `hash-key`, where `address` is its addr-port. */
export type HostKey = 'id' | 'id32' | 'address' | 'addr' | 'guid';

/**
 * HAProxy's consistent-hash tree (src/lb_chash.c): 16 points a unit of weight for each host that can be picked, 32 bits
 * each. What hashes and random numbers are looked up in.
 *
 * Weights above 256, which HAProxy does not take, are scaled down together so that the largest of all members is 256.
 * O(1) per lookup on average; O(points) per rebuild, and they are sorted only when members or their weights change.
 */
export class HaproxyRing {
  /** The points of the hosts that may be picked; owned by their indexes in `eligible`. */
  points = new HashRing(0, new Uint32Array(0), new Uint32Array(0), new Uint32Array(0));
  /** How many points each of these hosts has now: its effective weight, cur_eweight. Never changed, but replaced. */
  weights = new Float64Array(0);
  /** The most points each member may have. */
  counts = new Float64Array(0);
  private readonly hostKey: HostKey;
  private servers: Servers | null = null;

  constructor(hostKey: HostKey) {
    this.hostKey = hostKey;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const numbers = new Map(eligible.map((host, index) => [host, index]));
    const { ofMember = weightOf } = weightOf;
    const weightNow = (host: Host): number => (numbers.has(host) ? weightOf(host) : 0);
    // Slow start eases weights in from below, so these stay as they are meanwhile, and so do the points.
    const most = Float64Array.from(members, weightOf.ofMember ?? ((host) => Math.max(host.weight, weightNow(host))));
    const scale = POINTS_PER_WEIGHT * Math.min(1, MAX_WEIGHT / most.reduce((a, b) => Math.max(a, b), 0));
    const points = (weight: number): number => Math.max(1, Math.round(weight * scale));
    const keys = Float64Array.from(members, (host) => serverKey(host, this.hostKey));
    const counts = most.map(points);
    if (this.servers === null || !isSame(this.servers, keys, counts)) this.servers = serversOf(keys, counts);
    const owners = new Int32Array(this.servers.ring.size).fill(-1);
    const weights = Float64Array.from(eligible, (host) => points(ofMember(host)));
    let first = 0;
    members.forEach((host, i) => {
      const index = numbers.get(host);
      if (index !== undefined) for (let point = 0; point < weights[index]; point++) owners[first + point] = index;
      first += counts[i];
    });
    this.points = this.servers.ring.renumbered(owners);
    this.weights = weights;
    this.counts = counts;
  }

  /**
   * Of hosts that have so many points each, the first point behind this place, all the way round; null: there is none. O(points),
   * since these need not be the points of any rebuild.
   */
  firstBehind(place: number, counts: ReadonlyMap<Host, number>): PointOfHost | null {
    let first: PointOfHost | null = null;
    let nearest = Infinity;
    for (const [host, count] of counts) {
      const key = serverKey(host, this.hostKey);
      for (let i = 0; i < count; i++) {
        const own = pointOf(key, i);
        const distance = (own - place - 1) >>> 0;
        if (distance >= nearest) continue;
        nearest = distance;
        first = { place: own, host, number: i };
      }
    }
    return first;
  }

  /** Of the points on both sides of the hash, signed or not, the nearer one; the one before when they are as near (chash_get_server_hash). */
  lookUp(hash: number): number {
    const { points } = this;
    const next = points.successor(hash, 0);
    const previous = points.previous(next);
    return (hash - points.high[previous]) >>> 0 <= (points.high[next] - hash) >>> 0 ? previous : next;
  }
}

/** A point: its place on the ring, whose it is, and which of its own. */
export interface PointOfHost {
  readonly place: number;
  readonly host: Host;
  readonly number: number;
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

/** Where a server of this key has a point (chash_compute_node_key). */
function pointOf(key: number, number: number): number {
  return avalanche((key + number) >>> 0);
}

/** A server of w points has the first w of its own. */
function serversOf(keys: Float64Array, counts: Float64Array): Servers {
  const size = counts.reduce((sum, count) => sum + count, 0);
  const place = new Uint32Array(size);
  const numbers = new Uint32Array(size);
  let point = 0;
  for (let server = 0; server < keys.length; server++) {
    for (let i = 0; i < counts[server]; i++, point++) {
      place[point] = pointOf(keys[server], i);
      numbers[point] = point;
    }
  }
  return { keys, counts, ring: sortedRing(size, place, new Uint32Array(size), numbers) };
}

/**
 * The number a server's points are counted from (chash_compute_server_key). HAProxy gives ids from 1 in the order of
 * declaration, and the lowest free one to a server added later: here the host's slot plus 1. Of an address HAProxy
 * hashes the 4 or 16 bytes of the IP, on top of the port or of 0; a name, which it would resolve, is hashed here as text.
 * The guid is the metadata's, and the id where there is none.
 */
function serverKey({ slot, instance }: Host, by: HostKey): number {
  const id = slot + 1;
  // As it lies in memory with the high byte first, read by a machine that stores the low byte first.
  if (by === 'id32') return avalanche(((id & 0xff) << 24) | ((id & 0xff00) << 8) | ((id >>> 8) & 0xff00) | (id >>> 24));
  if (by === 'id') return id * RANGE;
  if (by === 'guid') {
    const guid = instance.metadata?.guid;
    return guid ? xxh32(guid) : id * RANGE;
  }
  const [, name, port] = /^(.*?)(?::(\d*))?$/s.exec(instance.address) as RegExpExecArray;
  const base = by === 'addr' ? 0 : avalanche(Number(port ?? 0));
  const bytes = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(name);
  if (bytes === null) {
    const six = ipv6Of(name);
    return six === null
      ? xxh32(name, base)
      : xxh32(Uint8Array.from(six.groups.flatMap((n) => [n >>> 8, n & 255])), base);
  }
  // As it lies in memory, read by such a machine.
  const ip = Number(bytes[1]) + Number(bytes[2]) * 2 ** 8 + Number(bytes[3]) * 2 ** 16 + Number(bytes[4]) * 2 ** 24;
  return avalanche((base + ip) >>> 0);
}
