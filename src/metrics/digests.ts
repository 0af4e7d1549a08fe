import { type BeliefCause, beliefCauses } from '../core/belief_cause.ts';
import { Digest } from '../core/digest.ts';
import type { Outcome } from '../core/outcome.ts';

/** Kinds of event, in the low three bits of one word of each. */
const ARRIVE = 0;
const SEND = 1;
const DONE = 2;
const BELIEF = 3;
const FAULT_START = 4;
const FAULT_END = 5;

/** A time as two words. Taken apart here, since a double handed to a method that is not inlined costs an allocation. */
const time = new Float64Array(1);
const timeWords = new Int32Array(time.buffer);

/**
 * The two fingerprints of a run. `observable` is over what anybody watching from outside would see, in order; `input`
 * over what no strategy chooses. Words that follow from others are left out: an arrival's index is its rank.
 */
export class Digests {
  readonly observable = new Digest();
  readonly input = new Digest();

  arrive(atMs: number, caller: number): void {
    time[0] = atMs;
    this.observable.int(timeWords[0]);
    this.observable.int(timeWords[1]);
    this.observable.int((caller << 3) | ARRIVE);
  }

  demand(atMs: number, caller: number, key: number, demandMs: number): void {
    time[0] = atMs;
    this.input.int(timeWords[0]);
    this.input.int(timeWords[1]);
    this.input.int(caller);
    this.input.int(key);
    time[0] = demandMs;
    this.input.int(timeWords[0]);
    this.input.int(timeWords[1]);
  }

  /** `pair` numbers (caller, instance). */
  send(atMs: number, request: number, attempt: number, pair: number): void {
    time[0] = atMs;
    this.observable.int(timeWords[0]);
    this.observable.int(timeWords[1]);
    this.observable.int((attempt << 3) | SEND);
    this.observable.int(request);
    this.observable.int(pair);
  }

  done(atMs: number, request: number, outcome: Outcome): void {
    time[0] = atMs;
    this.observable.int(timeWords[0]);
    this.observable.int(timeWords[1]);
    this.observable.int((outcome << 3) | DONE);
    this.observable.int(request);
  }

  belief(atMs: number, pair: number, good: boolean, cause: BeliefCause): void {
    time[0] = atMs;
    this.observable.int(timeWords[0]);
    this.observable.int(timeWords[1]);
    this.observable.int((beliefCauses.indexOf(cause) << 4) | (good ? 8 : 0) | BELIEF);
    this.observable.int(pair);
  }

  fault(atMs: number, entry: number, event: number, instance: number, starts: boolean): void {
    time[0] = atMs;
    this.observable.int(timeWords[0]);
    this.observable.int(timeWords[1]);
    this.observable.int((entry << 3) | (starts ? FAULT_START : FAULT_END));
    this.observable.int(event);
    this.observable.int(instance);
  }
}
