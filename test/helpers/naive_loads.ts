import type { LoadBalancerSettings } from '../../src/balancer/load_balancer.ts';
import type { NaiveHost } from './naive_balancer.ts';

export interface NaiveLoads {
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
  readonly panic: readonly boolean[];
}

type Settings = Pick<
  LoadBalancerSettings,
  'failover' | 'overprovisioningPercent' | 'panicThreshold' | 'weightedPriorityHealth'
>;

const isHealthy = (host: NaiveHost): boolean => host.healthy && !host.degraded;
const isDegraded = (host: NaiveHost): boolean => host.healthy && host.degraded;
const isExcluded = (host: NaiveHost): boolean => !host.healthy && host.excluded;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Percentages of all traffic by priority, from the hosts of each, as Envoy's documentation of load_balancing/priority puts it. */
export function naiveLoads(
  tiers: readonly (readonly NaiveHost[])[],
  settings: Settings,
  attempted: readonly boolean[] | null,
): NaiveLoads {
  const nobody = tiers.map(() => 0);
  if (tiers.length === 0) return { healthy: [], degraded: [], panic: [] };
  if (settings.failover === 'all-or-nothing' && attempted === null) return allOrNothing(tiers);

  const healthyScores = tiers.map((hosts) => score(hosts, isHealthy, settings));
  const degradedScores = tiers.map((hosts) => score(hosts, isDegraded, settings));
  const available = sum(healthyScores) + sum(degradedScores);
  const hosts = sum(tiers.map((tier) => tier.length));

  // Panic is looked for only while the priorities together cannot take everything, and never in gRPC.
  const panic = tiers.map((tier) => {
    if (available >= 100 || hosts === 0 || settings.failover === 'all-or-nothing') return false;
    const counted = tier.filter((host) => !isExcluded(host));
    const share = counted.length === 0 ? 0 : tier.filter((host) => host.healthy).length / counted.length;
    return share < Math.trunc(100 * settings.panicThreshold) / 100;
  });

  if (attempted !== null) {
    const others = (scores: readonly number[]): number[] => scores.map((each, i) => (attempted[i] ? 0 : each));
    const left = sum(others(healthyScores)) + sum(others(degradedScores));
    const [healthy, degraded] =
      left > 0 ? [others(healthyScores), others(degradedScores)] : [healthyScores, degradedScores];
    if (available > 0) return { ...shareOut(healthy, degraded, 'again'), panic };
  }
  if (panic.every(Boolean)) {
    // Total panic: by the number of hosts, whatever their health.
    const healthy = tiers.map((tier) => Math.floor((100 * tier.length) / hosts));
    healthy[tiers.findIndex((tier) => tier.length > 0)] += 100 - sum(healthy);
    return { healthy, degraded: nobody, panic };
  }
  if (available === 0) return { healthy: nobody.with(0, 100), degraded: nobody, panic };
  return { ...shareOut(healthyScores, degradedScores, 'first'), panic };
}

/** gRPC A56. */
function allOrNothing(tiers: readonly (readonly NaiveHost[])[]): NaiveLoads {
  const nobody = tiers.map(() => 0);
  const panic = tiers.map(() => false);
  const serving = tiers.findIndex((hosts) => hosts.some((host) => host.healthy));
  const chosen =
    serving >= 0
      ? serving
      : Math.max(
          0,
          tiers.findLastIndex((hosts) => hosts.length > 0),
        );
  const all = nobody.with(chosen, 100);
  return serving >= 0 && !tiers[serving].some(isHealthy)
    ? { healthy: nobody, degraded: all, panic }
    : { healthy: all, degraded: nobody, panic };
}

/** Whether the priority can take a whole percent of its traffic. */
export function canTakeAny(hosts: readonly NaiveHost[], settings: Settings): boolean {
  return score(hosts, isHealthy, settings) + score(hosts, isDegraded, settings) > 0;
}

/** How well such hosts of the priority can take all of its traffic, in whole percent. */
function score(hosts: readonly NaiveHost[], which: (host: NaiveHost) => boolean, settings: Settings): number {
  const size = (some: readonly NaiveHost[]): number =>
    settings.weightedPriorityHealth ? sum(some.map(({ instance }) => instance.weight)) : some.length;
  const counted = size(hosts.filter((host) => !isExcluded(host)));
  if (counted === 0) return 0;
  return Math.min(100, Math.floor((settings.overprovisioningPercent * size(hosts.filter(which))) / counted));
}

/**
 * In order of priority, the healthy first, each takes its part of what is available as long as something is left. What
 * rounding leaves goes to the `first` that can take any, or in retries round `again`.
 */
function shareOut(healthyScores: readonly number[], degradedScores: readonly number[], rest: 'first' | 'again') {
  const scores = [...healthyScores, ...degradedScores];
  const available = Math.min(100, sum(scores));
  const loads = scores.map(() => 0);
  let left = 100;
  do {
    scores.forEach((each, i) => {
      const part = Math.min(left, Math.floor((100 * each) / available));
      loads[i] += part;
      left -= part;
    });
  } while (left > 0 && rest === 'again');
  if (left > 0) loads[scores.findIndex((each) => each > 0)] += left;
  return { healthy: loads.slice(0, healthyScores.length), degraded: loads.slice(healthyScores.length) };
}
