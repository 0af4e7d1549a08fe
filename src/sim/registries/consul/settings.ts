/**
 * Consul, as services are registered with the agent at their node and found by blocking queries. Times in milliseconds.
 * Defaults are Consul's own; what is measured is from version 1.8.7 (registries.md, section 1).
 */
export interface ConsulSettings {
  readonly kind: 'consul';
  /** A TTL check beside whatever the node checks: the process says every `renewIntervalMs` that it is well. null: none. */
  readonly ttlCheck: { readonly ttlMs: number; readonly renewIntervalMs: number } | null;
  /** From a change at an agent until the catalog has it. Default 3 ms, measured; add Raft's round trips for a cluster. */
  readonly syncLatencyMs: number;
  /** Full anti-entropy runs after this long and as much again at random. Default 1 min (agent/config/runtime.go, SyncInterval). */
  readonly syncIntervalMs: number;
  /** null: never. No less than a minute (structs/check_type.go: deregister_critical_service_after). */
  readonly deregisterCriticalServiceAfterMs: number | null;
  /** How long a blocking query waits. Default 5 min, at most 10 (agent/consul/rpc.go, defaultQueryTime and maxQueryTime). */
  readonly waitMs: number;
  /** Queries a second that a caller makes at most, two at once aside. null: no limit (agent/cache, DefaultEntryFetchRate). */
  readonly queryRatePerMs: number | null;
  /** Agents that gossip with each other. null: one for each instance, and three servers. */
  readonly nodes: number | null;
  /** From one gossip probe of a node to the next. Default 1 s (memberlist DefaultLANConfig, ProbeInterval). */
  readonly probeIntervalMs: number;
  /** Default 4 (memberlist DefaultLANConfig, SuspicionMult). */
  readonly suspicionMult: number;
}

export const CONSUL: ConsulSettings = {
  kind: 'consul',
  ttlCheck: null,
  syncLatencyMs: 3,
  syncIntervalMs: 60_000,
  deregisterCriticalServiceAfterMs: null,
  waitMs: 300_000,
  queryRatePerMs: null,
  nodes: null,
  probeIntervalMs: 1000,
  suspicionMult: 4,
};
