import type { CallerPlace, LocalityRouting } from '../../src/balancer/load_balancer.ts';

/** The hosts of one priority in one zone. */
export interface NaiveZone {
  readonly zone: string;
  readonly hosts: number;
  readonly excluded: number;
  /** Of the kind that is asked for. */
  readonly eligible: number;
  /** And of healthy ones, by which zones are routed whatever is asked for, with the sum of their weights. */
  readonly healthy: number;
  readonly weight: number;
  /** That of the zone itself, where zones have weights. */
  readonly zoneWeight: number;
}

interface Asked {
  readonly locality: LocalityRouting | null;
  readonly place: CallerPlace;
  readonly overprovisioningPercent: number;
  readonly priority: number;
}

/** The zones that picks are made from; null among them, or instead of them: from all at once. */
export function usedZones(zones: readonly NaiveZone[], asked: Asked): (string | null)[] | null {
  const { locality, priority, place } = asked;
  if (locality?.kind === 'weighted') {
    const used = zones.filter(
      ({ zoneWeight, hosts, excluded, eligible }) =>
        zoneWeight > 0 && hosts > excluded && asked.overprovisioningPercent > 0 && eligible > 0,
    );
    return used.length > 0 ? used.map(({ zone }) => zone) : null;
  }
  if (locality?.kind !== 'zone-aware' || priority !== 0 || place.zone === null) return null;
  const routed = routedZones(zones, place.zone, place.peersByZone, locality);
  if (routed === null || locality.routingEnabledPercent === 0) return null;
  return locality.routingEnabledPercent < 100 ? [null, ...routed] : routed;
}

/** Envoy's zone-aware routing: the documentation's percentages, in hundredths of one, rounded down. */
function routedZones(
  zones: readonly NaiveZone[],
  own: string,
  callers: ReadonlyMap<string, number>,
  locality: Extract<LocalityRouting, { kind: 'zone-aware' }>,
): string[] | null {
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const [all, peers] = [total(zones.map(({ healthy }) => healthy)), total([...callers.values()])];
  const sizeOf = ({ healthy, weight }: NaiveZone): number => (locality.basis === 'weight' ? weight : healthy);
  const { forceLocalZoneMinSize, minClusterSize } = locality;
  if (zones.length < 2 || !callers.has(own) || all < minClusterSize) return null;
  if (callers.size < 2 && forceLocalZoneMinSize === null) return null;
  const part = (count: number, of: number): number => (of === 0 ? 0 : Math.floor((10_000 * count) / of));
  const upstream = (zone: string): number =>
    part(total(zones.filter((each) => each.zone === zone).map(sizeOf)), total(zones.map(sizeOf)));
  const local = (zone: string): number => part(callers.get(zone) ?? 0, peers);

  const here = zones.find(({ zone }) => zone === own);
  if (here !== undefined) {
    if (upstream(own) > 0 && upstream(own) >= local(own)) return [own];
    if (forceLocalZoneMinSize !== null && here.healthy >= forceLocalZoneMinSize) return [own];
  }
  const kept = here !== undefined && local(own) > 0 ? Math.floor((upstream(own) * 10_000) / local(own)) : 0;
  const others = zones.map(({ zone }) => zone).filter((zone) => zone !== own);
  const roomy = others.filter((zone) => upstream(zone) > local(zone));
  // Without room anywhere any zone is drawn, the own one too.
  const elsewhere = roomy.length > 0 ? roomy : zones.map(({ zone }) => zone);
  return [...new Set([...(kept > 0 ? [own] : []), ...elsewhere])];
}
