/** The last values seen, kept in order of size: their quantiles at the price of a short move per value. */
export class RecentRifs {
  /** In order of arrival, round the end. */
  private readonly ring: Int32Array;
  private readonly sorted: Int32Array;
  private size = 0;
  private next = 0;

  constructor(capacity: number) {
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

  /** The least value that this share of all values, 0 to 1, does not exceed; without values 0. */
  quantile(share: number): number {
    return this.size === 0 ? 0 : this.sorted[Math.max(Math.ceil(share * this.size) - 1, 0)];
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
