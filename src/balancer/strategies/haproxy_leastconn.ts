import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { FifoHeap } from '../parts/fifo_heap.ts';
import { comparedBy, type PickReason } from '../pick_reason.ts';
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
 * HAProxy keeps keys that no server has any more until it needs their memory, and draws a list of each that it passes on
 * the way to the smallest with a server; those draws decide nothing, and are not made here.
 *
 * In flight counts what this caller has sent, waiting or not. A fraction of a sixteenth counts as one. Those that stay as
 * they were keep their places through rebuilds. O(lists) per pick, O(log n) per start and end; O(n) per rebuild and, for
 * each host that changes, O(log n).
 * Source: src/lb_fwlc.c, fwlc_queue_srv, fwlc_srv_reposition and fwlc_get_next_server.
 */
export class HaproxyLeastconn implements Strategy {
  private readonly random: Random;
  /** Each the servers of one list at all keys, by slot. */
  private readonly lists: readonly FifoHeap[];
  private hosts: readonly Host[] = [];
  /** By slot: the server that is queued, or null; its weight, and the list it is in. */
  private readonly servers: (Host | null)[] = [];
  private readonly eweights: number[] = [];
  private readonly listOf: number[] = [];

  constructor(lists: number, random: Random) {
    this.random = random;
    this.lists = Array.from({ length: lists }, () => new FifoHeap());
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const stay = new Set(eligible);
    for (const host of this.hosts) if (!stay.has(host)) this.takeOut(host.slot);
    this.hosts = eligible.slice();
    this.makeRoom(eligible.reduce((most, host) => Math.max(most, host.slot + 1), 0));
    for (const host of eligible) {
      const { slot } = host;
      const eweight = Math.ceil(SIXTEENTHS * weightOf(host));
      if (this.servers[slot] === host && this.eweights[slot] === eweight) continue;
      if (this.servers[slot] === host) this.takeOut(slot);
      this.servers[slot] = host;
      this.eweights[slot] = eweight;
      this.queue(host);
    }
  }

  pick(): Host {
    const { lists } = this;
    const start = this.drawList();
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < lists.length; i++) {
      const { first, keys } = lists[(start + i) % lists.length];
      if (first === -1 || (best !== -1 && keys[first] >= least)) continue;
      best = first;
      least = keys[first];
    }
    return this.servers[best] as Host;
  }

  explain(): PickReason {
    const rule = 'the smallest key, the first of its list among equals';
    return comparedBy('key, (in flight + 1) / weight', this.hosts, (host) => this.keyOf(host), rule);
  }

  onStart(host: Host): void {
    this.reposition(host);
  }

  onEnd(host: Host): void {
    this.reposition(host);
  }

  private reposition(host: Host): void {
    const { slot } = host;
    if (slot >= this.servers.length || this.servers[slot] !== host) return;
    const list = this.lists[this.listOf[slot]];
    if (this.keyOf(host) === list.keys[slot]) return;
    list.remove(slot);
    this.queue(host);
  }

  private queue(host: Host): void {
    const { slot } = host;
    const drawn = this.drawList();
    const list = this.lists[drawn];
    this.listOf[slot] = drawn;
    list.keys[slot] = this.keyOf(host);
    list.insert(slot);
  }

  private takeOut(slot: number): void {
    this.lists[this.listOf[slot]].remove(slot);
    this.servers[slot] = null;
  }

  private makeRoom(slots: number): void {
    for (const list of this.lists) list.reserve(slots);
    while (this.servers.length < slots) {
      this.servers.push(null);
      this.eweights.push(0);
      this.listOf.push(0);
    }
  }

  private keyOf({ slot, inFlight }: Host): number {
    return inFlight === 0 ? 0 : Math.floor(((inFlight + 1) * EWEIGHT_MAX) / this.eweights[slot]);
  }

  /** As HAProxy's statistical_prng_range: the draw's share of the range. */
  private drawList(): number {
    return this.lists.length === 1 ? 0 : Math.floor(((this.random.int32() >>> 0) * this.lists.length) / 2 ** 32);
  }
}
