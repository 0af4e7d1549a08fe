import { type ResponseSample, ResponseWindows } from './response_windows.ts';

/** Under which conditions a run went: what warnings look at. */
export interface ConditionsSample {
  readonly responses: ResponseSample;
  /** When the first fault began to act; Infinity where none did before the end. */
  readonly firstFaultMs: number;
  /** How often a caller went into panic while it was measured, or was in it as that began. */
  readonly panics: number;
  /** Responses of the same run without its faults; null where none went beside it. */
  readonly twinResponses: ResponseSample | null;
}

export class Conditions {
  private readonly responses: ResponseWindows;
  private firstFaultMs = Number.POSITIVE_INFINITY;
  private panics = 0;

  constructor(durationMs: number, ratePerMs: number) {
    this.responses = new ResponseWindows(durationMs, ratePerMs);
  }

  /** Measuring starts; which callers are in panic is told by 1. */
  start(inPanic: Uint8Array): void {
    this.panics = inPanic.reduce((total, one) => total + one, 0);
  }

  panic(measured: boolean): void {
    if (measured) this.panics++;
  }

  fault(atMs: number): void {
    this.firstFaultMs = Math.min(this.firstFaultMs, atMs);
  }

  /** A request that arrived before the end of the run has succeeded. */
  succeeded(arrivedAtMs: number, latencyMs: number): void {
    this.responses.done(arrivedAtMs, latencyMs);
  }

  sample(): ConditionsSample {
    const { firstFaultMs, panics } = this;
    return { responses: this.responses.sample(), firstFaultMs, panics, twinResponses: null };
  }
}
