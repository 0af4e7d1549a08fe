/**
 * Mean and variance of the last so many values. Sums are of distances from `nearMs`, where values are expected, and made
 * anew each time round, so that rounding errors neither grow nor matter.
 */
export class SlidingMoments {
  private readonly capacity: number;
  private readonly nearMs: number;
  /** A ring once it is full. */
  private readonly values: number[] = [];
  private oldest = 0;
  private sum = 0;
  private squares = 0;

  constructor(capacity: number, nearMs: number) {
    this.capacity = capacity;
    this.nearMs = nearMs;
  }

  add(valueMs: number): void {
    const value = valueMs - this.nearMs;
    if (this.values.length < this.capacity) {
      this.values.push(value);
    } else {
      const dropped = this.values[this.oldest];
      this.sum -= dropped;
      this.squares -= dropped * dropped;
      this.values[this.oldest] = value;
      this.oldest = (this.oldest + 1) % this.capacity;
    }
    this.sum += value;
    this.squares += value * value;
    if (this.oldest === 0 && this.values.length === this.capacity) this.sumAnew();
  }

  /** NaN where there are none. */
  mean(): number {
    return this.nearMs + this.sum / this.values.length;
  }

  /** Of the population, as Akka takes it: the sum of squares is divided by their number. */
  standardDeviation(): number {
    const mean = this.sum / this.values.length;
    return Math.sqrt(Math.max(this.squares / this.values.length - mean * mean, 0));
  }

  private sumAnew(): void {
    this.sum = 0;
    this.squares = 0;
    for (const value of this.values) {
      this.sum += value;
      this.squares += value * value;
    }
  }
}
