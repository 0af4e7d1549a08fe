import { invariant } from '../core/assert.ts';

/** 2^-20 ms is just under a nanosecond; what is shorter counts as 0. */
const MIN_EXPONENT = -20;
/** Up to 2^40 ms, 34 years; what is longer is counted in the last bucket. */
const OCTAVES = 60;
/** Where the exponent's bias and the mantissa sit in the high word of an IEEE 754 double. */
const EXPONENT_BIAS = 1023;
const MANTISSA_BITS_IN_HIGH_WORD = 20;

/** A histogram as plain data, without its empty buckets. */
export interface PackedHistogram {
  readonly count: number;
  /** Of durations under a nanosecond. */
  readonly zeros: number;
  /** Infinity and -Infinity when empty. */
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** The buckets that hold anything, rising, and what they hold. */
  readonly slots: Uint16Array;
  readonly counts: Float64Array;
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
float[0] = 1;
/** Which of the two words carries the exponent: depends on the machine's byte order. */
const HIGH = words[1] === 0 ? 0 : 1;

/**
 * Durations in ms in log-linear buckets: 2^subBits equal buckets to each octave, so that the middle of a bucket is
 * within 2^-(subBits + 1) of any value in it (1/1024 by default). Memory is fixed, recording allocates nothing, and two
 * histograms add up bucket by bucket. The idea is HdrHistogram's (G. Tene); the index is read straight off the double.
 * Minimum and maximum are exact; the sum is Kahan's, so the mean is exact to the last digits.
 */
export class Histogram {
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  private sum = 0;
  private lost = 0;
  private zeros = 0;
  private readonly counts: Float64Array;
  private readonly subBits: number;
  private readonly shift: number;
  private readonly base: number;

  constructor(subBits = 9) {
    this.subBits = subBits;
    this.shift = MANTISSA_BITS_IN_HIGH_WORD - subBits;
    this.base = (EXPONENT_BIAS + MIN_EXPONENT) << subBits;
    this.counts = new Float64Array(OCTAVES << subBits);
  }

  /** Adds one duration, finite and >= 0. */
  record(valueMs: number): void {
    if (!(valueMs >= 0 && valueMs < Number.POSITIVE_INFINITY)) {
      invariant(false, `a duration must be finite and at least 0, found ${valueMs}`);
    }
    // Adding 0 turns -0 into 0, whose sign bit would read as a huge exponent.
    float[0] = valueMs + 0;
    const slot = (words[HIGH] >>> this.shift) - this.base;
    if (slot < 0) this.zeros++;
    else this.counts[Math.min(slot, this.counts.length - 1)]++;
    this.count++;
    this.add(valueMs);
    if (valueMs < this.min) this.min = valueMs;
    if (valueMs > this.max) this.max = valueMs;
  }

  /** null when empty. */
  mean(): number | null {
    return this.count === 0 ? null : this.sum / this.count;
  }

  /**
   * The smallest recorded value that at least a share `q` of all values does not exceed (nearest rank), to the bucket's
   * precision; null when empty.
   */
  quantile(q: number): number | null {
    if (this.count === 0) return null;
    // A hair less than q n, so that 0.07 x 100 = 7.000000000000001 asks for rank 7.
    const rank = Math.max(1, Math.ceil(q * this.count * (1 - 2 ** -50)));
    let seen = this.zeros;
    const { first, end } = this.filled();
    for (let slot = first; seen < rank && slot < end; slot++) {
      seen += this.counts[slot];
      if (seen >= rank) return Math.min(Math.max(this.middle(slot), this.min), this.max);
    }
    return 0;
  }

  /** Adds everything another histogram of the same resolution holds. */
  merge(other: Histogram): void {
    invariant(this.subBits === other.subBits, 'only histograms of one resolution add up');
    const { first, end } = other.filled();
    for (let slot = first; slot < end; slot++) this.counts[slot] += other.counts[slot];
    this.zeros += other.zeros;
    this.count += other.count;
    this.add(other.sum);
    this.add(-other.lost);
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  /** A copy as plain data, to be sent and to be merged by `mergePacked`. */
  packed(): PackedHistogram {
    const held: number[] = [];
    const { first, end } = this.filled();
    for (let slot = first; slot < end; slot++) if (this.counts[slot] > 0) held.push(slot);
    const slots = Uint16Array.from(held);
    const counts = Float64Array.from(held, (slot) => this.counts[slot]);
    const { count, zeros, min, max, sum } = this;
    return { count, zeros, min, max, sum, slots, counts };
  }

  /** Adds everything that was packed of a histogram of the same resolution. */
  mergePacked(other: PackedHistogram): void {
    for (const [i, slot] of other.slots.entries()) this.counts[slot] += other.counts[i];
    this.zeros += other.zeros;
    this.count += other.count;
    this.add(other.sum);
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  clear(): void {
    const { first, end } = this.filled();
    this.counts.fill(0, first, end);
    this.zeros = this.count = this.sum = this.lost = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
  }

  /** The buckets that hold anything, by rising value; `valueMs` is the middle of the bucket, 0 for what is under a nanosecond. */
  buckets(): { readonly valueMs: number; readonly count: number }[] {
    const found = this.zeros > 0 ? [{ valueMs: 0, count: this.zeros }] : [];
    const { first, end } = this.filled();
    for (let slot = first; slot < end; slot++) {
      if (this.counts[slot] > 0) found.push({ valueMs: this.middle(slot), count: this.counts[slot] });
    }
    return found;
  }

  /** All buckets that hold anything lie in [first, end): those of the minimum and the maximum, and what is between. */
  private filled(): { readonly first: number; readonly end: number } {
    if (this.count === 0) return { first: 0, end: 0 };
    return { first: this.slotOf(this.min), end: this.slotOf(this.max) + 1 };
  }

  private slotOf(valueMs: number): number {
    float[0] = valueMs + 0;
    const slot = (words[HIGH] >>> this.shift) - this.base;
    return Math.min(Math.max(slot, 0), this.counts.length - 1);
  }

  private add(valueMs: number): void {
    const corrected = valueMs - this.lost;
    const next = this.sum + corrected;
    this.lost = next - this.sum - corrected;
    this.sum = next;
  }

  private middle(slot: number): number {
    const perOctave = 1 << this.subBits;
    const octave = slot >> this.subBits;
    return 2 ** (octave + MIN_EXPONENT) * (1 + ((slot & (perOctave - 1)) + 0.5) / perOctave);
  }
}
