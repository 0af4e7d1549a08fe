/**
 * What an instance says of its own load, with an answer or when asked: the figures of an ORCA report that balancing
 * uses, and those of C3 and join-idle-queue. A reporter may reuse one object: read it within the call that hands it over.
 */
export interface LoadReport {
  /** Requests it answers a second, over its reporting window; 0 where it does not know. */
  readonly qps: number;
  /** Of those, answered with an error. */
  readonly errorsPerSecond: number;
  /** Share of its capacity in use, 0 to 1 or above when overloaded; 0 where it does not know. */
  readonly utilization: number;
  /** Requests from all callers it serves or keeps waiting, the one just answered left out. */
  readonly requestsInFlight: number;
  /** Of those, the waiting ones. */
  readonly queued: number;
  /** How long the service of the request just answered took, waiting left out. */
  readonly serviceTimeMs: number;
  /** For how long it asks to be spared, where it turns requests away (Retry-After); 0: it does not ask. */
  readonly retryAfterMs: number;
}
