import type { CellMeasures } from './measures.ts';
import { GOOD, type PairTable } from './pairs.ts';

/** The pair's time is good: the instance is sound, and the caller has believed in it since it last became so. */
const TRUSTED = 1;
/** Good time in which the caller does not believe in it: a mistake. */
const MISTAKEN = 2;
/** The mistake began while measuring: it counts, and so does its length. */
const COUNTED = 4;

/** What impairs an instance. */
const NOTHING = 0;
const SLOWNESS = 1;
const ERRORS = 2;

/**
 * Quality of failure detection over good time, after Chen, Toueg and Aguilera, "On the quality of service of failure
 * detectors", IEEE Trans. Computers 51(5), 2002. An instance is sound while it is up, unimpaired and not being restarted
 * on purpose. A sound instance that is removed on evidence from before it became sound is no mistake, but its good time
 * rests until belief is good again. Times are integrals over time of how many pairs are in each state.
 */
export class DetectorQuality {
  private readonly pairs: PairTable;
  private readonly states: Uint8Array;
  private readonly up: Uint8Array;
  private readonly planned: Uint8Array;
  private readonly impairedBy: Uint8Array;
  private readonly soundSince: Float64Array;
  private measuring = false;
  private lastMs = 0;
  /** Pairs in good time now, and those of them that are mistaken. */
  private trusted = 0;
  private mistaken = 0;
  /** Mistaken pairs whose mistake counts. */
  private counted = 0;
  private goodTimeMs = 0;
  private mistakeTimeMs = 0;
  private mistakes = 0;
  /** Of `mistakeTimeMs`, the part of the mistakes counted: T_M leaves out those that began in the warm-up, P_A does not. */
  private countedTimeMs = 0;
  private slowRemovals = 0;
  private errorRemovals = 0;

  constructor(pairs: PairTable) {
    this.pairs = pairs;
    this.states = new Uint8Array(pairs.flags.length);
    this.up = new Uint8Array(pairs.instances).fill(1);
    this.planned = new Uint8Array(pairs.instances);
    this.impairedBy = new Uint8Array(pairs.instances);
    this.soundSince = new Float64Array(pairs.instances);
  }

  start(atMs: number): void {
    this.lastMs = atMs;
    this.measuring = true;
  }

  stop(atMs: number): void {
    this.advance(atMs);
    this.measuring = false;
  }

  truth(atMs: number, instance: number, up: boolean): void {
    this.turn(atMs, instance, this.up, up ? 1 : 0);
  }

  plan(atMs: number, instance: number, planned: boolean): void {
    this.turn(atMs, instance, this.planned, planned ? 1 : 0);
  }

  /**
   * `kind` is the kind of the fault that impairs it; null when it is itself again. Said again while it is impaired, when
   * another fault's kind takes over, it changes what removals are listed under, and nothing else.
   */
  impair(atMs: number, instance: number, kind: string | null): void {
    this.turn(atMs, instance, this.impairedBy, kind === null ? NOTHING : kind === 'errors' ? ERRORS : SLOWNESS);
  }

  /** Called when the pair's flag has just changed. */
  belief(atMs: number, instance: number, pair: number, good: boolean, evidenceAtMs: number): void {
    if (!this.isSound(instance)) {
      if (!good) this.countRemoval(instance);
      return;
    }
    this.advance(atMs);
    const state = this.states[pair];
    if (good) this.trust(pair);
    else if ((state & TRUSTED) === 0) return;
    else if (evidenceAtMs < this.soundSince[instance]) this.forget(pair);
    else {
      this.states[pair] = TRUSTED | MISTAKEN | (this.measuring ? COUNTED : 0);
      this.mistaken++;
      if (!this.measuring) return;
      this.counted++;
      this.mistakes++;
    }
  }

  report(): CellMeasures['detector'] {
    const { mistakes, goodTimeMs, mistakeTimeMs, countedTimeMs } = this;
    return {
      falsePositives: mistakes,
      goodTimeMs,
      meanTimeBetweenMs: mistakes === 0 ? null : goodTimeMs / mistakes,
      meanDurationMs: mistakes === 0 ? null : countedTimeMs / mistakes,
      queryAccuracy: goodTimeMs > 0 ? 1 - mistakeTimeMs / goodTimeMs : null,
      impairedRemovals: { slow: this.slowRemovals, errors: this.errorRemovals },
    };
  }

  private turn(atMs: number, instance: number, aspect: Uint8Array, value: number): void {
    const wasSound = this.isSound(instance);
    aspect[instance] = value;
    const isSound = this.isSound(instance);
    if (wasSound === isSound) return;
    this.advance(atMs);
    if (isSound) this.soundSince[instance] = atMs;
    for (let pair = instance; pair < this.states.length; pair += this.pairs.instances) {
      if (!isSound) this.forget(pair);
      else if (this.pairs.has(pair, GOOD)) this.trust(pair);
    }
  }

  private trust(pair: number): void {
    this.forget(pair);
    this.trusted++;
    this.states[pair] = TRUSTED;
  }

  private forget(pair: number): void {
    const state = this.states[pair];
    if ((state & TRUSTED) !== 0) this.trusted--;
    if ((state & MISTAKEN) !== 0) this.mistaken--;
    if ((state & COUNTED) !== 0) this.counted--;
    this.states[pair] = 0;
  }

  private countRemoval(instance: number): void {
    if (!this.measuring || this.up[instance] === 0 || this.planned[instance] === 1) return;
    if (this.impairedBy[instance] === ERRORS) this.errorRemovals++;
    else this.slowRemovals++;
  }

  private isSound(instance: number): boolean {
    return this.up[instance] === 1 && this.planned[instance] === 0 && this.impairedBy[instance] === NOTHING;
  }

  private advance(atMs: number): void {
    if (!this.measuring) return;
    this.goodTimeMs += this.trusted * (atMs - this.lastMs);
    this.mistakeTimeMs += this.mistaken * (atMs - this.lastMs);
    this.countedTimeMs += this.counted * (atMs - this.lastMs);
    this.lastMs = atMs;
  }
}
