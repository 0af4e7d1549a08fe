import type { Host } from '../host.ts';
import type { WeightOf } from '../strategy.ts';
import { normalizedWeights } from './locality_weights.ts';
import { zoneOf } from './tier.ts';

/**
 * A host's share of its zone times the zone's share of all zones, as Envoy's hash policies weigh hosts: of those of the
 * zone that can be picked, but of all `zones`, which have any hosts. `ofMember`: of all hosts of the zone, as in gRPC.
 */
export function foldedWeights(
  eligible: readonly Host[],
  members: readonly Host[],
  weightOf: WeightOf,
  zones: readonly { readonly zone: string; readonly weight: number }[],
): WeightOf {
  const able = new Set(eligible);
  const byZone = hostsByZone(members);
  const among = (counts: (host: Host) => boolean, weightNow: (host: Host) => number): Map<Host, number> => {
    const lists = zones.map(({ zone, weight }) => ({ weight, hosts: (byZone.get(zone) ?? []).filter(counts) }));
    const { weights } = normalizedWeights(
      lists.map(({ weight, hosts }) => ({ weight, hostWeights: hosts.map(weightNow) })),
    );
    return new Map(lists.flatMap(({ hosts }, i) => hosts.map((host, j) => [host, weights[i][j] ?? 0] as const)));
  };
  const amongEligible = among((host) => able.has(host), weightOf);
  const amongMembers = among(
    () => true,
    (host) => (able.has(host) ? weightOf(host) : host.weight),
  );
  const registered = members.reduce((sum, host) => sum + host.weight, 0);
  return Object.assign((host: Host) => amongEligible.get(host) ?? 0, {
    whole: 1,
    // They sum to what the weights of the registry do, since some systems have points for each unit of weight.
    ofMember: (host: Host) => registered * (amongMembers.get(host) ?? 0),
  });
}

function hostsByZone(hosts: readonly Host[]): Map<string, Host[]> {
  const byZone = new Map<string, Host[]>();
  for (const host of hosts) {
    const zone = zoneOf(host);
    const those = byZone.get(zone);
    if (those === undefined) byZone.set(zone, [host]);
    else those.push(host);
  }
  return byZone;
}
