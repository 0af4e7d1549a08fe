import { invariant } from '../core/assert.ts';
import { Outcome } from '../core/outcome.ts';
import type { CellMeasures } from './measures.ts';

/**
 * Counts of measured requests, those arriving in [warmup, duration), and of their attempts, whenever sent. Measured
 * requests are one range of indexes, since requests are numbered in order of arrival: that tells an attempt's kind
 * without remembering anything about it.
 */
export class RequestTally {
  /** Measured requests are [from, to). */
  private from = Number.MAX_SAFE_INTEGER;
  private to = 0;
  private arrivals = 0;
  /** Requests without a final answer. */
  private open = 0;
  private attempts = 0;
  private retries = 0;
  /** Attempts of measured requests that have their answer, as the caller counted them. */
  private attemptsDone = 0;
  private readonly byOutcome = new Float64Array(Object.keys(Outcome).length);
  /** Attempts in flight, by instance. */
  private readonly inFlight: Int32Array;

  constructor(instances: number) {
    this.inFlight = new Int32Array(instances);
  }

  arrive(request: number, measured: boolean): void {
    if (request !== this.arrivals)
      broken(`requests count from 0 in order of arrival: expected ${this.arrivals}`, request);
    this.arrivals++;
    this.open++;
    if (!measured) return;
    if (this.to === 0) this.from = request;
    else if (this.to !== request) broken(`measured requests are one range: expected ${this.to}`, request);
    this.to = request + 1;
  }

  send(request: number, attempt: number, instance: number): void {
    this.inFlight[instance]++;
    if (request < this.from || request >= this.to) return;
    this.attempts++;
    if (attempt > 0) this.retries++;
  }

  attemptEnd(request: number, instance: number): void {
    if (--this.inFlight[instance] < 0) broken('an attempt ended that was not in flight, of request', request);
  }

  done(request: number, outcome: Outcome, attempts: number): void {
    if (--this.open < 0) broken('more answers than arrivals, at request', request);
    if (request < this.from || request >= this.to) return;
    this.byOutcome[outcome]++;
    this.attemptsDone += attempts;
  }

  report(unfinished: number): CellMeasures['requests'] {
    const offered = Math.max(0, this.to - this.from);
    const succeeded = this.byOutcome[Outcome.ok];
    const failed = this.byOutcome.reduce((sum, count) => sum + count, 0) - succeeded;
    invariant(
      offered === succeeded + failed + unfinished,
      `offered must equal succeeded + failed + in flight at the end, found ${offered} and ${succeeded} + ${failed} + ${unfinished}`,
    );
    const { attempts, attemptsDone } = this;
    invariant(
      unfinished === 0 ? attempts === attemptsDone : attempts >= attemptsDone,
      `every attempt must have been sent once: ${attempts} were sent, ${attemptsDone} are claimed by answered requests, ${unfinished} requests are open`,
    );
    return {
      offered,
      succeeded,
      failed,
      inFlightAtEnd: unfinished,
      timedOut: this.byOutcome[Outcome.timedOut],
      reset: this.byOutcome[Outcome.reset],
      refused: this.byOutcome[Outcome.refused],
      error: this.byOutcome[Outcome.error],
      rejected: this.byOutcome[Outcome.rejected],
      noHost: this.byOutcome[Outcome.noHost],
      attempts,
      retries: this.retries,
    };
  }
}

/** Out of line, so that the hot path carries no message. */
function broken(expectation: string, found: number): never {
  invariant(false, `${expectation}, found ${found}`);
}
