import { invariant } from '../core/assert.ts';
import { evenness, jain } from './evenness.ts';
import type { Evenness } from './measures.ts';
import { type PairTable, PICKABLE } from './pairs.ts';

/**
 * Attempts against what each instance was due (DESIGN.md, section 5). A caller keeps A(t), the sum over its sends of
 * 1/W, W the total weight it could have picked from; a pair is due w (A(end) - A(start)) over each interval in which it
 * was pickable. So instances that come and go are judged by the time they were there, and the dues of one send add up to 1.
 */
export class FairnessMeter {
  /** A(t), by caller. */
  readonly clocks: Float64Array;
  /** Attempts while pickable, by instance. */
  readonly attempts: Float64Array;
  /** Sent to it while it was not: retries that avoid others, sessions that stay. Due to nobody. */
  readonly beyond: Float64Array;
  private readonly pairs: PairTable;
  private readonly weights: Float64Array;
  /** 1/W by caller; 0 after a change, until the next send needs it. Summed afresh then, so nothing drifts. */
  private readonly inverseWeight: Float64Array;
  private readonly pairAttempts: Uint32Array;
  /** A(end) - A(start) over the closed intervals of a pair, and -A(start) of the open one. */
  private readonly balance: Float64Array;

  constructor(pairs: PairTable, weights: Float64Array) {
    this.pairs = pairs;
    this.weights = weights;
    this.clocks = new Float64Array(pairs.callers);
    this.inverseWeight = new Float64Array(pairs.callers);
    this.attempts = new Float64Array(pairs.instances);
    this.beyond = new Float64Array(pairs.instances);
    this.pairAttempts = new Uint32Array(pairs.flags.length);
    this.balance = new Float64Array(pairs.flags.length);
  }

  /** Only for sends in [warmup, duration). */
  send(caller: number, instance: number, pair: number): void {
    let inverse = this.inverseWeight[caller];
    if (inverse === 0) inverse = this.weigh(caller);
    this.clocks[caller] += inverse;
    this.attempts[instance]++;
    this.pairAttempts[pair]++;
  }

  /** As `send`, to a host that is not pickable. */
  sendBeyond(instance: number): void {
    this.beyond[instance]++;
  }

  /** Called when the pair's flag has just changed. */
  pickable(caller: number, pair: number, pickable: boolean): void {
    this.inverseWeight[caller] = 0;
    this.balance[pair] += pickable ? -this.clocks[caller] : this.clocks[caller];
  }

  /** What each instance was due, in attempts. */
  expected(): Float64Array {
    const { callers, instances } = this.pairs;
    const expected = new Float64Array(instances);
    for (let caller = 0; caller < callers; caller++) {
      for (let instance = 0; instance < instances; instance++) {
        expected[instance] += this.due(caller, instance);
      }
    }
    return expected;
  }

  report(): Evenness & { readonly worstCallerJain: number | null; readonly excluded: number } {
    const expected = this.expected();
    const ratios = ratiosOf(this.attempts, expected);
    this.attempts.forEach((attempts, instance) => {
      invariant(
        expected[instance] > 0 || attempts === 0,
        () => `instance ${instance} was never pickable and got ${attempts} attempts`,
      );
    });
    return {
      ...evenness(ratios),
      worstCallerJain: this.worstCallerJain(),
      excluded: this.attempts.length - ratios.length,
    };
  }

  private worstCallerJain(): number | null {
    const { callers, instances } = this.pairs;
    let worst: number | null = null;
    for (let caller = 0; caller < callers; caller++) {
      if (this.clocks[caller] === 0) continue;
      const ratios: number[] = [];
      for (let instance = 0; instance < instances; instance++) {
        const due = this.due(caller, instance);
        if (due > 0) ratios.push(this.pairAttempts[caller * instances + instance] / due);
      }
      const own = jain(ratios);
      if (own !== null && (worst === null || own < worst)) worst = own;
    }
    return worst;
  }

  private due(caller: number, instance: number): number {
    const pair = caller * this.pairs.instances + instance;
    const open = this.pairs.has(pair, PICKABLE) ? this.clocks[caller] : 0;
    return this.weights[instance] * (this.balance[pair] + open);
  }

  private weigh(caller: number): number {
    const { instances, flags } = this.pairs;
    const row = caller * instances;
    let total = 0;
    for (let instance = 0; instance < instances; instance++) {
      if ((flags[row + instance] & PICKABLE) !== 0) total += this.weights[instance];
    }
    invariant(total > 0, () => `caller ${caller} sent while it could pick nothing`);
    this.inverseWeight[caller] = 1 / total;
    return 1 / total;
  }
}

/** attempts / expected of the instances that were due anything. */
export function ratiosOf(attempts: ArrayLike<number>, expected: ArrayLike<number>): number[] {
  const ratios: number[] = [];
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] > 0) ratios.push(attempts[i] / expected[i]);
  }
  return ratios;
}
