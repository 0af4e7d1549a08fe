import type { CallerPlace, LoadBalancerSettings } from '../load_balancer.ts';
import type { Tier } from './tier.ts';
import { planZones, type ZonePlan } from './zone_aware.ts';

/** Which zones of the tier the caller sends to; null: zones are no matter, as where it is not known which is its own. */
export function zonesOf(
  tier: Tier,
  { locality }: LoadBalancerSettings,
  { zone, peersByZone }: CallerPlace,
): ZonePlan | null {
  if (locality?.kind !== 'zone-aware' || zone === null) return null;
  const callers = [...peersByZone].map(([name, healthy]) => ({ zone: name, healthy }));
  const upstream = tier.groups.map(({ zone, tally, weights }) => ({
    zone,
    healthy: tally.healthy,
    weight: (locality.basis === 'weight' ? weights : tally).healthy,
  }));
  return planZones(zone, callers, upstream, locality);
}
