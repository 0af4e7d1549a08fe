/**
 * How an attempt, or a whole request, ended. Numbers, not strings, since they live in typed arrays on the hot path;
 * `outcomeNames[outcome]` is the name used in every output.
 */
export const Outcome = {
  ok: 0,
  /** No answer within the connect, per-try or overall timeout. */
  timedOut: 1,
  /** The connection was lost while the attempt was in flight. */
  reset: 2,
  /** Nobody listened at the address. */
  refused: 3,
  /** The instance answered with an error (a 5xx). */
  error: 4,
  /** The instance answered that its queue is full. */
  rejected: 5,
  /** The caller had no host to send to. */
  noHost: 6,
} as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const outcomeNames = ['ok', 'timedOut', 'reset', 'refused', 'error', 'rejected', 'noHost'] as const;

/** Whether the instance did not answer at all: what nginx tries the next server for, and counts as a failure, by default. */
export function isUnanswered(outcome: Outcome): boolean {
  return outcome === Outcome.timedOut || outcome === Outcome.reset || outcome === Outcome.refused;
}
