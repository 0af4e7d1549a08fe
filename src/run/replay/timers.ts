import { Outcome } from '../../core/outcome.ts';
import type { RequestPolicy } from '../../mesh/request_policy.ts';
import type { NoRetry, Timer } from './events.ts';

/** A timer is late by rounding only. */
const ROUNDING_MS = 1e-6;

/** Which timer ended an attempt, or null. Where several were due at once the shortest is named. */
export function timerOf(policy: RequestPolicy, outcome: Outcome, afterMs: number): Timer | null {
  if (outcome !== Outcome.timedOut) return null;
  const { connectTimeoutMs, perTryTimeoutMs } = policy;
  if (connectTimeoutMs < perTryTimeoutMs && isEqual(afterMs, connectTimeoutMs)) return 'connect';
  if (!isEqual(afterMs, perTryTimeoutMs)) return 'request';
  return connectTimeoutMs < perTryTimeoutMs ? 'try' : 'tryOrConnect';
}

/**
 * Why a request that failed after so many attempts, in so much time, was given up. null where it did not fail.
 * `strict`: whether sessions are.
 */
export function noRetryOf(
  policy: RequestPolicy,
  strict: boolean,
  outcome: Outcome,
  attempts: number,
  tookMs: number,
): NoRetry | null {
  if (outcome === Outcome.ok) return null;
  if (outcome === Outcome.noHost) return strict ? 'noHostOrStrict' : 'noHost';
  if (tookMs > policy.timeoutMs - ROUNDING_MS) return 'outOfTime';
  if (policy.retries === 0) return 'noRetries';
  return attempts > policy.retries ? 'retriesUsed' : 'notRetried';
}

function isEqual(a: number, b: number): boolean {
  return Math.abs(a - b) <= ROUNDING_MS;
}
