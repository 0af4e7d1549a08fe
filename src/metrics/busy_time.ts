import { jain } from './evenness.ts';

/** Worker time spent by each instance in [warmup, duration), set against what it could have spent. */
export class BusyTime {
  private readonly busyMsOf: (instance: number) => number;
  private readonly spentMs: Float64Array;

  constructor(instances: number, busyMsOf: (instance: number) => number) {
    this.busyMsOf = busyMsOf;
    this.spentMs = new Float64Array(instances);
  }

  start(): void {
    for (let i = 0; i < this.spentMs.length; i++) this.spentMs[i] = -this.busyMsOf(i);
  }

  stop(): void {
    for (let i = 0; i < this.spentMs.length; i++) this.spentMs[i] += this.busyMsOf(i);
  }

  /** Busy worker time over concurrency x time up, by instance; null for one never up. */
  utilization(concurrency: readonly number[], upMs: Float64Array): (number | null)[] {
    return Array.from(this.spentMs, (spent, i) => (upMs[i] > 0 ? spent / (concurrency[i] * upMs[i]) : null));
  }
}

/** Jain's index of busy time over capacity, of the instances that were ever up and take part in balancing (weight > 0). */
export function busyJain(utilization: readonly (number | null)[], weights: ArrayLike<number>): number | null {
  return jain(utilization.filter((share, i): share is number => share !== null && weights[i] > 0));
}
