import { type BeliefCause, beliefCauses, causeBits } from '../../core/belief_cause.ts';
import type { BeliefNow } from './events.ts';

/** What each caller believes of each instance at this moment of a run, from what a `Recorder` is told. */
export class BeliefTable {
  private readonly instances: number;
  private readonly inView: Uint8Array;
  private readonly good: Uint8Array;
  private readonly canPick: Uint8Array;
  private readonly halfOpen: Uint8Array;
  /** NaN: it never turned. */
  private readonly sinceMs: Float64Array;
  /** Bits of the sources whose verdict has turned bad. */
  private readonly against: Uint8Array;
  private readonly inPanic: Uint8Array;

  constructor(callers: number, instances: number) {
    const pairs = callers * instances;
    this.instances = instances;
    this.inView = new Uint8Array(pairs);
    this.good = new Uint8Array(pairs);
    this.canPick = new Uint8Array(pairs);
    this.halfOpen = new Uint8Array(pairs);
    this.sinceMs = new Float64Array(pairs).fill(Number.NaN);
    this.against = new Uint8Array(pairs);
    this.inPanic = new Uint8Array(callers);
  }

  view(caller: number, instance: number, inView: boolean): void {
    const pair = caller * this.instances + instance;
    this.inView[pair] = inView ? 1 : 0;
    this.against[pair] = 0;
  }

  belief(atMs: number, caller: number, instance: number, good: boolean): void {
    const pair = caller * this.instances + instance;
    this.good[pair] = good ? 1 : 0;
    this.sinceMs[pair] = atMs;
  }

  verdict(caller: number, instance: number, source: BeliefCause, good: boolean): void {
    const pair = caller * this.instances + instance;
    if (good) this.against[pair] &= ~causeBits[source];
    else this.against[pair] |= causeBits[source];
  }

  probing(caller: number, instance: number, probing: boolean): void {
    this.halfOpen[caller * this.instances + instance] = probing ? 1 : 0;
  }

  pickable(caller: number, instance: number, pickable: boolean): void {
    this.canPick[caller * this.instances + instance] = pickable ? 1 : 0;
  }

  panic(caller: number, panic: boolean): void {
    this.inPanic[caller] = panic ? 1 : 0;
  }

  isInPanic(caller: number): boolean {
    return this.inPanic[caller] === 1;
  }

  /** In view, and good to every source. */
  isGood(caller: number, instance: number): boolean {
    return this.good[caller * this.instances + instance] === 1;
  }

  now(caller: number, instance: number): BeliefNow {
    const pair = caller * this.instances + instance;
    const sinceMs = this.sinceMs[pair];
    return {
      inView: this.inView[pair] === 1,
      good: this.good[pair] === 1,
      pickable: this.canPick[pair] === 1,
      probing: this.halfOpen[pair] === 1,
      sinceMs: Number.isNaN(sinceMs) ? null : sinceMs,
      against: beliefCauses.filter((cause) => (this.against[pair] & causeBits[cause]) !== 0),
    };
  }
}
