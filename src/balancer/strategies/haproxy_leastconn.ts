import type { Key } from '../../core/key.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { AVOIDED, FULL, KeyLists, MISPLACED, TAKES } from '../parts/key_lists.ts';
import { comparedBy, type Explain, ruled } from '../pick_reason.ts';
import { ANY_ROOM, type Room } from '../room.ts';
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
 * they were keep their places through rebuilds; what one list of the registry changes is applied removals first, then
 * in the registry's order. O(log n) per start and end, and per pick, beside the emptied keys that it passes; O(n) per
 * rebuild and, for each host that changes, O(log n).
 *
 * Backups wait in line from the start, behind all others, and there in the order of declaration. Where searches begin is one for both;
 * emptied keys, which are one for both there, are not. A sole backup is not looked for, and nothing is drawn. Where a search has begun
 * above the keys of all there are, as it may once those it went by have left, it finds nobody: the request waits.
 * Source: src/lb_fwlc.c, fwlc_queue_srv, fwlc_srv_reposition and fwlc_get_next_server.
 */
export class HaproxyLeastconn implements Strategy {
  readonly prompt = 'from the start';
  private readonly lists: number;
  private readonly random: Random;
  private readonly queue: KeyLists;
  /** Whether it has backups, of whom only the first that is up serves; and that one, which is not looked for. */
  private readonly sole: boolean;
  private readonly room: Room;
  /** Whether somebody may be full, or waited for. */
  private limited = false;
  private passesTried = false;
  private first: Host | null = null;
  private hosts: readonly Host[] = [];
  /** By slot: the server that is queued, or null, and its weight. */
  private readonly servers: (Host | null)[] = [];
  private readonly eweights: number[] = [];

  constructor(lists: number, random: Random, room: Room = ANY_ROOM, sole = false, queue = new KeyLists(lists, random)) {
    this.room = room;
    this.lists = lists;
    this.random = random;
    this.queue = queue;
    this.sole = sole;
  }

  /** All that are up wait in line, whoever serves (fwlc_init_server_tree). */
  forBackups(sole: boolean): HaproxyLeastconn {
    return new HaproxyLeastconn(this.lists, this.random, this.room, sole, this.queue.ofBackups());
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const waiting = this.sole ? members.filter((host) => host.healthy) : eligible;
    this.first = this.sole ? (eligible[0] ?? null) : null;
    const stay = new Set(waiting);
    for (const host of this.hosts) if (!stay.has(host)) this.takeOut(host.slot);
    this.hosts = waiting.slice();
    this.limited = waiting.some(({ limit }) => limit < Infinity);
    this.makeRoom(waiting.reduce((most, host) => Math.max(most, host.slot + 1), 0));
    for (const host of waiting) {
      const { slot } = host;
      const eweight = Math.ceil(SIXTEENTHS * weightOf(host));
      if (this.servers[slot] === host && this.eweights[slot] === eweight) continue;
      if (this.servers[slot] === host) this.takeOut(slot);
      this.servers[slot] = host;
      this.eweights[slot] = eweight;
      this.queue.join(slot, this.keyOf(host));
    }
  }

  pick(): Host | null {
    return this.first ?? this.search(false);
  }

  pickAnother(): Host | null {
    return this.first ?? this.search(true);
  }

  private search(passesTried: boolean): Host | null {
    const { queue } = this;
    this.passesTried = passesTried;
    for (let goesOn = false; ; ) {
      const found = passesTried || this.limited ? queue.first(this.standing, goesOn) : queue.first();
      if (found >= 0) return this.servers[found];
      const misplaced = KeyLists.misplaced(found);
      goesOn = misplaced >= 0;
      if (goesOn) this.reposition(this.servers[misplaced] as Host);
      else return null;
    }
  }

  /**
   * What the search makes of a server: one that has more than it was placed for is placed anew. It is not when requests come
   * to wait for it.
   */
  private readonly standing = (slot: number): number => {
    const host = this.servers[slot] as Host;
    if (!this.room.takesLater(host)) return FULL;
    const planned = Math.floor((this.queue.keyOf(slot) * this.eweights[slot]) / EWEIGHT_MAX);
    if (host.inFlight + host.queued > planned + 2) return MISPLACED;
    return this.passesTried && host.tried ? AVOIDED : TAKES;
  };

  explainNext(_key: Key, _attempt: number, another: boolean): Explain {
    if (this.first !== null) return () => ruled('the first backup that is up');
    // Who waits behind one that was tried is passed by with it, whatever its key.
    if (another || this.limited) {
      return () => ruled('the smallest key of those first in their lists, but for those full or tried');
    }
    const { smallest } = this.queue;
    const keyOf = (host: Host): number => this.keyOf(host);
    const found = this.hosts.filter((host) => keyOf(host) >= smallest);
    const rule = 'the smallest key, the first of its list among equals';
    return () => comparedBy('key, (in flight + 1) / weight', found.length > 0 ? found : this.hosts, keyOf, rule);
  }

  onStart(host: Host): void {
    this.reposition(host);
  }

  onEnd(host: Host): void {
    this.reposition(host);
  }

  private reposition(host: Host): void {
    const { slot } = host;
    if (slot < this.servers.length && this.servers[slot] === host) this.queue.move(slot, this.keyOf(host));
  }

  private takeOut(slot: number): void {
    this.queue.leave(slot);
    this.servers[slot] = null;
  }

  private makeRoom(slots: number): void {
    this.queue.reserve(slots);
    while (this.servers.length < slots) {
      this.servers.push(null);
      this.eweights.push(0);
    }
  }

  private keyOf({ slot, inFlight, queued }: Host): number {
    const all = inFlight + queued;
    return all === 0 ? 0 : Math.floor(((all + 1) * EWEIGHT_MAX) / this.eweights[slot]);
  }
}
