import { zoneWeightsOf } from '../balancer/load_balancer.ts';
import { strategyNamed } from '../balancer/strategies/index.ts';
import { looksAtWeights, type StrategyTraits } from '../balancer/strategy.ts';
import { subsetOf } from '../balancer/subset.ts';
import type { TrialConfig } from '../sim/config.ts';
import { accrualChecks } from './accrual_checks.ts';
import { checkChecks } from './check_checks.ts';
import { connectionChecks } from './connection_checks.ts';
import { detectorChecks } from './detector_checks.ts';
import { ejectionChecks } from './ejection_checks.ts';
import { keepsToLimits, limitChecks } from './limit_checks.ts';
import { idleOverload } from './overload_check.ts';
import { panicMode, waitingInPanic } from './panic_mode_check.ts';
import { reachChecks } from './reach_checks.ts';
import { registryChecks } from './registry_checks.ts';
import { unreadOptionsCheck } from './unread_options_check.ts';
import type { Check } from './warnings.ts';

const ignoredWeights: Check = ({ trial }) => {
  const weights = new Set(trial.instances.map(({ weight }) => weight).filter((weight) => weight > 0));
  if (weights.size < 2 || looksAtWeights(traitsOf(trial))) return null;
  return {
    cause: `instances have unequal weights, and ${trial.strategy.name} does not look at them`,
    effect: 'all get the same share; fairness is judged by weight and looks poor',
    next: hasClasses({ ...trial.strategy, options: { ...trial.strategy.options, weights: 'classes' } })
      ? 'write weights: classes, which a Finagle client has around it, use weighted-round-robin, or leave the weights out'
      : 'use weighted-round-robin, or leave the weights out',
  };
};

const ignoredSlowStart: Check = ({ trial }) => {
  const { slowStart } = trial.loadBalancer;
  if (slowStart === null) return null;
  const goesByReports = traitsOf(trial).feedback === 'report';
  if (goesByReports || !looksAtWeights(traitsOf(trial))) {
    const instead = goesByReports ? 'goes by what they report' : 'does not look at weights';
    return {
      cause: `loadBalancer.slowStart eases hosts in by their weights, and ${trial.strategy.name} ${instead}`,
      effect: 'a host that is new or back gets its full share at once',
      next: 'use a strategy that follows weights, such as weighted-round-robin, or leave slowStart out',
    };
  }
  if (hasClasses(trial.strategy)) {
    return {
      cause: 'loadBalancer.slowStart eases hosts in by their weights, and classes are of equal weights in the registry',
      effect: 'a host that is new or back gets its full share at once; Finagle has no slow start',
      next: 'leave slowStart out, or use a strategy that follows weights, such as weighted-round-robin',
    };
  }
  // Their limits of connections it lowers all the same.
  if (traitsOf(trial).fixedWeights && !(slowStart.kind === 'haproxy' && keepsToLimits(trial))) {
    return {
      cause: `loadBalancer.slowStart eases hosts in by their weights, and those of ${trial.strategy.name} are fixed, as in HAProxy's static algorithms`,
      effect: 'a host that is back gets its full share at once',
      next: 'use weighted-round-robin with algorithm: fwrr, or another dynamic one, or leave slowStart out',
    };
  }
  if (slowStart.kind === 'envoy' && traitsOf(trial).affinity !== 'none') {
    return {
      cause: `loadBalancer.slowStart.envoy stands beside ${trial.strategy.name}, which hashes; in Envoy only round robin and least request know slow start`,
      effect: 'keys move to a host that is eased in bit by bit, once a second; in Envoy they would at once',
      next: 'leave slowStart out to have what Envoy does',
    };
  }
  if (slowStart.kind === 'envoy' || trial.healthCheck !== null || trial.faults.length > 0) return null;
  return {
    cause:
      'loadBalancer.slowStart.haproxy eases in hosts that a health check finds well again, or that join later; there is no check, and no fault after which one might',
    effect: 'no host is ever eased in',
    next: 'add a healthCheck or faults, or use slowStart.envoy, which eases in hosts that join first as well',
  };
};

const ignoredZones: Check = ({ trial }) => {
  const { locality } = trial.loadBalancer;
  const { affinity, weighted } = traitsOf(trial);
  if (locality === null || affinity === 'none') return null;
  const { name } = trial.strategy;
  if (locality.kind === 'zone-aware') {
    return {
      cause: `loadBalancer.locality.zoneAware has no effect with ${name}, which hashes`,
      effect: 'each key goes to its host, whatever the zone; so it is in Envoy',
      next: 'use a strategy that does not hash, or leave zoneAware out',
    };
  }
  if (zoneWeightsOf(trial.loadBalancer) === null || weighted !== 'none') return null;
  return {
    cause: `weights of zones count as those of their hosts with ${name}, which hashes and does not look at weights`,
    effect: 'all zones get the same share a host, but for those of weight 0',
    next: 'use a strategy that follows weights, or leave the weights out',
  };
};

const ignoredZoneWeights: Check = ({ trial }) => {
  const { locality, subset } = trial.loadBalancer;
  if (subset === null) return null;
  const { localityWeightAware = false, scaleLocalityWeight = false } = subset;
  if (locality?.kind === 'weighted' && !localityWeightAware) {
    return {
      cause: 'loadBalancer.locality.weighted has no effect in a subset without localityWeightAware, as in Envoy',
      effect: 'zones are disregarded',
      next: 'write localityWeightAware: true in loadBalancer.subset, or leave the weights out',
    };
  }
  if (localityWeightAware ? locality?.kind === 'weighted' : !scaleLocalityWeight) return null;
  return {
    cause: localityWeightAware
      ? 'loadBalancer.subset.localityWeightAware needs weights of zones, and there is no locality.weighted'
      : 'loadBalancer.subset.scaleLocalityWeight has no effect without localityWeightAware',
    effect: 'zones are disregarded',
    next: 'write both, or neither',
  };
};

const ignoredFailure: Check = ({ trial }) => {
  const { failTrafficOnPanic, panicThreshold } = trial.loadBalancer;
  if (!failTrafficOnPanic || panicThreshold === 0 || traitsOf(trial).affinity === 'none') return null;
  return {
    cause: `loadBalancer.failTrafficOnPanic has no effect with ${trial.strategy.name}, which hashes`,
    effect: 'in panic all hosts are used; so it is in Envoy',
    next: 'use a strategy that does not hash, or panicThreshold: 0%, with which healthy hosts alone are used',
  };
};

const idleMerge: Check = ({ trial }) => {
  if (trial.loadBalancer.updateMergeWindowMs === 0 || trial.registry.kind === 'eds') return null;
  if (trial.healthCheck?.by === 'caller' || hasOwnNews(trial)) return null;
  return {
    cause: 'loadBalancer.updateMergeWindow merges what callers find out of health, and nothing tells them of it',
    effect: 'it has no effect: instances that join or leave are picked by at once',
    next: 'add a healthCheck or outlierDetection, or leave updateMergeWindow out',
  };
};

/** Whether callers find out by themselves who is well, checks apart. */
function hasOwnNews({ outlierDetection, failureAccrual, heartbeat, gossip, loadBalancer }: TrialConfig): boolean {
  return [outlierDetection, failureAccrual, heartbeat, gossip, loadBalancer.connections].some(
    (source) => source !== null,
  );
}

const idleFailover: Check = ({ trial }) => {
  if (trial.loadBalancer.locality?.kind !== 'failover') return null;
  if (trial.healthCheck !== null || hasOwnNews(trial)) return null;
  return {
    cause: 'loadBalancer.locality.failover goes by health, and nothing tells callers of it',
    effect:
      'traffic leaves the nearest instances only as the registry drops them; Istio disregards distance without outlier detection',
    next: 'add outlierDetection, or leave failover out',
  };
};

const ignoredPriorities: Check = ({ trial }) => {
  if (trial.loadBalancer.locality?.kind !== 'failover') return null;
  if (trial.instances.every(({ priority = 0 }) => priority === 0)) return null;
  return {
    cause: 'instances have priorities, and loadBalancer.locality.failover makes its own of how far away they are',
    effect: 'the priorities written are disregarded',
    next: 'leave out one of the two',
  };
};

/** Whether no request gets a host, for want of a key. */
export function failsWithoutKey({ load, strategy }: TrialConfig): boolean {
  const { system, withoutKey } = strategy.options;
  return load.keys === null && String(system).startsWith('grpc') && withoutKey === 'fail';
}

const noKeys: Check = ({ trial }) => {
  if (trial.load.keys !== null || traitsOf(trial).affinity === 'none') return null;
  return {
    cause: `${trial.strategy.name} chooses by the key of a request, and requests have none`,
    effect: failsWithoutKey(trial)
      ? 'none gets a host (noHost), as withoutKey: fail has it'
      : 'each goes to a host by a random hash, or in turn, as the system does it; nothing sticks to anything',
    next: 'write load.keys, such as keys: { zipf: { count: 10000, exponent: 0.9 } }',
  };
};

const noSessions: Check = ({ trial }) => {
  if (trial.load.keys !== null || trial.loadBalancer.sessionAffinity === null) return null;
  return {
    cause: 'loadBalancer.sessionAffinity remembers hosts by the key of a request, and requests have none',
    effect: 'there are no sessions: it has no effect',
    next: 'write load.keys, such as keys: { uniform: { count: 1000 } }, a key for each session',
  };
};

const emptySubset: Check = ({ trial }) => {
  const { subset } = trial.loadBalancer;
  if (subset === null || Object.keys(subset.match ?? {}).length === 0) return null;
  const usable = trial.instances.filter(({ weight }) => weight > 0);
  const { by, hosts } = subsetOf(usable, ({ metadata }) => metadata, subset);
  if (by === 'match') return null;
  return {
    cause: 'no instance has the metadata of loadBalancer.subset.match',
    effect: `the fallback serves from the start: ${hosts.length} of ${usable.length} instances`,
    next: 'give instances that metadata, or leave subset out',
  };
};

/** Settings that do nothing beside one another: valid, and yet hardly what was meant. */
export const settingChecks: readonly Check[] = [
  idleOverload,
  unreadOptionsCheck,
  ignoredWeights,
  ignoredSlowStart,
  ignoredZones,
  ignoredZoneWeights,
  ignoredFailure,
  ignoredPriorities,
  idleFailover,
  idleMerge,
  noKeys,
  noSessions,
  emptySubset,
  panicMode,
  waitingInPanic,
  ...limitChecks,
  ...connectionChecks,
  ...checkChecks,
  ...ejectionChecks,
  ...accrualChecks,
  ...detectorChecks,
  ...reachChecks,
  ...registryChecks,
];

/** Whether Finagle's classes of equal weight are around it. */
function hasClasses({ name, options }: TrialConfig['strategy']): boolean {
  const strategy = strategyNamed(name);
  return 'weights' in strategy.options && strategy.variantOf(options).when.weights === 'classes';
}

function traitsOf({ strategy }: TrialConfig): StrategyTraits {
  return strategyNamed(strategy.name).variantOf(strategy.options).traits;
}
