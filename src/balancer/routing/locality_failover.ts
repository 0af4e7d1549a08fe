/** Callers in region `from` go to region `to` before they go to any other region but their own. */
export interface RegionFailover {
  readonly from: string;
  readonly to: string;
}

/** How near two places are (Istio's util.LbPriority), nearest first. */
const SAME_PLACE = 0;
const SAME_ZONE = 1;
const SAME_REGION = 2;
/** The region that the caller's fails over to. */
const FAILOVER_REGION = 3;
const ELSEWHERE = 4;
const DISTANCES = 5;

/**
 * Istio's locality failover (pilot's applyLocalityFailover): the priority of each zone's hosts for a caller in `ownZone`,
 * from 0 without gaps: same sub-zone, same zone, same region, the region this one fails over to, anywhere else. Zones are
 * written `region/zone/subzone`; missing parts are empty, so `a` is region a, and null the place without a name. `assigned`:
 * priorities the hosts have already, which come first (Istio's failoverPriority); absent: all equal.
 */
export function localityPriorities(
  ownZone: string | null,
  zones: readonly (string | null)[],
  failover: readonly RegionFailover[] = [],
  assigned: readonly number[] | null = null,
): number[] {
  const own = placeOf(ownZone);
  // The first setting for the region counts, as in Istio.
  const to = failover.find(({ from }) => from === own.region)?.to;
  const ranks = zones.map((zone, i) => DISTANCES * (assigned?.[i] ?? 0) + distance(own, placeOf(zone), to));
  const present = [...new Set(ranks)].sort((a, b) => a - b);
  return ranks.map((rank) => present.indexOf(rank));
}

interface Place {
  readonly region: string;
  readonly zone: string;
  readonly subzone: string;
}

/** As Istio splits a locality label (util.ConvertLocality): whatever follows the second slash is the sub-zone. */
function placeOf(written: string | null): Place {
  const [region = '', zone = '', ...subzone] = (written ?? '').split('/');
  return { region, zone, subzone: subzone.join('/') };
}

function distance(own: Place, other: Place, failoverTo: string | undefined): number {
  if (own.region !== other.region) return failoverTo === other.region ? FAILOVER_REGION : ELSEWHERE;
  if (own.zone !== other.zone) return SAME_REGION;
  return own.subzone === other.subzone ? SAME_PLACE : SAME_ZONE;
}
