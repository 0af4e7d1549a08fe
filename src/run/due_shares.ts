import type { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';
import { zoneWeightOf, zoneWeightsOf } from '../balancer/load_balancer.ts';
import type { StrategyTraits } from '../balancer/strategy.ts';
import type { TrialConfig } from '../sim/config.ts';

/**
 * Each instance's share of picks in the long run, by id, while all are healthy: that of its weight among those that may
 * be picked, or an equal one where the strategy does not look at weights; within its zone where zones have weights. null
 * where more than that decides: zone-aware routing, zones scaled by a subset, subsetting, several priorities at once, or a strategy that promises
 * no shares, since it goes by what it learns, or makes of unequal weights what is no plain share.
 */
export function dueShares(
  balancer: Balancer,
  { loadBalancer }: TrialConfig,
  { evenness, weighted, weighsSomehow = false, affinity }: StrategyTraits,
): ReadonlyMap<string, number> | null {
  const { locality, subset, subsetting } = loadBalancer;
  const hosts = balancer.eligible;
  if (subsetting !== null || locality?.kind === 'zone-aware') return null;
  if (evenness === 'none' && weighted === 'none' && affinity === 'none') return null;
  if (new Set(hosts.map((host) => host.priority)).size > 1) return null;
  if (weighsSomehow && new Set(hosts.map((host) => host.weight)).size > 1) return null;
  const weightOf = (host: Host): number => (weighted === 'none' ? 1 : host.weight);
  // A policy that hashes looks at zones through the weights of hosts only.
  const weights = affinity !== 'none' && weighted === 'none' ? null : zoneWeightsOf(loadBalancer);
  if (weights === null) return sharesAmong(hosts, weightOf, 1);
  if (subset?.scaleLocalityWeight) return null;
  const zones = [...new Set(hosts.map(zoneOf))];
  const zoneWeight = (zone: string): number => zoneWeightOf(weights, zone);
  const total = sum(zones.map(zoneWeight));
  if (total === 0) return sharesAmong(hosts, weightOf, 1);
  return new Map(
    zones.flatMap((zone) => {
      const inZone = hosts.filter((host) => zoneOf(host) === zone);
      return [...sharesAmong(inZone, weightOf, zoneWeight(zone) / total)];
    }),
  );
}

function zoneOf(host: Host): string {
  return host.instance.zone ?? '';
}

function sharesAmong(hosts: readonly Host[], weightOf: (host: Host) => number, whole: number): Map<string, number> {
  const total = sum(hosts.map(weightOf));
  return new Map(hosts.map((host) => [host.instance.id, (whole * weightOf(host)) / total]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
