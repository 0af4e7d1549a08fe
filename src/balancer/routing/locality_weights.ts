/** Envoy's ClusterLoadAssignment.Policy.overprovisioning_factor. */
const OVERPROVISIONING_PERCENT = 140;

/** A locality's weight and the weights of its hosts. */
export interface WeightedLocality {
  /** >= 0; 0 leaves its hosts out. */
  readonly weight: number;
  /** Of the hosts that may be picked; each above 0. */
  readonly hostWeights: readonly number[];
}

export interface NormalizedWeights {
  /** Per locality, per host; empty for a locality that is left out. */
  readonly weights: readonly (readonly number[])[];
  /** The smallest and largest of them: 1 and 0 where there is none. */
  readonly min: number;
  readonly max: number;
}

/** The hosts of one locality. */
export interface LocalityCounts {
  /** Those the schedule is for: the healthy ones, or the degraded ones in theirs. */
  readonly eligible: number;
  readonly hosts: number;
  /** Of `hosts`: those that do not count in the total. */
  readonly excluded: number;
}

/**
 * What a locality weighs in Envoy's schedule of localities (LocalityWrr::effectiveLocalityWeight): its weight, scaled
 * down once fewer hosts are available than overprovisioning covers. 0: not in the schedule.
 */
export function effectiveLocalityWeight(
  weight: number,
  { eligible, hosts, excluded }: LocalityCounts,
  overprovisioningPercent = OVERPROVISIONING_PERCENT,
): number {
  if (hosts === excluded) return 0;
  return weight * Math.min(1, (overprovisioningPercent / 100) * (eligible / (hosts - excluded)));
}

/** What a zone weighs in a subset, in proportion to how many of its hosts are in it (SubsetLoadBalancer, determineLocalityWeights). */
export function scaledLocalityWeight(weight: number, inSubset: number, listed: number): number {
  return Math.round(Math.fround(Math.fround(weight * inSubset) / listed));
}

/**
 * Host weights with those of localities folded in, for policies that hash (Envoy's thread_aware_lb_impl.cc,
 * normalizeLocalityWeights): the locality's share of all locality weight, times the host's share of its locality. Who is
 * available does not matter, unlike in the schedule. They sum to 1 unless a locality of some weight has no host. gRPC does
 * so since A113, but for its 31 bits; under A42 it multiplied the weights as they are.
 */
export function normalizedWeights(localities: readonly WeightedLocality[]): NormalizedWeights {
  const total = sum(localities.map(({ weight }) => weight));
  let min = 1;
  let max = 0;
  const weights = localities.map(({ weight, hostWeights }) => {
    if (weight === 0) return [];
    const share = weight / total;
    const inLocality = sum(hostWeights);
    return hostWeights.map((hostWeight) => {
      // In Envoy's order of operations, so that the last bit is the same.
      const normalized = (hostWeight * share) / inLocality;
      min = Math.min(min, normalized);
      max = Math.max(max, normalized);
      return normalized;
    });
  });
  return { weights, min, max };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
