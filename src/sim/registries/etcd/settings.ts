/** etcd, as services register in it: a key under a lease that the process keeps alive. Times in milliseconds. */
export interface EtcdSettings {
  readonly kind: 'etcd';
  /** Asked for, in whole seconds; at least `leastTtlMs` is granted. Default 60 s (concurrency.defaultSessionTTL). */
  readonly ttlMs: number;
  /** Of the cluster. A new leader extends every lease by it. Default 1 s (etcd --election-timeout). */
  readonly electionTimeoutMs: number;
  /** From a change until a watcher has it. Default 1 ms, the median measured on one machine (registries.md, section 3). */
  readonly watchLatencyMs: number;
}

export const ETCD: EtcdSettings = { kind: 'etcd', ttlMs: 60_000, electionTimeoutMs: 1000, watchLatencyMs: 1 };
