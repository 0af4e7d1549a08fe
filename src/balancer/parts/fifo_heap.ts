/**
 * A priority queue of small whole numbers (indexes, slots) by key: the least key comes first, and among equal keys the
 * one inserted first, as in Envoy's schedules and HAProxy's trees. Each number is in it once at most.
 *
 * Write the key into `keys` before `insert` or `requeueFirst`: a key passed as an argument might have to be allocated.
 * O(log n), and O(1) for `clear`.
 */
export class FifoHeap {
  /** Per number, its key. Replaced by `reserve`; change it only as said above. */
  keys = new Float64Array(0);
  /** Per number, when it was inserted, counted up. */
  private orders = new Float64Array(0);
  private heap = new Int32Array(0);
  /** Per number in it, its place in `heap`. */
  private places = new Int32Array(0);
  private inserted = 0;
  private count = 0;

  /** How many are in it. */
  get size(): number {
    return this.count;
  }

  /** The number that comes first, or -1 where it is empty. */
  get first(): number {
    return this.count === 0 ? -1 : this.heap[0];
  }

  /** The numbers in it as they would come. Allocates. */
  inLine(): number[] {
    return [...this.heap.subarray(0, this.count)].sort((a, b) => (this.precedes(a, b) ? -1 : 1));
  }

  /** Makes room for the numbers below `capacity`, twice as much as there was at least. */
  reserve(capacity: number): void {
    if (capacity <= this.keys.length) return;
    const { keys, orders, heap, places } = this;
    const room = Math.max(capacity, 2 * keys.length);
    this.keys = new Float64Array(room);
    this.keys.set(keys);
    this.orders = new Float64Array(room);
    this.orders.set(orders);
    this.heap = new Int32Array(room);
    this.heap.set(heap);
    this.places = new Int32Array(room);
    this.places.set(places);
  }

  clear(): void {
    this.count = 0;
    this.inserted = 0;
  }

  /** Takes a number in that is not in it, after all of equal key. */
  insert(id: number): void {
    this.orders[id] = this.inserted++;
    this.rise(this.count++, id);
  }

  /** Takes the first out and in again under its new key, which is not below the old one. */
  requeueFirst(): void {
    const id = this.heap[0];
    this.orders[id] = this.inserted++;
    this.sink(0, id);
  }

  removeFirst(): void {
    this.count--;
    if (this.count > 0) this.sink(0, this.heap[this.count]);
  }

  /** Takes out a number that is in it. */
  remove(id: number): void {
    const at = this.places[id];
    this.count--;
    if (at === this.count) return;
    const moved = this.heap[this.count];
    this.sink(at, moved);
    if (this.heap[at] === moved) this.rise(at, moved);
  }

  /** Puts a number into the free place `at`, or above it. */
  private rise(start: number, id: number): void {
    const { heap, places } = this;
    let at = start;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const later = heap[above];
      if (this.precedes(later, id)) break;
      heap[at] = later;
      places[later] = at;
      at = above;
    }
    heap[at] = id;
    places[id] = at;
  }

  /** Puts a number into the free place `at`, or below it. */
  private sink(start: number, id: number): void {
    const { heap, places, count } = this;
    let at = start;
    for (let below = 2 * at + 1; below < count; below = 2 * at + 1) {
      if (below + 1 < count && this.precedes(heap[below + 1], heap[below])) below++;
      const earlier = heap[below];
      if (this.precedes(id, earlier)) break;
      heap[at] = earlier;
      places[earlier] = at;
      at = below;
    }
    heap[at] = id;
    places[id] = at;
  }

  private precedes(a: number, b: number): boolean {
    const { keys, orders } = this;
    return keys[a] < keys[b] || (keys[a] === keys[b] && orders[a] < orders[b]);
  }
}
