import type { Host } from '../host.ts';
import { ANY_ROOM, type Room } from '../room.ts';
import type { WeightOf } from '../strategy.ts';
import { TriedHosts } from './tried_hosts.ts';

/** SRV_UWGHT_MAX: HAProxy takes no larger weight. */
const MAX_WEIGHT = 256;

/** What the map of some servers and that of their backups have in common. */
interface Shared {
  /** rr_idx: the slot whose turn it is; it may be one past the end. */
  slot: number;
  /** What divides all weights there have been, those of backups too; HAProxy finds it at its start. 0: there was nobody. */
  unit: number;
}

/**
 * HAProxy's server map (src/lb_map.c): a slot for each unit of weight, taken in turn by `static-rr` and by the hash of a
 * key in `hash-type map-based`. Slots go to the eligible hosts only, so the whole map is another when one comes or goes.
 *
 * Weights are divided by what divides all there have been, those of backups too, as HAProxy does by those of its start: also
 * while somebody weighs 0. It takes whole ones up to 256 only: others are scaled together
 * so that the largest is 256, rounded, 1 at least, and then divided. Changes of weight while it runs, which HAProxy refuses
 * for maps, make another map here.
 *
 * Where the first backup serves alone, its map has as many slots as it weighs, but the others that are up take some of them
 * (recalc_server_map). Hashes do not lead there: a server alone is not hashed to.
 *
 * O(1) per turn and per slot looked at; a new map takes n x W steps, n hosts and W slots, W <= 256 n.
 */
export class ServerMap {
  private hosts: readonly Host[] = [];
  /** Per slot, the index of its host. */
  private owner = new Uint32Array(0);
  private tried = new TriedHosts(0);
  private readonly turn: Shared;
  /** What the slots are made from, and the unit they were made by; 0: they are to be made. */
  private weights: Float64Array<ArrayBuffer> = new Float64Array(0);
  private made = 0;
  private readonly room: Room;
  private readonly role: 'others' | 'backups' | 'first backup';

  constructor(
    room: Room = ANY_ROOM,
    turn: Shared = { slot: 0, unit: 0 },
    role: 'others' | 'backups' | 'first backup' = 'others',
  ) {
    this.room = room;
    this.turn = turn;
    this.role = role;
  }

  /** The map of the backups of these hosts: HAProxy has one rr_idx for both. `sole`: the first that is up serves alone. */
  ofBackups(sole: boolean): ServerMap {
    return new ServerMap(this.room, this.turn, sole ? 'first backup' : 'backups');
  }

  /** The host that is alone, which is whoever has the first slot; or null. */
  get sole(): Host | null {
    const { hosts } = this;
    if (hosts.length === 0 || (hosts.length > 1 && this.role !== 'first backup')) return null;
    return hosts[this.slots()[0]];
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const { turn } = this;
    const isFirst = this.role === 'first backup' && eligible.length > 0;
    this.hosts = isFirst ? members.filter((host) => host.healthy || host === eligible[0]) : eligible.slice();
    this.tried = new TriedHosts(this.hosts.length);
    this.weights = wholeWeights(Float64Array.from(this.hosts, isFirst ? weightNow : weightOf));
    const all = wholeWeights(Float64Array.from(members, weightNow));
    turn.unit = [...this.weights, ...all].reduce(commonDivisor, turn.unit);
    this.made = 0;
  }

  /** Made anew where weights have changed, or what divides them. */
  private slots(): Uint32Array {
    if (this.made !== this.turn.unit) this.make(this.turn.unit);
    return this.owner;
  }

  /** A function of its own, since each call of one that has others within makes an object, and picks ask the one above. */
  private make(unit: number): void {
    this.made = unit;
    const weights = Uint32Array.from(this.weights, (weight) => weight / unit);
    this.owner = this.role === 'first backup' ? serverMap(weights, weights[0]) : recentMap(weights);
  }

  /**
   * Whose turn it is: that of the first host declared at first (map_get_server_rr). Who is full is passed by; null: all are.
   * The one before it where nobody but those tried is left.
   */
  inTurn(passesTried: boolean): Host | null {
    const { hosts, room } = this;
    const owner = this.slots();
    const first = this.turn.slot < owner.length ? this.turn.slot : 0;
    let avoided = -1;
    let at = first;
    for (let seen = 0; seen < owner.length; seen++) {
      const host = hosts[owner[at]];
      if (room.takes(host)) {
        avoided = at;
        if (!(passesTried && host.tried)) break;
      }
      at = at + 1 === owner.length ? 0 : at + 1;
    }
    this.turn.slot = avoided < 0 ? first : avoided + 1;
    return avoided < 0 ? null : hosts[owner[avoided]];
  }

  /** The slot that had the latest turn, of all slots: for people. */
  get latestTurn(): string {
    const turn = `slot ${this.turn.slot} of ${this.owner.length} on the map`;
    return this.hosts.some((host) => host.tried) ? `${turn}, the next of a host not tried` : turn;
  }

  /** Where `ofHash` was led: for people. */
  wayOf(hash: number, attempt: number): string {
    const { hosts } = this;
    const owner = this.slots();
    const first = (hash >>> 0) % owner.length;
    const found = this.slotOf(hash, attempt);
    const way = `slot ${first + 1} of ${owner.length} on the map`;
    if (found === first) return way;
    return `${way}, of ${hosts[owner[first]].instance.id}, already tried, and on to slot ${found + 1}`;
  }

  /**
   * The host of the slot that is `hash`, signed or not, modulo W (map_get_server_hash). HAProxy finds the same host again for a request
   * that was turned down; here it is the next host on the map that did not do so.
   */
  ofHash(hash: number, attempt: number): Host {
    const slot = this.slotOf(hash, attempt);
    return this.hosts[this.owner[slot]];
  }

  private slotOf(hash: number, attempt: number): number {
    const { hosts, tried } = this;
    const owner = this.slots();
    let slot = (hash >>> 0) % owner.length;
    let left = attempt % hosts.length;
    if (this.role === 'first backup') return 0;
    if (left === 0) return slot;
    tried.forget();
    // Ends: each host has a slot.
    for (;;) {
      const index = owner[slot];
      if (!tried.has(index)) {
        if (left === 0) return slot;
        left--;
        tried.add(index);
      }
      slot = slot + 1 === owner.length ? 0 : slot + 1;
    }
  }
}

/** As they are where HAProxy takes them; else scaled so that the largest is 256. */
function wholeWeights(weights: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  if (weights.every((weight) => Number.isInteger(weight) && weight <= MAX_WEIGHT)) return weights;
  const most = weights.reduce((a, b) => Math.max(a, b), 0);
  return weights.map((weight) => Math.max(1, Math.round((weight / most) * MAX_WEIGHT)));
}

const weightNow = ({ weight }: Host): number => weight;

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

interface Made {
  readonly weights: Uint32Array;
  readonly owner: Uint32Array<ArrayBuffer>;
}

/** Callers and workers that see the same weights have the same map: the last few, the latest first. */
const recent: Made[] = [];
const RECENT = 16;

function recentMap(weights: Uint32Array): Uint32Array<ArrayBuffer> {
  const found = recent.findIndex(
    (made) => made.weights.length === weights.length && made.weights.every((weight, i) => weight === weights[i]),
  );
  const made = found < 0 ? { weights, owner: serverMap(weights) } : recent.splice(found, 1)[0];
  recent.unshift(made);
  recent.length = Math.min(recent.length, RECENT);
  return made.owner;
}

/**
 * Per slot, the index of its host (recalc_server_map). For each slot every host gains its weight, and the one that has
 * most pays W. HAProxy compares whole multiples of W: from 0 to W, from W to 2 W and so on all have the same, and the
 * first in order of those takes the slot. After W slots everybody has paid for just what it gained.
 */
function serverMap(
  weights: Uint32Array,
  total = weights.reduce((sum, weight) => sum + weight, 0),
): Uint32Array<ArrayBuffer> {
  const owner = new Uint32Array(total);
  const scores = new Float64Array(weights.length);
  for (let slot = 0; slot < total; slot++) {
    let best = 0;
    let most = -1;
    for (let i = 0; i < weights.length; i++) {
      // The only slot is the first one's, whatever others would have.
      if (total === 1 && i > 0) break;
      scores[i] += weights[i];
      // Above -W always: at each slot the scores sum to W, or more, so whoever pays has 0 or more.
      const multiple = Math.floor((scores[i] + total) / total);
      if (multiple > most) {
        most = multiple;
        best = i;
      }
    }
    owner[slot] = best;
    scores[best] -= total;
  }
  return owner;
}
