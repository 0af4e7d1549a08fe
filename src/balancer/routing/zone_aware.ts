import { byBytes } from '../../core/byte_order.ts';
import type { Random } from '../../core/random.ts';
import { wholePercents } from './whole_percents.ts';

/** The hosts of one zone. Zones are told apart by name; '' is the place without a name. */
export interface ZoneHosts {
  readonly zone: string;
  /** How many are healthy; 0 is a zone that has hosts, none of them healthy. */
  readonly healthy: number;
  /** What its share is in proportion to; Envoy's HEALTHY_HOSTS_WEIGHT: the sum of their weights. Absent: `healthy`. */
  readonly weight?: number;
}

export interface ZoneAwareSettings {
  /** With fewer healthy hosts there is no zone routing. Default 6. */
  readonly minClusterSize?: number;
  /** Percentage of requests that are routed by zone, a whole number. Default 100. */
  readonly routingEnabledPercent?: number;
  /** All traffic stays while the own zone has this many healthy hosts; null: that is not forced. Default null. */
  readonly forceLocalZoneMinSize?: number | null;
}

/** How one caller spreads the requests of priority 0 over zones. */
export interface ZonePlan {
  /** all: zones are disregarded; direct: everything stays in the own zone; residual: some stays, the rest goes where there is room. */
  readonly mode: 'all' | 'direct' | 'residual';
  /** The hosts' zones, the own one first, then by name. `chooseZone` answers with an index into this. */
  readonly zones: readonly string[];
  readonly routingEnabledPercent: number;
  /** What stays in the own zone, in 1/10000. */
  readonly localPer10000: number;
  /** For each zone, the room of its hosts and of those of all zones before it. */
  readonly residual: Float64Array;
}

/** Shares are whole numbers of this many. */
const WHOLE = 10_000;

/**
 * Envoy's zone-aware routing (ZoneAwareLoadBalancerBase::regenerateLocalityRoutingStructures): keep as much traffic in the
 * own zone as leaves all hosts equally loaded, were all callers to do the same. `callers`: all callers of the service
 * (Envoy's local cluster) by zone; `upstream`: the service's hosts by zone. While the callers themselves are in panic
 * there is no zone routing: do not ask then.
 */
export function planZones(
  ownZone: string,
  callers: readonly ZoneHosts[],
  upstream: readonly ZoneHosts[],
  settings: ZoneAwareSettings = {},
): ZonePlan {
  const { minClusterSize = 6, routingEnabledPercent = 100, forceLocalZoneMinSize = null } = settings;
  const ordered = [...upstream].sort((a, b) => compareZones(ownZone, a.zone, b.zone));
  const plan = (
    mode: ZonePlan['mode'],
    localPer10000 = 0,
    residual: Float64Array = new Float64Array(ordered.length),
  ): ZonePlan => ({
    mode,
    zones: ordered.map(({ zone }) => zone),
    routingEnabledPercent: wholePercents(routingEnabledPercent / 100),
    localPer10000,
    residual,
  });

  const forced = forceLocalZoneMinSize !== null;
  // Envoy's earlyExitNonLocalityRouting.
  if (ordered.length < 2 || (callers.length < 2 && !forced)) return plan('all');
  if (!callers.some(({ zone }) => zone === ownZone)) return plan('all');
  if (sum(ordered, ({ healthy }) => healthy) < minClusterSize) return plan('all');

  const demand = sharesOf(callers);
  const supply = sharesOf(ordered);
  const own = ordered[0]?.zone === ownZone ? ordered[0] : null;
  const room = supply.get(ownZone) ?? 0;
  const need = demand.get(ownZone) ?? 0;
  if (own !== null) {
    if (room > 0 && room >= need) return plan('direct');
    if (forced && own.healthy >= forceLocalZoneMinSize) return plan('direct');
  }
  const localPer10000 = own !== null && need > 0 ? Math.trunc((room * WHOLE) / need) : 0;
  return plan('residual', localPer10000, residuals(ordered, demand, supply));
}

/**
 * The zone of a request, an index into `plan.zones`, or -1: zones are disregarded. Draws as Envoy does
 * (hostSourceToUse, tryChooseLocalLocalityHosts), three raw draws at most.
 */
export function chooseZone(plan: ZonePlan, random: Random): number {
  const { mode, zones, routingEnabledPercent, localPer10000, residual } = plan;
  if (mode === 'all' || routingEnabledPercent <= 0) return -1;
  if (routingEnabledPercent < 100 && random.int(100) >= routingEnabledPercent) return -1;
  if (mode === 'direct' || random.int(WHOLE) < localPer10000) return 0;
  const room = residual[zones.length - 1] as number;
  // Rounding can leave no room anywhere.
  if (room === 0) return random.int(zones.length);
  const threshold = random.int(room);
  let zone = 0;
  while (threshold >= (residual[zone] as number)) zone++;
  return zone;
}

/**
 * How Envoy lists the zones of a service (PriorityStateManager::updateClusterPrioritySet): the own one first, the others by
 * region, zone and sub-zone, which a name has separated by slashes. Its schedule of localities has this order too.
 */
export function compareZones(ownZone: string, a: string, b: string): number {
  if (a === b) return 0;
  if (a === ownZone) return -1;
  if (b === ownZone) return 1;
  const parts = b.split('/');
  for (const [i, part] of a.split('/').entries()) {
    const other = parts[i] ?? '';
    if (part !== other) return byBytes(part, other);
  }
  return a.length - b.length;
}

/** Each zone's share of the whole, in 1/10000, rounded down. */
function sharesOf(zones: readonly ZoneHosts[]): Map<string, number> {
  const weightOf = ({ healthy, weight }: ZoneHosts) => weight ?? healthy;
  const total = sum(zones, weightOf);
  return new Map(zones.map((hosts) => [hosts.zone, total > 0 ? Math.trunc((WHOLE * weightOf(hosts)) / total) : 0]));
}

/** Running sums of how much more each zone's hosts can take than its callers send: nothing for the own one, or all would stay. */
function residuals(
  ordered: readonly ZoneHosts[],
  demand: ReadonlyMap<string, number>,
  supply: ReadonlyMap<string, number>,
): Float64Array {
  const sums = new Float64Array(ordered.length);
  let reached = 0;
  for (const [i, { zone }] of ordered.entries()) {
    reached += Math.max(0, (supply.get(zone) ?? 0) - (demand.get(zone) ?? 0));
    sums[i] = reached;
  }
  return sums;
}

function sum(zones: readonly ZoneHosts[], of: (hosts: ZoneHosts) => number): number {
  return zones.reduce((total, hosts) => total + of(hosts), 0);
}
