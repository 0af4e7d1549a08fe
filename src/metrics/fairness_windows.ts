import { mean, quantile } from 'simple-statistics';
import { evenness } from './evenness.ts';
import { type FairnessMeter, ratiosOf } from './fairness.ts';
import type { CellMeasures } from './measures.ts';
import { type PairTable, PICKABLE } from './pairs.ts';

/** At least a second, and about 50 attempts an instance: fewer say more about chance than about the strategy. */
export function windowLengthMs(weighedInstances: number, ratePerMs: number): number {
  return Math.max(1000, (50 * weighedInstances) / ratePerMs);
}

/** Less than this share of a window is only rounding. */
const ROUNDING = 1e-9;

/**
 * Evenness in short windows, in which alternation, chance and herding look different: the dispersion index
 * m CV^2 / (n - 1) of m attempts over n instances is 0 for exact alternation and 1 on average for independent uniform
 * draws (m CV^2 is Pearson's chi-squared with n - 1 degrees of freedom). Only windows in which no pair's eligibility
 * changed are used, so that the dues are simply shares of the window.
 */
export class FairnessWindows {
  /** When the open window ends. Infinity: none is open. */
  endMs = Number.POSITIVE_INFINITY;
  private readonly fairness: FairnessMeter;
  private readonly pairs: PairTable;
  private readonly weights: Float64Array;
  private readonly lengthMs: number;
  private originMs = 0;
  private startMs = 0;
  private closed = 0;
  private steady = true;
  private readonly attemptsBefore: Float64Array;
  private readonly clocksBefore: Float64Array;
  private readonly dispersions: number[] = [];
  private readonly jains: number[] = [];
  private readonly floors: number[] = [];
  private dropped = 0;

  constructor(fairness: FairnessMeter, pairs: PairTable, weights: Float64Array, lengthMs: number) {
    this.fairness = fairness;
    this.pairs = pairs;
    this.weights = weights;
    this.lengthMs = lengthMs;
    this.attemptsBefore = new Float64Array(pairs.instances);
    this.clocksBefore = new Float64Array(pairs.callers);
  }

  start(atMs: number): void {
    this.originMs = atMs;
    this.open();
  }

  /** Some pair's eligibility changes. Before the first send of a window, at its very start, that changes nothing in it. */
  changed(atMs: number): void {
    if (!this.steady || (atMs === this.startMs && this.isUntouched())) return;
    this.steady = false;
  }

  /** Closes every window that ended by `atMs`. */
  roll(atMs: number): void {
    while (this.endMs <= atMs) {
      this.close();
      this.open();
    }
  }

  stop(atMs: number): void {
    this.roll(atMs + ROUNDING * this.lengthMs);
    if (atMs - this.startMs > ROUNDING * this.lengthMs) this.dropped++;
    this.endMs = Number.POSITIVE_INFINITY;
  }

  report(): CellMeasures['fairness']['windows'] & { readonly dispersion: number | null } {
    const used = this.jains.length;
    return {
      dispersion: used === 0 ? null : mean(this.dispersions),
      jainMean: used === 0 ? null : mean(this.jains),
      jainP1: used === 0 ? null : quantile(this.jains, 0.01),
      noiseFloor: used === 0 ? null : mean(this.floors),
      used,
      dropped: this.dropped,
    };
  }

  private open(): void {
    this.startMs = this.originMs + this.closed * this.lengthMs;
    this.endMs = this.originMs + (this.closed + 1) * this.lengthMs;
    this.steady = true;
    this.attemptsBefore.set(this.fairness.attempts);
    this.clocksBefore.set(this.fairness.clocks);
  }

  private close(): void {
    this.closed++;
    const expected = this.steady ? this.expected() : new Float64Array(0);
    const attempts = this.attemptsBefore.map((before, i) => this.fairness.attempts[i] - before);
    const ratios = ratiosOf(attempts, expected);
    const n = ratios.length;
    const { jain, cv } = evenness(ratios);
    if (n < 2 || jain === null || cv === null) {
      this.dropped++;
      return;
    }
    const m = attempts.reduce((sum, count) => sum + count, 0);
    this.jains.push(jain);
    this.dispersions.push((m * cv * cv) / (n - 1));
    this.floors.push(1 / (1 + (n - 1) / m));
  }

  private expected(): Float64Array {
    const { callers, instances, flags } = this.pairs;
    const expected = new Float64Array(instances);
    for (let caller = 0; caller < callers; caller++) {
      const passed = this.fairness.clocks[caller] - this.clocksBefore[caller];
      if (passed === 0) continue;
      const row = caller * instances;
      for (let instance = 0; instance < instances; instance++) {
        if ((flags[row + instance] & PICKABLE) !== 0) expected[instance] += this.weights[instance] * passed;
      }
    }
    return expected;
  }

  private isUntouched(): boolean {
    return this.attemptsBefore.every((before, i) => this.fairness.attempts[i] === before);
  }
}
