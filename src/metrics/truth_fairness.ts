import { evenness } from './evenness.ts';
import { ratiosOf } from './fairness.ts';
import type { Evenness } from './measures.ts';

/**
 * Fairness of the outcome: as `FairnessMeter`, but eligible is who was up, whatever callers believed, so one A(t)
 * serves all callers. An instance that was down throughout is left out, whatever was sent to it; a send while all are
 * down is due to nobody.
 */
export class TruthFairness {
  private readonly weights: Float64Array;
  private readonly up: Uint8Array;
  private readonly balance: Float64Array;
  private clock = 0;
  private inverseWeight = 0;

  constructor(weights: Float64Array) {
    this.weights = weights;
    this.up = new Uint8Array(weights.length).fill(1);
    this.balance = new Float64Array(weights.length);
    this.weigh();
  }

  /** Only for sends in [warmup, duration). */
  send(): void {
    this.clock += this.inverseWeight;
  }

  truth(instance: number, up: boolean): void {
    this.up[instance] = up ? 1 : 0;
    this.balance[instance] += up ? -this.clock : this.clock;
    this.weigh();
  }

  report(attempts: Float64Array): Evenness {
    const expected = this.weights.map((weight, i) => weight * (this.balance[i] + (this.up[i] === 1 ? this.clock : 0)));
    return evenness(ratiosOf(attempts, expected));
  }

  private weigh(): void {
    let total = 0;
    for (let i = 0; i < this.weights.length; i++) total += this.up[i] * this.weights[i];
    this.inverseWeight = total > 0 ? 1 / total : 0;
  }
}
