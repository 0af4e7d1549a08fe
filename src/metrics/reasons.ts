import type { BeliefCause } from '../core/belief_cause.ts';

/** From `atMs` on the pair is out because of `cause`; or (`holds` false) no longer because of it, and of nothing else that was said. */
type Tell = (atMs: number, pair: number, cause: BeliefCause, holds: boolean) => void;

interface PairReasons {
  /** Sources that speak against the instance, the last to do so last. */
  readonly against: BeliefCause[];
  /** Whether it was believed in, and no longer is. */
  isOut: boolean;
  /** What it is out for, as told; null where nothing stands. */
  told: BeliefCause | null;
  /** What has yet to be told, unless something else happens at the same moment. */
  pending: { readonly atMs: number; readonly cause: BeliefCause | null } | null;
}

/**
 * Why a caller goes on not believing in an instance: of the sources that speak against it, the one that began last. What
 * turned the belief is told by whoever hears of it; here, what follows while it stays bad: a failed check, then ejected, then
 * gone from the view.
 */
export class Reasons {
  private readonly tell: Tell;
  private readonly pairs = new Map<number, PairReasons>();

  constructor(tell: Tell) {
    this.tell = tell;
  }

  /** Comes before the `belief` that it causes. Whoever leaves the view has the word of the registry against it, and of nobody else. */
  verdict(atMs: number, pair: number, source: BeliefCause, good: boolean): void {
    const reasons = this.of(pair);
    const { against } = reasons;
    if (!good && source === 'registry') against.length = 0;

    const place = against.indexOf(source);
    if (place >= 0) against.splice(place, 1);
    if (!good) against.push(source);
    if (!reasons.isOut) return;
    if (reasons.pending !== null && reasons.pending.atMs < atMs) this.flush(pair, reasons);
    reasons.pending = { atMs, cause: against[against.length - 1] ?? null };
  }

  belief(atMs: number, pair: number, good: boolean, cause: BeliefCause): void {
    const reasons = this.of(pair);
    // Of one moment, that it is believed in again is all there is to say.
    if (reasons.pending !== null && reasons.pending.atMs < atMs) this.flush(pair, reasons);
    reasons.pending = null;
    reasons.isOut = !good;
    reasons.told = cause;
  }

  /** Tells what is still to be told. */
  finish(): void {
    for (const [pair, reasons] of this.pairs) this.flush(pair, reasons);
  }

  private flush(pair: number, reasons: PairReasons): void {
    const { pending, told } = reasons;
    reasons.pending = null;
    if (pending === null || pending.cause === told) return;
    if (pending.cause !== null) this.tell(pending.atMs, pair, pending.cause, true);
    else if (told !== null) this.tell(pending.atMs, pair, told, false);
    reasons.told = pending.cause;
  }

  private of(pair: number): PairReasons {
    let reasons = this.pairs.get(pair);
    if (reasons === undefined) {
      reasons = { against: [], isOut: false, told: null, pending: null };
      this.pairs.set(pair, reasons);
    }
    return reasons;
  }
}
