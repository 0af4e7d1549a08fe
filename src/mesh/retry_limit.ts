import { Outcome } from '../core/outcome.ts';

/**
 * How many retries of one caller may be under way at once; a request whose retry would be one too many ends with the
 * failure it has. A request retries from the decision to retry until its next failure or its end.
 *
 * Source: envoy, resource_manager_impl.h (ManagedResourceImpl, RetryBudgetImpl), retry_state_impl.cc (shouldRetry).
 */
export type RetryLimit =
  /** Envoy's circuit breaker max_retries, 3 there unless written. */
  | { readonly kind: 'count'; readonly max: number }
  /**
   * Envoy's retry_budget, which takes the place of max_retries: this share of the attempts under way, cut off to a whole
   * number, and never fewer than `min`. 20% and 3 there. Requests that are being retried are attempts as well.
   */
  | { readonly kind: 'budget'; readonly share: number; readonly min: number };

/** Whether one more may be retried beside `retrying` others while that many attempts are under way. */
export function admitsRetry(limit: RetryLimit, retrying: number, attempts: number): boolean {
  return retrying < (limit.kind === 'count' ? limit.max : Math.max(Math.floor(limit.share * attempts), limit.min));
}

/**
 * Whether an attempt that has just ended so is still under way when its retry is decided on. An answer or a broken connection
 * is told to the router before the stream is gone (http1/conn_pool.cc, StreamWrapper; codec_client.cc, onEvent); one that found
 * no connection, or was given up, is gone by then (conn_pool_base.cc, purgePendingStreams; router.cc, onPerTryTimeout).
 */
export function countsAtItsEnd(outcome: Outcome): boolean {
  return outcome !== Outcome.refused && outcome !== Outcome.timedOut;
}
