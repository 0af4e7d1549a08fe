import type { CellMeasures } from './measures.ts';
import type { Soundness } from './soundness.ts';

/** The pair's time is good: the instance is sound, and the caller has believed in it since it last became so. */
const TRUSTED = 1;
/** Good time in which the caller does not believe in it: a mistake. */
const MISTAKEN = 2;
/** The mistake began while measuring: it counts, and so does its length. */
const COUNTED = 4;
/** The caller believes in it, whatever it is. */
const BELIEVED = 8;

/**
 * Quality of failure detection over good time, after Chen, Toueg and Aguilera, "On the quality of service of failure
 * detectors", IEEE Trans. Computers 51(5), 2002. A sound instance that is removed on evidence from before it became
 * sound is no mistake, but its good time rests until belief is good again. Times are integrals over time of how many
 * pairs are in each state; a pair is one byte.
 */
export class DetectorQuality {
  private readonly soundness: Soundness;
  private readonly instances: number;
  private readonly states: Uint8Array;
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
  private readonly removals = { slow: 0, errors: 0 };

  constructor(callers: number, instances: number, soundness: Soundness) {
    this.soundness = soundness;
    this.instances = instances;
    this.states = new Uint8Array(callers * instances);
  }

  start(atMs: number): void {
    this.lastMs = atMs;
    this.measuring = true;
  }

  stop(atMs: number): void {
    this.advance(atMs);
    this.measuring = false;
  }

  /** The instance has just become sound, or is so no longer. */
  turned(atMs: number, instance: number): void {
    this.advance(atMs);
    const isSound = this.soundness.has(instance);
    for (let pair = instance; pair < this.states.length; pair += this.instances) {
      if (!isSound) this.forget(pair);
      else if (this.believes(pair)) this.trust(pair);
    }
  }

  /** The caller's belief in the instance turns. Every pair starts bad. */
  belief(atMs: number, instance: number, pair: number, good: boolean, evidenceAtMs: number): void {
    if (good) this.states[pair] |= BELIEVED;
    else this.states[pair] &= ~BELIEVED;
    if (!this.soundness.has(instance)) {
      if (!good) this.countRemoval(instance);
      return;
    }
    this.advance(atMs);
    const state = this.states[pair];
    if (good) this.trust(pair);
    else if ((state & TRUSTED) === 0) return;
    else if (evidenceAtMs < this.soundness.since[instance]) this.forget(pair);
    else {
      this.states[pair] = TRUSTED | MISTAKEN | (this.measuring ? COUNTED : 0);
      this.mistaken++;
      if (!this.measuring) return;
      this.counted++;
      this.mistakes++;
    }
  }

  /** Nobody asks what the caller thinks of it any more: no good time and no mistake until it is believed in again. */
  withdraw(atMs: number, pair: number): void {
    this.advance(atMs);
    this.states[pair] &= ~BELIEVED;
    this.forget(pair);
  }

  believes(pair: number): boolean {
    return (this.states[pair] & BELIEVED) !== 0;
  }

  report(): CellMeasures['detector'] {
    const { mistakes, goodTimeMs, mistakeTimeMs, countedTimeMs } = this;
    return {
      falsePositives: mistakes,
      goodTimeMs,
      meanTimeBetweenMs: mistakes === 0 ? null : goodTimeMs / mistakes,
      meanDurationMs: mistakes === 0 ? null : countedTimeMs / mistakes,
      queryAccuracy: goodTimeMs > 0 ? 1 - mistakeTimeMs / goodTimeMs : null,
      impairedRemovals: { ...this.removals },
    };
  }

  private trust(pair: number): void {
    this.forget(pair);
    this.trusted++;
    this.states[pair] |= TRUSTED;
  }

  private forget(pair: number): void {
    const state = this.states[pair];
    if ((state & TRUSTED) !== 0) this.trusted--;
    if ((state & MISTAKEN) !== 0) this.mistaken--;
    if ((state & COUNTED) !== 0) this.counted--;
    this.states[pair] = state & BELIEVED;
  }

  private countRemoval(instance: number): void {
    const impairment = this.measuring ? this.soundness.impairment(instance) : null;
    if (impairment !== null) this.removals[impairment]++;
  }

  private advance(atMs: number): void {
    if (!this.measuring) return;
    this.goodTimeMs += this.trusted * (atMs - this.lastMs);
    this.mistakeTimeMs += this.mistaken * (atMs - this.lastMs);
    this.countedTimeMs += this.counted * (atMs - this.lastMs);
    this.lastMs = atMs;
  }
}
