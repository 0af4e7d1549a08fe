/** The last values seen, kept in order of size: a quantile of them at the price of a short move per value. */
export class RecentRifs {
  /** In order of arrival, round the end. */
  private readonly ring: Int32Array;
  private readonly sorted: Int32Array;
  /** A field: a fraction that a call takes may have to be allocated. */
  private readonly share: number;
  private size = 0;
  private next = 0;

  /** The share is that of the quantile asked for, 0 to 1. */
  constructor(capacity: number, share: number) {
    this.share = share;
    this.ring = new Int32Array(capacity);
    this.sorted = new Int32Array(capacity);
  }

  add(value: number): void {
    const { ring, sorted } = this;
    if (this.size === ring.length) {
      const gone = this.countBelow(ring[this.next]);
      sorted.copyWithin(gone, gone + 1, this.size--);
    }
    const place = this.countBelow(value);
    sorted.copyWithin(place + 1, place, this.size++);
    sorted[place] = value;
    ring[this.next] = value;
    this.next = this.next + 1 === ring.length ? 0 : this.next + 1;
  }

  /** The least value that the share of all values does not exceed; without values 0. */
  quantile(): number {
    return this.size === 0 ? 0 : this.sorted[Math.max(Math.ceil(this.share * this.size) - 1, 0)];
  }

  private countBelow(value: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
