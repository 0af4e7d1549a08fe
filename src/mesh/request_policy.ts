/**
 * What may be tried again on another host:
 * connect-failure: refused, or not accepted in time; reset: the connection was lost; timeout: the per-try timeout ran
 * out; 5xx: the host answered error or rejected. Names are Envoy's `retry_on`.
 */
export type RetryCondition = 'connect-failure' | 'reset' | 'timeout' | '5xx';

/** How one caller sends a request. Milliseconds; Infinity: no such timeout. connect <= per try <= overall. */
export interface RequestPolicy {
  /** From arrival to final answer. */
  readonly timeoutMs: number;
  /** For one attempt, from its send. */
  readonly perTryTimeoutMs: number;
  /** For one attempt to be accepted, from its send. */
  readonly connectTimeoutMs: number;
  /** Retries beyond the first attempt. */
  readonly retries: number;
  readonly retryOn: readonly RetryCondition[];
}

/** One attempt, no timeout: what a request gets where nothing is written. */
export const PLAIN_REQUEST: RequestPolicy = {
  timeoutMs: Infinity,
  perTryTimeoutMs: Infinity,
  connectTimeoutMs: Infinity,
  retries: 0,
  retryOn: [],
};

/** Envoy re-picks a host that was already tried at most this often (`host_selection_retry_max_attempts` in Istio's default policy: 5). */
export const HOST_SELECTION_RETRIES = 5;
