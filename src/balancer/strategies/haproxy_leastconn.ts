import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/** HAProxy weighs in sixteenths (BE_WEIGHT_SCALE); its greatest weight is 256, which makes 4096 of them (SRV_EWGHT_MAX). */
const SIXTEENTHS = 16;
const EWEIGHT_MAX = 4096;

/**
 * HAProxy's leastconn: the server with the smallest key, where the key is 0 while nothing is in flight and else
 * (in flight + 1) x 4096 / (16 x weight), truncated. So idle servers are equal whatever their weights.
 *
 * A server goes to the end of those of its key whenever its key changes. Since HAProxy 3.2 those of one key are spread
 * over `lists` (FWLC_LISTS_NB, 4): a server joins one drawn at random, and a pick takes the first of the first list that
 * is not empty, from one drawn at random on. With one list, as before 3.2, the equal take turns and nothing is drawn.
 *
 * In flight counts what this caller has sent, waiting or not. A fraction of a sixteenth counts as one. Those that stay as
 * they were keep their places through rebuilds. O(lists + log n) per pick, start and end, O(n log n) per rebuild.
 * Source: src/lb_fwlc.c, fwlc_queue_srv, fwlc_srv_reposition and fwlc_get_next_server.
 */
export class HaproxyLeastconn implements Strategy {
  private readonly random: Random;
  private readonly lists: readonly ServerList[];
  private hosts: readonly Host[] = [];
  /** By slot, the host's place in `hosts`, to be checked there. */
  private places = new Int32Array(0);
  private servers: Servers = emptyServers(0);
  private queued = 0;

  constructor(lists: number, random: Random) {
    this.random = random;
    this.lists = Array.from({ length: lists }, () => new ServerList());
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const before = this.servers;
    const placesBefore = Int32Array.from(eligible, (host) => this.placeOf(host));
    const n = eligible.length;
    const servers = emptyServers(n);
    this.servers = servers;
    this.hosts = eligible.slice();
    this.places = new Int32Array(eligible.reduce((most, host) => Math.max(most, host.slot + 1), 0));
    for (const list of this.lists) list.rebuild(servers);
    const anew: number[] = [];
    for (let place = 0; place < n; place++) {
      this.places[eligible[place].slot] = place;
      const old = placesBefore[place];
      servers.eweight[place] = Math.ceil(SIXTEENTHS * weightOf(eligible[place]));
      if (old === -1 || before.eweight[old] !== servers.eweight[place]) {
        anew.push(place);
        continue;
      }
      servers.key[place] = before.key[old];
      servers.order[place] = before.order[old];
      servers.list[place] = before.list[old];
      this.lists[before.list[old]].insert(place);
    }
    for (const place of anew) this.queue(place, this.keyOf(place));
  }

  pick(): Host {
    const { lists } = this;
    const { key } = this.servers;
    const start = this.drawList();
    let best = -1;
    for (let i = 0; i < lists.length; i++) {
      const first = lists[(start + i) % lists.length].first;
      if (first !== -1 && (best === -1 || key[first] < key[best])) best = first;
    }
    return this.hosts[best];
  }

  onStart(host: Host): void {
    this.reposition(host);
  }

  onEnd(host: Host): void {
    this.reposition(host);
  }

  private reposition(host: Host): void {
    const place = this.placeOf(host);
    if (place === -1) return;
    const key = this.keyOf(place);
    if (key === this.servers.key[place]) return;
    this.lists[this.servers.list[place]].remove(place);
    this.queue(place, key);
  }

  private queue(place: number, key: number): void {
    const { servers } = this;
    servers.key[place] = key;
    servers.order[place] = this.queued++;
    servers.list[place] = this.drawList();
    this.lists[servers.list[place]].insert(place);
  }

  private keyOf(place: number): number {
    const { inFlight } = this.hosts[place];
    return inFlight === 0 ? 0 : Math.floor(((inFlight + 1) * EWEIGHT_MAX) / this.servers.eweight[place]);
  }

  /** The host's place in `hosts`, or -1. */
  private placeOf(host: Host): number {
    if (host.slot >= this.places.length) return -1;
    const place = this.places[host.slot];
    return this.hosts[place] === host ? place : -1;
  }

  /** As HAProxy's statistical_prng_range: the draw's share of the range. */
  private drawList(): number {
    return this.lists.length === 1 ? 0 : Math.floor((this.random.uint32() * this.lists.length) / 2 ** 32);
  }
}

/** Per server, by place: its weight, where it is queued, and where in the heap of its list. */
interface Servers {
  readonly eweight: Float64Array;
  readonly key: Float64Array;
  readonly order: Float64Array;
  readonly list: Int32Array;
  readonly at: Int32Array;
}

function emptyServers(n: number): Servers {
  return {
    eweight: new Float64Array(n),
    key: new Float64Array(n),
    order: new Float64Array(n),
    list: new Int32Array(n),
    at: new Int32Array(n),
  };
}

/** The servers of one list at all keys: a binary heap by key, then by order, from which any may be taken out. */
class ServerList {
  private servers: Servers = emptyServers(0);
  private heap = new Int32Array(0);
  private size = 0;

  rebuild(servers: Servers): void {
    this.servers = servers;
    this.heap = new Int32Array(servers.at.length);
    this.size = 0;
  }

  /** The place of the server with the smallest key, the longest there; -1 where there is none. */
  get first(): number {
    return this.size === 0 ? -1 : this.heap[0];
  }

  insert(place: number): void {
    this.rise(this.size++, place);
  }

  remove(place: number): void {
    const at = this.servers.at[place];
    const last = this.heap[--this.size];
    if (last === place) return;
    this.sink(at, last);
    if (this.heap[at] === last) this.rise(at, last);
  }

  private rise(start: number, place: number): void {
    const { heap } = this;
    let at = start;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.precedes(place, heap[above])) break;
      this.put(at, heap[above]);
      at = above;
    }
    this.put(at, place);
  }

  private sink(start: number, place: number): void {
    const { heap, size } = this;
    let at = start;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && this.precedes(heap[below + 1], heap[below])) below++;
      if (this.precedes(place, heap[below])) break;
      this.put(at, heap[below]);
      at = below;
    }
    this.put(at, place);
  }

  private put(at: number, place: number): void {
    this.heap[at] = place;
    this.servers.at[place] = at;
  }

  private precedes(a: number, b: number): boolean {
    const { key, order } = this.servers;
    return key[a] < key[b] || (key[a] === key[b] && order[a] < order[b]);
  }
}
