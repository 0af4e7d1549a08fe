import type { RetryLimit } from './retry_limit.ts';

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
  /** For a request to wait for a host, where it may. Absent: as long as it takes. */
  readonly queueTimeoutMs?: number;
  /** Retries beyond the first attempt. */
  readonly retries: number;
  readonly retryOn: readonly RetryCondition[];
  /** Absent: none. */
  readonly retryLimit?: RetryLimit;
  /** Absent: `UNTRIED_HOSTS`. */
  readonly hostSelection?: HostSelection;
  /** Retries by HAProxy's rules instead, and this interval: see `redispatches`. Absent: by `hostSelection`. */
  readonly redispatch?: number;
}

/** How a retry finds another host than those tried. */
export interface HostSelection {
  /** How often a host that was already tried is picked again at most (Envoy's host_selection_retry_max_attempts). */
  readonly retries: number;
  /** What then: the first host in the registry's order that was not tried, or the last pick, as in Envoy. */
  readonly exhausted: 'untried' | 'last';
  /** Envoy's previous_priorities: after so many attempts each, their priorities are avoided; null: never. */
  readonly updateFrequency: number | null;
}

/** One attempt, no timeout: what a request gets where nothing is written. */
export const PLAIN_REQUEST: RequestPolicy = {
  timeoutMs: Infinity,
  perTryTimeoutMs: Infinity,
  connectTimeoutMs: Infinity,
  retries: 0,
  retryOn: [],
};

/** HAProxy's `timeout queue`: where none is written, its `timeout connect` (src/proxy.c, proxy_finalize). */
export function queueTimeoutOf({ connectTimeoutMs, perTryTimeoutMs }: RequestPolicy, writtenMs: number | null): number {
  return writtenMs ?? (connectTimeoutMs < perTryTimeoutMs ? connectTimeoutMs : Infinity);
}

/** Istio's default policy has host_selection_retry_max_attempts 5 (Envoy's own is 1). */
export const UNTRIED_HOSTS: HostSelection = { retries: 5, exhausted: 'untried', updateFrequency: null };
