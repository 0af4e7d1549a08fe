/** DNS: a zone with a record for each instance, and a caching resolver in front of each caller. No push, and no health unless the zone's server checks. */
export interface DnsSettings {
  readonly kind: 'dns';
  /** Of every record. */
  readonly ttlMs: number;
  /** How long an answer without records is kept. null: as long as any. */
  readonly negativeTtlMs: number | null;
  /** How often a caller asks its resolver. null: whenever the answer it has runs out. */
  readonly refreshMs: number | null;
  /** How long after no answer a caller asks again, where it asks by TTL. */
  readonly retryMs: number;
  /** The share of callers that never resolve again: connections that live for ever, or a cache without end. */
  readonly neverShare: number;
  /** What callers do with an answer without records: believe it, or keep the one before. */
  readonly empty: 'apply' | 'keep';
}

/**
 * Defaults: ttl 60 s, as Route 53's documentation advises for records with health checks; negative answers as RFC 2308
 * has them, from a zone whose SOA minimum is that TTL; no refresh, since resolvers go by TTL (Envoy's strict DNS: refresh
 * 5 s, dns_refresh_rate); retry 5 s (Envoy's dns_failure_refresh_rate, and resolv.conf's timeout); an empty answer is
 * believed, as Envoy's strict DNS does.
 */
export const DNS: DnsSettings = {
  kind: 'dns',
  ttlMs: 60_000,
  negativeTtlMs: null,
  refreshMs: null,
  retryMs: 5_000,
  neverShare: 0,
  empty: 'apply',
};
