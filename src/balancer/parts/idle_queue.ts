/**
 * Places (small whole numbers) waiting in a queue, first come first, from which any may leave, wherever it stands. Each is
 * in it once at most. All in O(1), but for `at`, and without allocation.
 */
export class IdleQueue {
  /** What `first` and `after` give where nobody waits, or nobody more: links both ends of the queue into a ring. */
  readonly end: number;
  /** By place, and of the end, its neighbours; `next` is -1 for those that do not wait. */
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private count = 0;

  /** Nobody of the places below `size` waits. */
  constructor(size: number) {
    this.end = size;
    this.next = new Int32Array(size + 1).fill(-1);
    this.previous = new Int32Array(size + 1);
    this.next[size] = size;
    this.previous[size] = size;
  }

  get first(): number {
    return this.next[this.end];
  }

  /** How many wait. */
  get length(): number {
    return this.count;
  }

  /** Who has so many before it, of fewer than wait. O(n). */
  at(index: number): number {
    let place = this.first;
    for (let i = 0; i < index; i++) place = this.next[place];
    return place;
  }

  /** Who stands behind this one, which waits. */
  after(place: number): number {
    return this.next[place];
  }

  /** Stands behind all others, unless it waits already. */
  join(place: number): void {
    const { next, previous, end } = this;
    if (next[place] !== -1) return;
    const last = previous[end];
    next[last] = place;
    previous[place] = last;
    next[place] = end;
    previous[end] = place;
    this.count++;
  }

  /** Waits no more, if it did. */
  leave(place: number): void {
    const { next, previous } = this;
    if (next[place] === -1) return;
    next[previous[place]] = next[place];
    previous[next[place]] = previous[place];
    next[place] = -1;
    this.count--;
  }
}
