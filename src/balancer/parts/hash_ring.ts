/**
 * Points on a circle of 2^64 places, each owned by a host: what consistent hashing looks keys up in. Hashes of 32 bits
 * lie in the high half, their low half 0. Sorted by place; points of one place stay in the order they were added in.
 */
export class HashRing {
  /** How many points there are; more than one host may own points, or none any. */
  readonly size: number;
  /** Per point its place, in halves; of all arrays only the first `size` numbers count. */
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** Per point, the index of its host. */
  readonly owner: Uint32Array;
  /** Where points whose high half begins with some bits begin: one stretch of the ring per point, on average. */
  private readonly starts: Uint32Array;
  private readonly shift: number;

  /** The first `size` points of these arrays, which are kept; sorted. O(n). */
  constructor(size: number, high: Uint32Array, low: Uint32Array, owner: Uint32Array) {
    this.size = size;
    this.high = high;
    this.low = low;
    this.owner = owner;
    const bits = Math.min(24, Math.max(1, Math.ceil(Math.log2(size + 1))));
    this.shift = 32 - bits;
    this.starts = new Uint32Array(2 ** bits);
    for (let stretch = 0, i = 0; stretch < this.starts.length; stretch++) {
      while (i < size && high[i] >>> this.shift < stretch) i++;
      this.starts[stretch] = i;
    }
  }

  /** The points of those owners that have a number of 0 or more here, which is their owner from now on. O(n), nothing is sorted. */
  renumbered(numbers: Int32Array): HashRing {
    const { size, high, low, owner } = this;
    const keptHigh = new Uint32Array(size);
    const keptLow = new Uint32Array(size);
    const keptOwner = new Uint32Array(size);
    let kept = 0;
    for (let i = 0; i < size; i++) {
      const number = numbers[owner[i]];
      if (number < 0) continue;
      keptHigh[kept] = high[i];
      keptLow[kept] = low[i];
      keptOwner[kept] = number;
      kept++;
    }
    return new HashRing(kept, keptHigh, keptLow, keptOwner);
  }

  /** The first point at this place or after it, and after the last the first; signed halves will do. O(1) on average. */
  successor(highBits: number, lowBits: number): number {
    const high = highBits >>> 0;
    const low = lowBits >>> 0;
    let i = this.starts[high >>> this.shift];
    while (i < this.size && (this.high[i] < high || (this.high[i] === high && this.low[i] < low))) i++;
    return i === this.size ? 0 : i;
  }

  /** The point after this one. */
  next(point: number): number {
    return point + 1 === this.size ? 0 : point + 1;
  }

  /** Where a lookup was led that began at this point and went on to the first of that owner: for people. */
  wayTo(owner: number, first: number, passed: string): string {
    let found = first;
    for (let i = 0; i < this.size && this.owner[found] !== owner; i++) found = this.next(found);
    const way = `point ${first + 1} of ${this.size} on the ring`;
    return found === first ? way : `${way}, and past hosts ${passed} on to point ${found + 1}`;
  }

  /** The point before this one. */
  previous(point: number): number {
    return point === 0 ? this.size - 1 : point - 1;
  }
}

/** The last point where places are taken for signed numbers: the one before the upper half of the ring. */
export function lastAsSigned({ size, high }: HashRing): number {
  let below = 0;
  while (below < size && high[below] < 2 ** 31) below++;
  return below === 0 ? size - 1 : below - 1;
}

/**
 * The ring of these points, which come in any order; `size` of them, and the arrays may be larger. `distinct`: of points
 * at one place only the one added first. O(n).
 */
export function sortedRing(
  size: number,
  high: Uint32Array,
  low: Uint32Array,
  owner: Uint32Array,
  distinct = false,
): HashRing {
  const order = sortedOrder(size, high, low);
  const sortedHigh = new Uint32Array(size);
  const sortedLow = new Uint32Array(size);
  const sortedOwner = new Uint32Array(size);
  let kept = 0;
  for (let i = 0; i < size; i++) {
    const point = order[i];
    if (distinct && i > 0 && high[point] === high[order[i - 1]] && low[point] === low[order[i - 1]]) continue;
    sortedHigh[kept] = high[point];
    sortedLow[kept] = low[point];
    sortedOwner[kept] = owner[point];
    kept++;
  }
  return new HashRing(kept, sortedHigh, sortedLow, sortedOwner);
}

/** Digits the high half is sorted by: three of 11 bits are the 32 there are. */
const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

/** The indexes of the points in the order of their places: by digits from the lowest (radix sort), stably. */
function sortedOrder(size: number, high: Uint32Array, low: Uint32Array): Uint32Array {
  let order = new Uint32Array(size);
  let sorted = new Uint32Array(size);
  for (let i = 0; i < size; i++) order[i] = i;
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    // Per digit, where the next point that has it goes.
    const places = new Uint32Array(DIGITS + 1);
    for (let i = 0; i < size; i++) places[((high[i] >>> shift) & (DIGITS - 1)) + 1]++;
    for (let digit = 1; digit < DIGITS; digit++) places[digit] += places[digit - 1];
    for (let i = 0; i < size; i++) {
      const point = order[i];
      const digit = (high[point] >>> shift) & (DIGITS - 1);
      sorted[places[digit]++] = point;
    }
    [order, sorted] = [sorted, order];
  }
  sortByLowHalf(order, high, low);
  return order;
}

/** Insertion sort: only neighbours that share a high half can be in disorder, and few do. */
function sortByLowHalf(order: Uint32Array, high: Uint32Array, low: Uint32Array): void {
  for (let i = 1; i < order.length; i++) {
    const point = order[i];
    let at = i;
    while (at > 0 && high[order[at - 1]] === high[point] && low[order[at - 1]] > low[point]) {
      order[at] = order[at - 1];
      at--;
    }
    order[at] = point;
  }
}
