import type { ConnectionSettings } from '../core/connectivity.ts';
import type { WrittenOptions } from '../core/options.ts';
import type { QueueSettings } from './room.ts';
import type { RegionFailover } from './routing/locality_failover.ts';
import type { SubsetSettings } from './subset.ts';

/** How hosts that are new or back are eased in. Only strategies that look at weights can. */
export type SlowStart =
  | {
      readonly kind: 'envoy';
      readonly windowMs: number;
      /** 1: in proportion to time; above: faster at first. */
      readonly aggression: number;
      /** Share of its weight a host starts with. */
      readonly minWeightShare: number;
    }
  | { readonly kind: 'haproxy'; readonly windowMs: number };

/** How the zones of callers and instances count. */
export type LocalityRouting =
  /** Envoy's locality-weighted balancing: zones by weight and by how much of them is healthy. A zone that is not named weighs 1. */
  | { readonly kind: 'weighted'; readonly weights: Readonly<Record<string, number>> }
  /** Envoy's zone-aware routing, in the first priority. */
  | {
      readonly kind: 'zone-aware';
      readonly minClusterSize: number;
      /** What a zone's share of the service is taken by: its healthy hosts, or their weights. Envoy's locality_basis. */
      readonly basis: 'hosts' | 'weight';
      /** Percentage of picks it acts on, a whole number. */
      readonly routingEnabledPercent: number;
      /** Keeps everything local while the own zone has that many healthy hosts; null: never. */
      readonly forceLocalZoneMinSize: number | null;
    }
  /** Istio's locality failover: the farther away, the lower the priority. Priorities of instances are disregarded. */
  | { readonly kind: 'failover'; readonly failover: readonly RegionFailover[] };

export interface SessionAffinity {
  /** A session is forgotten that long after its last request; Infinity: never. */
  readonly ttlMs: number;
  /** Whether each request starts the time anew (HAProxy, nginx), or only the first to a host does (cookies of Envoy and gRPC). */
  readonly renew: boolean;
  /** The session used longest ago is forgotten beyond so many. */
  readonly maxSessions: number;
  /**
   * What a session does whose host is healthy but gets nothing otherwise. false: it stays, at any priority, with a backup or
   * while the host drains with weight 0 (HAProxy's stream.c, sticking_rule_find_target: whatever is not stopped; Envoy's
   * host_utility.cc, selectOverrideHost: all priorities). true: it leaves, as in gRPC once a higher priority is back
   * (A55), and in nginx once a server that is no backup is; but there, too, draining ones keep theirs.
   */
  readonly failback: boolean;
  /** Whether a request fails (noHost) rather than go elsewhere while its host may not be picked, or is gone. Envoy's strict mode. */
  readonly strict: boolean;
  /**
   * Where a retry goes. policy: wherever the policy picks, as if there were no session, strict or not, and the session with it:
   * Envoy's retries know of none (router.h, overrideHostToSelect), and the answer sets another cookie (cookie.cc, onUpdate).
   * session: to the session's host again as long as it is not turned down, then elsewhere: as in gRPC, each of whose attempts
   * is picked for by the same cookie (A55), and in nginx, which turns down whoever was tried (get_rr_peer_by_sid). HAProxy
   * retries at the server it was at, session or not, until `option redispatch` has its policy choose another, by default for the
   * last retry (stream.h, stream_choose_redispatch): with `RequestPolicy.redispatch` so does this, and disregards `retries`.
   */
  readonly retries: 'session' | 'policy';
}

/** Which of the hosts a caller uses at all: one of `subsettings`, with its options. */
export interface SubsettingChoice {
  readonly name: string;
  readonly options: WrittenOptions;
}

/** Everything about a load balancer but its strategy. Defaults are Envoy's. */
export interface LoadBalancerSettings {
  /** Share of healthy hosts, 0 to 1, in whole percents (`wholePercents`), below which all hosts of a priority are used; 0: never. */
  readonly panicThreshold: number;
  /** In panic, no host at all instead of all of them. Policies that hash know nothing of it, as in Envoy. */
  readonly failTrafficOnPanic: boolean;
  /** A priority counts as whole while this percentage of its healthy hosts covers all of them. */
  readonly overprovisioningPercent: number;
  /** Whether weights instead of hosts are counted when priorities share the load. */
  readonly weightedPriorityHealth: boolean;
  /** spill: what a priority's healthy hosts cannot take goes to the next (Envoy); all-or-nothing: the first that has any takes all (gRPC). */
  readonly failover: 'spill' | 'all-or-nothing';
  /**
   * Whether all backups serve when no other host can (nginx, and HAProxy's `option allbackups`), or the first usable one only
   * (HAProxy). In HAProxy's static-rr the others have slots of the first one's as well, where it weighs more than 1, once divided
   * (recalc_server_map); and where others are back, its points in turn go on among the backups to the end of their tree
   * (chash_get_next_server).
   */
  readonly backups: 'all' | 'first';
  readonly locality: LocalityRouting | null;
  readonly subset: SubsetSettings | null;
  readonly subsetting: SubsettingChoice | null;
  readonly slowStart: SlowStart | null;
  readonly sessionAffinity: SessionAffinity | null;
  /** How long changes of health, weight and metadata are merged before they are picked by; 0: not at all. See `MergeWindow`. */
  readonly updateMergeWindowMs: number;
  /**
   * Requests wait while nobody can be picked, as in Linkerd, so many and until all fail after so long: see `FailFast`.
   * Absent or null: they fail at once.
   */
  readonly whenNobodyReady?: { readonly afterMs: number; readonly capacity: number } | null;
  /** How requests wait where hosts are full; null: as in HAProxy, where nothing is written of it. */
  readonly queue: QueueSettings | null;
  /** How connections are kept; null: nobody needs one, as if each request had its own. */
  readonly connections: ConnectionSettings | null;
}

/** One priority, no zones, Envoy's panic: what a balancer does where nothing else is written. */
export const PLAIN_LOAD_BALANCER: LoadBalancerSettings = {
  panicThreshold: 0.5,
  failTrafficOnPanic: false,
  overprovisioningPercent: 140,
  weightedPriorityHealth: false,
  failover: 'spill',
  backups: 'all',
  locality: null,
  subset: null,
  subsetting: null,
  slowStart: null,
  sessionAffinity: null,
  updateMergeWindowMs: 0,
  whenNobodyReady: null,
  queue: null,
  connections: null,
};

/** Who the caller is among those that call the same service: for zones and for subsetting. */
export interface CallerPlace {
  readonly zone: string | null;
  /** Its place among its peers, from 0. */
  readonly index: number;
  /** How many peers there are, itself included. */
  readonly count: number;
  /** Peers by zone, itself included. */
  readonly peersByZone: ReadonlyMap<string, number>;
}

/** Weights of zones, by name; null: zones have none. Envoy's subsets know them only where they are told to (SubsetLoadBalancer, determineLocalityWeights). */
export function zoneWeightsOf({
  locality,
  subset,
}: Pick<LoadBalancerSettings, 'locality' | 'subset'>): Readonly<Record<string, number>> | null {
  const known = subset === null || subset.localityWeightAware === true;
  return locality?.kind === 'weighted' && known ? locality.weights : null;
}

/** What a zone weighs: 1 where nothing is said of it. */
export function zoneWeightOf(weights: Readonly<Record<string, number>>, zone: string): number {
  return Object.hasOwn(weights, zone) ? weights[zone] : 1;
}

/** A caller that knows nothing of peers. */
export const SOLE_CALLER: CallerPlace = { zone: null, index: 0, count: 1, peersByZone: new Map() };
