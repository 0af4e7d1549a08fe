import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import type { FinagleNodes } from '../parts/finagle_nodes.ts';
import { FinagleOrder } from '../parts/finagle_order.ts';
import { comparedBy, type PickReason, ruled } from '../pick_reason.ts';
import type { Strategy } from '../strategy.ts';

/** What is added to the load of a host that is down: more than anybody has in flight, and less than 2^31 with it. */
const PENALTY = 2 ** 30;

/**
 * Finagle's heap: the host with the fewest in flight, at the top of a binary heap. A host that cannot be picked is found
 * out at the top only; it is then marked, which takes it below all others, until the first pick after it can be again.
 * Where all are marked, the top is picked even so: the fewest in flight of those that are down.
 *
 * The order among equals is that of the heap. A host that falls idle is swapped with one drawn at random (of all, itself
 * included), so that requests one at a time do not all go to one host; nothing is drawn for a host alone.
 *
 * As in Finagle, what takes a freed place in the heap sinks but never rises, so that an idle host may come to lie under
 * a busier one and be overlooked until that has sunk. Weights are ignored. Those that come and go are taken up at once, those
 * that are well again at the next pick. Several that come or go at once do so in the order of Finagle's sets: that of
 * `FinagleOrder` in sets of up to four. Larger ones go by hash codes in which the identity of an object in its process
 * has a part, another one in each; here they are in the same order. A host that joins with attempts in flight has them as its load.
 * O(log n) per pick, start and end, and for each host that goes down; O(n) per rebuild, and for each host that comes or
 * goes O(log n).
 * Source: finagle-core loadbalancer/heap/HeapLeastLoaded.scala and Heap.scala.
 */
export class FinagleHeap implements Strategy {
  readonly prompt = 'from the start';
  private readonly nodes: FinagleNodes;
  private readonly random: Random;
  private readonly order = new FinagleOrder();
  /** Slots in heap order; the top is at 1. */
  private heap = new Int32Array(1);
  private size = 0;
  /** Those marked as down, by slot, the last one the first to be looked at. */
  private down = new Int32Array(0);
  private downs = 0;
  /** Who may be picked has changed since the last pick. */
  private mayRevive = false;
  /** The members. */
  private listed: readonly Host[] = [];
  /** By slot: the host in the heap, or null; its place there; its load; whether it may be picked. */
  private readonly hosts: (Host | null)[] = [];
  private places = new Int32Array(0);
  private loads = new Int32Array(0);
  private open = new Uint8Array(0);
  /** By slot: how often the host had been reweighed as it joined. */
  private readonly joinedAs: number[] = [];

  constructor(nodes: FinagleNodes, random: Random) {
    this.nodes = nodes;
    this.random = random;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[]): void {
    const stay = new Set(members);
    for (const host of this.listed) if (!stay.has(host)) this.remove(host.slot);
    this.listed = this.order.of(members);
    this.makeRoom(
      members.reduce((most, { slot }) => Math.max(most, slot + 1), 0),
      members.length,
    );
    for (const host of this.listed) if (this.hosts[host.slot] === null) this.add(host);
    this.open.fill(0);
    for (const { slot } of eligible) this.open[slot] = 1;
    this.mayRevive = true;
  }

  pick(): Host {
    if (this.mayRevive) this.revive();
    const { heap, loads, open } = this;
    let top = heap[1];
    while (open[top] === 0 && loads[top] < PENALTY) {
      loads[top] += PENALTY;
      this.down[this.downs++] = top;
      this.sink(1, this.size);
      top = heap[1];
    }
    return this.hosts[top] as Host;
  }

  explain({ host }: { readonly host: Host }): PickReason {
    const inHeap = Array.from(this.heap.subarray(1, this.size + 1), (slot) => this.hosts[slot] as Host);
    const inFlight = ({ slot }: Host): number => this.inFlightOf(slot);
    if (this.loads[host.slot] >= PENALTY) {
      const rule = 'nobody can be picked, so the fewest in flight of all, the top of the heap among equals';
      return comparedBy('in flight', inHeap, inFlight, rule);
    }
    const looked = inHeap.filter(({ slot }) => this.open[slot] === 1 && this.loads[slot] < PENALTY);
    const fewer = looked.find((other) => inFlight(other) < inFlight(host));
    if (fewer === undefined) {
      const rule = 'the fewest in flight of all, the top of the heap among equals';
      return comparedBy('in flight', looked, inFlight, rule);
    }
    const overlooked = `${fewer.instance.id} has ${inFlight(fewer)}, but lies under a busier one`;
    return ruled(`the top of the heap, with ${inFlight(host)} in flight: ${overlooked}`);
  }

  onStart(host: Host): void {
    const { slot } = host;
    if (!this.has(host)) return;
    this.loads[slot]++;
    this.sink(this.places[slot], this.size);
  }

  onEnd(host: Host, _latencyMs: number, _outcome: Outcome, _report: LoadReport | null, reweighed: number): void {
    if (this.nodes.ended(host, reweighed) && this.has(host)) this.put(host.slot);
  }

  /** Whether attempts it sent are in flight as whose ends something is drawn. */
  get draws(): boolean {
    return this.size > 1 && this.heap.subarray(1, this.size + 1).some((slot) => this.inFlightOf(slot) > 0);
  }

  /** As `onEnd`, where it is not told of hosts any more: they may have left it, or be other nodes. */
  onEndOfClosed(host: Host, reweighed: number): void {
    const { slot } = host;
    if (this.has(host) && this.joinedAs[slot] === reweighed && this.inFlightOf(slot) > 0) this.put(slot);
  }

  private put(slot: number): void {
    const { places, loads, size } = this;
    loads[slot]--;
    if (loads[slot] > 0 || size === 1) {
      this.rise(places[slot]);
      return;
    }
    const place = places[slot];
    this.swap(place, size);
    this.sink(place, size - 1);
    const drawn = this.random.int(size) + 1;
    this.swap(drawn, size);
    this.rise(drawn);
    this.rise(size);
  }

  private inFlightOf(slot: number): number {
    return this.loads[slot] % PENALTY;
  }

  private has(host: Host): boolean {
    return host.slot < this.hosts.length && this.hosts[host.slot] === host;
  }

  private add(host: Host): void {
    const { slot } = host;
    this.hosts[slot] = host;
    this.joinedAs[slot] = host.reweighed;
    this.loads[slot] = this.nodes.inFlight(host);
    this.size++;
    this.heap[this.size] = slot;
    this.places[slot] = this.size;
    this.rise(this.size);
  }

  private remove(slot: number): void {
    const { down } = this;
    const place = this.places[slot];
    this.swap(place, this.size);
    this.sink(place, this.size - 1);
    this.size--;
    this.hosts[slot] = null;
    let kept = 0;
    for (let i = 0; i < this.downs; i++) if (down[i] !== slot) down[kept++] = down[i];
    this.downs = kept;
  }

  /** Those marked that may be picked again give their penalty back, the last one marked first. */
  private revive(): void {
    const { down, open, loads, places } = this;
    for (let i = this.downs - 1; i >= 0; i--) {
      if (open[down[i]] === 0) continue;
      loads[down[i]] -= PENALTY;
      this.rise(places[down[i]]);
    }
    let kept = 0;
    for (let i = 0; i < this.downs; i++) if (open[down[i]] === 0) down[kept++] = down[i];
    this.downs = kept;
    this.mayRevive = false;
  }

  private rise(start: number): void {
    const { heap, loads } = this;
    for (let at = start; at !== 1 && loads[heap[at]] < loads[heap[at >> 1]]; at >>= 1) this.swap(at, at >> 1);
  }

  /** Down among the first `last` places. Of two equal ones below it, it is compared with the second. */
  private sink(start: number, last: number): void {
    const { heap, loads } = this;
    for (let at = start; 2 * at <= last; ) {
      const left = 2 * at;
      const least = left === last || loads[heap[left]] < loads[heap[left + 1]] ? left : left + 1;
      if (loads[heap[least]] >= loads[heap[at]]) return;
      this.swap(at, least);
      at = least;
    }
  }

  private swap(a: number, b: number): void {
    const { heap, places } = this;
    const slot = heap[a];
    heap[a] = heap[b];
    heap[b] = slot;
    places[heap[a]] = a;
    places[slot] = b;
  }

  private makeRoom(slots: number, members: number): void {
    while (this.hosts.length < slots) this.hosts.push(null);
    if (this.loads.length < slots) {
      this.places = widened(this.places, 2 * slots);
      this.loads = widened(this.loads, 2 * slots);
      this.open = new Uint8Array(2 * slots);
    }
    if (this.heap.length <= members) {
      this.heap = widened(this.heap, 2 * members + 1);
      this.down = widened(this.down, 2 * members + 1);
    }
  }
}

function widened(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length);
  wider.set(array);
  return wider;
}
