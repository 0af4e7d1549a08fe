import { FifoHeap } from './fifo_heap.ts';

/** Envoy takes a start modulo a tenth of the largest 32-bit number. */
const MOST_PICKS_BEFORE = 429_496_729;
/** Envoy adds this to each weight while it works the start out, lest multiples of one another tie, or not, by rounding. */
const PADDING = 1e-13;

/** What an entry counts for at this moment. Above 0. */
export type WeightAt = (index: number) => number;

/**
 * Envoy's earliest-deadline-first schedule, by which it picks hosts and localities in turn by weight: a pick takes the
 * entry with the earliest deadline and puts it back with a deadline 1 / weight later. Equal deadlines are served in the
 * order of insertion. The weight is read whenever an entry is put back, so a change bites at its next turn only.
 *
 * A schedule starts as if `seed` picks (modulo 429,496,729) had already been made: otherwise the heaviest entry would
 * come first after each rebuild. All but a few of those picks are worked out, not played through.
 *
 * Entries are known by index. O(log n) per pick, O(n log n) per rebuild, which allocates only when n grows.
 * Source: Envoy, source/common/upstream/edf_scheduler.h, createWithPicks and pickAndAdd.
 */
export class EdfSchedule {
  private weightAt: WeightAt = () => 1;
  /** Entries by deadline. Envoy's clock is the deadline of the entry picked last. */
  private readonly queue = new FifoHeap();
  private weights = new Float64Array(0);

  /** Starts anew with entries 0 to size - 1. `weightAt` is asked about them until the next rebuild. */
  rebuild(size: number, weightAt: WeightAt, seed: number): void {
    this.weightAt = weightAt;
    this.queue.clear();
    this.queue.reserve(size);
    if (this.weights.length < size) this.weights = new Float64Array(size);
    const left = this.leap(size, seed % MOST_PICKS_BEFORE);
    for (let i = 0; i < left; i++) this.pick();
  }

  get empty(): boolean {
    return this.queue.size === 0;
  }

  /** The entry whose turn it is. There must be one. */
  pick(): number {
    const { queue } = this;
    const index = queue.first;
    queue.keys[index] += 1 / this.weightAt(index);
    queue.requeueFirst();
    return index;
  }

  /** The entries as their turns are due, and how much later each one's deadline is than that of the first. Allocates. */
  inLine(): { readonly index: number; readonly delay: number }[] {
    const { keys, first } = this.queue;
    return this.queue.inLine().map((index) => ({ index, delay: keys[index] - keys[first] }));
  }

  /** Gives each entry the picks it has certainly had among the first `picks`; returns how many of them are still to be made. */
  private leap(size: number, picks: number): number {
    const { queue, weights } = this;
    let sum = 0;
    for (let index = 0; index < size; index++) {
      weights[index] = this.weightAt(index) + PADDING;
      sum += weights[index];
    }
    let left = size === 0 ? 0 : picks;
    for (let index = 0; index < size; index++) {
      const weight = weights[index];
      let had = Math.trunc((weight * picks) / sum);
      // Rounding may have made it one too many.
      if (had > 0 && had / weight >= picks / sum) had--;
      queue.keys[index] = (had + 1) / weight;
      queue.insert(index);
      left -= had;
    }
    return left;
  }
}
