export type RetryCondition = 'connect-failure' | 'reset' | 'timeout' | '5xx';

/** How one caller sends a request. Infinity: no such timeout. */
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
