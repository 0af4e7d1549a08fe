import type { OutlierDetectionSettings } from '../health/outlier/settings.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Check } from './warnings.ts';

const nothingEnforced: Check = ({ trial }) => {
  const { outlierDetection } = trial;
  if (outlierDetection === null || enforcesAny(outlierDetection)) return null;
  return {
    cause: 'outlierDetection enforces nothing: all that could eject a host is at 0%, or never counts',
    effect: 'no host is ever ejected',
    next: 'set one of enforcing... above 0%, or leave outlierDetection out',
  };
};

/** Envoy rounds in favour of the cap: 10% of 9 hosts is none. gRPC looks before it ejects, so that any cap above 0% is room for one. */
const noRoomToEject: Check = ({ trial }) => {
  const { outlierDetection, instances } = trial;
  if (outlierDetection === null) return null;
  const { system, maxEjectionPercent, alwaysEjectOneHost } = outlierDetection;
  const hasRoom =
    system === 'grpc' ? maxEjectionPercent > 0 : alwaysEjectOneHost || 100 / instances.length <= maxEjectionPercent;
  if (hasRoom) return null;
  const least = Math.min(100, Math.ceil(100 / instances.length));
  return {
    cause: `outlierDetection.maxEjectionPercent ${maxEjectionPercent}% of ${hosts(instances.length)} is less than one`,
    effect: 'no host is ever ejected',
    next: `set maxEjectionPercent to ${least}% or more${system === 'envoy' ? ', or alwaysEjectOneHost: true' : ''}`,
  };
};

const successRateNeverActs: Check = ({ trial }) => {
  const { outlierDetection } = trial;
  if (outlierDetection === null || !enforcesSuccessRate(outlierDetection)) return null;
  const { successRateMinimumHosts, successRateRequestVolume } = outlierDetection;
  return neverActs(trial, 'successRate', successRateMinimumHosts, successRateRequestVolume);
};

const failurePercentageNeverActs: Check = ({ trial }) => {
  const { outlierDetection } = trial;
  if (outlierDetection === null || !enforcesFailurePercentage(outlierDetection)) return null;
  const { failurePercentageMinimumHosts, failurePercentageRequestVolume } = outlierDetection;
  return neverActs(trial, 'failurePercentage', failurePercentageMinimumHosts, failurePercentageRequestVolume);
};

/** About outlier detection that can hardly act on this scenario. */
export const ejectionChecks: readonly Check[] = [
  nothingEnforced,
  noRoomToEject,
  successRateNeverActs,
  failurePercentageNeverActs,
];

/** Each caller judges by its own requests alone: the fewer callers share the load, the more each of them knows. */
function neverActs(trial: TrialConfig, rule: string, minimumHosts: number, volume: number) {
  const { instances, callers, load, outlierDetection } = trial;
  const instead = outlierDetection?.system === 'grpc' ? 'or leave it out' : 'or rely on errors in a row';
  const used = instances.filter(({ weight }) => weight > 0).length;
  const effect = `outlier detection by ${rule} hardly ever ejects anybody`;
  if (used < minimumHosts) {
    return {
      cause: `outlierDetection.${rule}MinimumHosts is ${minimumHosts}, and there are ${hosts(used)}`,
      effect,
      next: `lower ${rule}MinimumHosts to ${used} or less, ${instead}`,
    };
  }
  const seen = (load.ratePerMs * (outlierDetection?.intervalMs ?? 0)) / (callers.length * used);
  if (seen >= volume) return null;
  return {
    cause: `a caller sends some ${Number(seen.toPrecision(2))} requests to each instance in outlierDetection.interval, and ${rule}RequestVolume asks for ${volume}`,
    effect,
    next: `make interval longer, lower ${rule}RequestVolume, ${instead}`,
  };
}

export function enforcesSuccessRate(settings: OutlierDetectionSettings): boolean {
  const { enforcingSuccessRate, enforcingLocalOriginSuccessRate } = settings;
  return enforcingSuccessRate > 0 || (splits(settings) && enforcingLocalOriginSuccessRate > 0);
}

export function enforcesFailurePercentage(settings: OutlierDetectionSettings): boolean {
  const { enforcingFailurePercentage, enforcingFailurePercentageLocalOrigin } = settings;
  return enforcingFailurePercentage > 0 || (splits(settings) && enforcingFailurePercentageLocalOrigin > 0);
}

function enforcesAny(settings: OutlierDetectionSettings): boolean {
  if (enforcesSuccessRate(settings) || enforcesFailurePercentage(settings)) return true;
  if (settings.system === 'grpc') return false;
  const rows: readonly (readonly [count: number, percent: number])[] = [
    [settings.consecutive5xx, settings.enforcingConsecutive5xx],
    [settings.consecutiveGatewayFailure, settings.enforcingConsecutiveGatewayFailure],
    [splits(settings) ? settings.consecutiveLocalOriginFailure : 0, settings.enforcingConsecutiveLocalOriginFailure],
  ];
  return rows.some(([count, percent]) => count > 0 && percent > 0);
}

function splits({ system, splitExternalLocalOriginErrors }: OutlierDetectionSettings): boolean {
  return system === 'envoy' && splitExternalLocalOriginErrors;
}

function hosts(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`;
}
