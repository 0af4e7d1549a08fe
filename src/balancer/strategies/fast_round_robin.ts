import type { Key } from '../../core/key.ts';
import type { Host } from '../host.ts';
import { FifoHeap } from '../parts/fifo_heap.ts';
import { PerHost } from '../parts/per_host.ts';
import { comparedAs, type Explain, ruled } from '../pick_reason.ts';
import { ANY_ROOM, type Room } from '../room.ts';
import type { Strategy, WeightOf } from '../strategy.ts';
import { SoleBackup } from './sole_backup.ts';

/** HAProxy's largest weight, and the parts it divides one into. */
const MOST_WEIGHT = 256;
const PARTS = 16;
const MOST_PARTS = MOST_WEIGHT * PARTS;

/**
 * Where a host's numbers are among its own: the position of its next turn, what is left over of its step, the position of
 * its latest turn, and whether it was there from the start, 1.
 */
const [POSITION, REMAINDER, LATEST, DECLARED] = [0, 1, 2, 3];

/** Whether it weighed something when the first list came. */
const wasThere = ({ later, reweighed }: Host): boolean => later !== true && reweighed === 0;

/**
 * HAProxy's `roundrobin` (fast weighted round robin). Time is counted in picks. A host's turns are W / w picks apart, W
 * the sum of weights, the remainder of that division carried along as in Bresenham's lines. Hosts wait in three queues:
 *
 * - `current`: those with a turn in this window of W picks, by position, then the heavier, or longer waiting, first;
 * - `initial`: those without a turn yet in this window, the heaviest first: they fill the places nobody is due at;
 * - `next`: those whose next turn lies in the next window; when nobody is left in the others, it becomes `initial`.
 *
 * Equals are served in the order in which they were put in. Weights are kept in sixteenths, 1 to 4096, rounded; where
 * any is above 256 all are scaled down to fit. What one list of the registry changes is applied removals first, then in
 * the registry's order. O(log n) per pick, and for each host that is full; O(n) per rebuild and, for
 * each host that changes, O(log n).
 *
 * Source: HAProxy 3.5-dev5, src/lb_fwrr.c. There a change of weight takes the path of a server that comes up: the
 * pointer that should tell them apart, `srv->lb_tree`, is never set by this algorithm. Of servers that are added later it is,
 * as if for another one (src/server.c, srv_alloc_lb), so that theirs go by their latest turn.
 */
export class FastRoundRobin implements Strategy {
  readonly prompt = 'from the start';
  private readonly room: Room;
  private readonly state = new PerHost(4);
  private hosts: readonly Host[] = [];
  /** By slot: the host, its weight in sixteenths, and the queue it waits in, or null. */
  private readonly bySlot: Host[] = [];
  private readonly parts: number[] = [];
  private readonly queues: (FifoHeap | null)[] = [];
  private readonly current = new FifoHeap();
  private initial = new FifoHeap();
  private next = new FifoHeap();
  /** HAProxy's curr_pos, curr_weight and next_weight, in sixteenths. */
  private position = 0;
  private window = 0;
  private total = 0;
  /** Whether there has been anybody yet: the first hosts start in `initial`, later ones as servers that come up. */
  private started = false;

  /** Whether somebody may be full. */
  private limited = false;

  constructor(room: Room = ANY_ROOM) {
    this.room = room;
  }

  /** Of their own from the start on (p->lbprm.fwrr.bck). */
  forBackups(sole: boolean): Strategy {
    return sole ? new SoleBackup(this.room) : new FastRoundRobin(this.room);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    const stay = new Set(eligible);
    for (const host of this.hosts) if (!stay.has(host)) this.takeOut(host.slot);
    this.hosts = eligible.slice();
    this.limited = eligible.some(({ limit }) => limit < Infinity);
    this.makeRoom(members);
    for (const host of members) {
      if (host.later === undefined ? !this.started : !host.later) this.state.values[this.state.at(host) + DECLARED] = 1;
    }
    const scale = MOST_PARTS / eligible.reduce((most, host) => Math.max(most, weightOf(host)), MOST_WEIGHT);
    const partsOf = (host: Host): number => Math.max(Math.round(weightOf(host) * scale), 1);
    for (const host of eligible) this.bySlot[host.slot] = host;
    if (!this.started && members.length > 0) this.begin(eligible.filter(wasThere), partsOf);
    for (const host of eligible) {
      const parts = partsOf(host);
      if (this.queues[host.slot] === null || this.parts[host.slot] !== parts) this.place(host.slot, parts);
    }
  }

  pick(): Host | null {
    if (this.limited) return this.search(false);
    let slot = this.candidate();
    if (slot < 0) {
      this.openWindow();
      slot = this.candidate();
    }
    this.take(slot);
    this.enqueue(slot);
    return this.bySlot[slot];
  }

  pickAnother(): Host | null {
    return this.search(true);
  }

  /**
   * The first whose turn it is that is not full and was not tried; the first of those tried where nobody is left; null: all
   * are full. Those passed by have had their turns; where a window has begun meanwhile they wait by weight.
   */
  private search(passesTried: boolean): Host | null {
    const { room } = this;
    if (room.crowded) return null;
    const passed: number[] = [];
    let avoided = -1;
    let opened = false;
    for (;;) {
      const slot = this.candidate();
      if (slot >= 0) {
        this.take(slot);
        const host = this.bySlot[slot];
        if (room.takes(host)) {
          if (!(passesTried && host.tried)) return this.queueAll(slot, passed, opened);
          if (avoided < 0) avoided = slot;
        }
        passed.push(slot);
      } else if (opened) {
        return this.queueAll(avoided, passed, opened);
      } else {
        opened = true;
        this.openWindow();
      }
    }
  }

  explainNext(_key: Key, _attempt: number, another: boolean): Explain {
    // Each that is passed by takes its turn, and who is due changes with it.
    if (another || this.limited) return () => ruled('the first whose turn it was of those neither full nor tried');
    const due = this.current.first;
    const isDue = due >= 0 && this.state.values[this.state.at(this.bySlot[due]) + POSITION] <= this.position;
    if (isDue || (due >= 0 && this.initial.size === 0)) return this.byTurn(isDue);
    // Where nobody is left in this window, the next one begins.
    const opens = this.initial.size === 0;
    return this.byWeight(opens ? this.next : this.initial, opens);
  }

  onStart(): void {}

  onEnd(): void {}

  private byTurn(isDue: boolean): Explain {
    const slots = this.current.inLine();
    // By whole positions, and within one by a number below MOST_WEIGHT: the heavier first.
    const ahead = slots.map((slot) => this.current.keys[slot] / MOST_WEIGHT - this.position);
    const turns = isDue ? 'its turn in this window is due' : 'nobody is due, and its turn is next in this window';
    const hosts = slots.map((slot) => this.bySlot[slot]);
    return () => comparedAs('picks until its turn, the heavier sooner', hosts, ahead, turns);
  }

  private byWeight(queue: FifoHeap, opens: boolean): Explain {
    const slots = queue.inLine();
    const weights = slots.map((slot) => this.parts[slot] / PARTS);
    const why = opens ? 'a new window begins' : 'nobody is due in this window';
    const rule = `${why}: the heaviest of those without a turn in it yet, the longest waiting among equals`;
    const hosts = slots.map((slot) => this.bySlot[slot]);
    return () => comparedAs('weight', hosts, weights, rule, 'highest');
  }

  /** Room for all their slots; and a host that takes over a slot starts with zeros. */
  private makeRoom(hosts: readonly Host[]): void {
    const room = hosts.reduce((most, host) => Math.max(most, host.slot + 1), 0);
    for (const queue of [this.current, this.initial, this.next]) queue.reserve(room);
    while (this.bySlot.length < room) {
      this.bySlot.push(hosts[0]);
      this.parts.push(0);
      this.queues.push(null);
    }
    for (const host of hosts) this.state.at(host);
  }

  /** As at HAProxy's start: fwrr_init_server_groups. */
  private begin(hosts: readonly Host[], partsOf: (host: Host) => number): void {
    this.started = true;
    for (const host of hosts) {
      const parts = partsOf(host);
      this.parts[host.slot] = parts;
      this.total += parts;
      this.waitByWeight(this.initial, host.slot);
    }
    this.window = this.total;
    this.position = this.total;
  }

  /** fwrr_set_server_status_down. */
  private takeOut(slot: number): void {
    this.queues[slot]?.remove(slot);
    this.queues[slot] = null;
    this.total -= this.parts[slot];
  }

  /** fwrr_set_server_status_up, and fwrr_update_server_weight. */
  private place(slot: number, parts: number): void {
    const queue = this.queues[slot];
    this.total += queue === null ? parts : parts - this.parts[slot];
    this.parts[slot] = parts;
    queue?.remove(slot);
    const at = this.state.at(this.bySlot[slot]);
    const { values } = this.state;
    if (queue !== null && values[at + DECLARED] === 0) {
      values[at + POSITION] = this.afterLatest(at, queue, parts);
      values[at + REMAINDER] = 0;
    } else {
      if (queue === this.initial) values[at + REMAINDER] = 0;
      // After a loss of weight it may be below 0. There it is huge then, being unsigned: either way beyond this window.
      const left = this.total + this.window - this.position;
      values[at + POSITION] = this.position + Math.floor(left / parts);
    }
    this.enqueue(slot);
  }

  /** The next turn of a host whose weight is another one now: no later than it was, and not before the next but one. */
  private afterLatest(at: number, queue: FifoHeap, parts: number): number {
    const { values } = this.state;
    const before = queue === this.initial ? 0 : values[at + POSITION] + (queue === this.next ? this.window : 0);
    const step = Math.floor(this.total / parts);
    const position = Math.min(values[at + LATEST] + step, before);
    return position < this.position + 2 ? this.position + step : position;
  }

  /** Its turn, the first of its queue. */
  private take(slot: number): void {
    this.advance(slot);
    this.queues[slot]?.removeFirst();
    this.position++;
  }

  private queueAll(slot: number, passed: readonly number[], opened: boolean): Host | null {
    if (slot >= 0) this.enqueue(slot);
    for (const other of passed.toReversed()) {
      if (other === slot) continue;
      if (opened) this.waitByWeight(this.initial, other);
      else this.enqueue(other);
    }
    return slot < 0 ? null : this.bySlot[slot];
  }

  /** fwrr_get_server_from_group. The slot, or -1. */
  private candidate(): number {
    const due = this.current.first;
    const { values } = this.state;
    if (due >= 0 && values[this.state.at(this.bySlot[due]) + POSITION] <= this.position) return due;
    // A hole: nobody is due at this position.
    const fresh = this.initial.first;
    if (fresh < 0) return due;
    const at = this.state.at(this.bySlot[fresh]);
    values[at + POSITION] = 0;
    values[at + REMAINDER] = 0;
    return fresh;
  }

  /** fwrr_switch_trees. */
  private openWindow(): void {
    const empty = this.initial;
    this.initial = this.next;
    this.next = empty;
    this.window = this.total;
    this.position = this.total;
  }

  /** fwrr_update_position: the host's next turn. */
  private advance(slot: number): void {
    const parts = this.parts[slot];
    const at = this.state.at(this.bySlot[slot]);
    const { values } = this.state;
    const from = values[at + POSITION] === 0 ? this.position : values[at + POSITION];
    const remainder = values[at + REMAINDER] + (this.total % parts);
    const carried = remainder >= parts;
    values[at + REMAINDER] = carried ? remainder - parts : remainder;
    values[at + LATEST] = from;
    values[at + POSITION] = from + Math.floor(this.total / parts) + (carried ? 1 : 0);
  }

  /** fwrr_queue_srv: into `current` or `next`, by its next turn. */
  private enqueue(slot: number): void {
    const at = this.state.at(this.bySlot[slot]);
    const { values } = this.state;
    const position = values[at + POSITION];
    if (position >= 2 * this.window || position >= this.window + this.total) {
      values[at + POSITION] = position - this.window;
      this.waitByWeight(this.next, slot);
      return;
    }
    const urgency = Math.floor((MOST_PARTS + values[at + REMAINDER] - this.parts[slot]) / PARTS);
    // There in 32 bits, which are too few from 2048 servers of weight 256 on.
    this.current.keys[slot] = MOST_WEIGHT * position + urgency;
    this.current.insert(slot);
    this.queues[slot] = this.current;
  }

  /** fwrr_queue_by_weight. */
  private waitByWeight(queue: FifoHeap, slot: number): void {
    queue.keys[slot] = MOST_PARTS - this.parts[slot];
    queue.insert(slot);
    this.queues[slot] = queue;
  }
}
