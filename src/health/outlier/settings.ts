/** Outlier detection by its names in Envoy (OutlierDetection, config/cluster/v3). Percents are whole numbers from 0 to 100. */
export interface OutlierDetectionSettings {
  /**
   * envoy: all of it, over all hosts of the cluster. grpc: the variant of gRFC A50, over each priority, which has
   * success rate and failure percentage only and disregards every setting of the rest.
   */
  readonly system: 'envoy' | 'grpc';
  /** From one pass over the hosts to the next: success rates are judged and hosts un-ejected then only. */
  readonly intervalMs: number;
  readonly baseEjectionTimeMs: number;
  /** Ejection time, without jitter, never exceeds this. Envoy refuses less than the base; gRPC then takes the base. */
  readonly maxEjectionTimeMs: number;
  /** Up to so much, in whole milliseconds, is added to each ejection. Envoy only. */
  readonly maxEjectionTimeJitterMs: number;
  /** Of all hosts. Envoy ejects none that would bring the share above it; gRPC none once the share has reached it. */
  readonly maxEjectionPercent: number;
  /** Envoy: the first ejection needs no room under the cap. */
  readonly alwaysEjectOneHost: boolean;
  /** Answers of 5xx in a row, failures to connect and timeouts among them unless they are split off; 0: never. */
  readonly consecutive5xx: number;
  readonly enforcingConsecutive5xx: number;
  /** Of 502, 503 and 504 alone. */
  readonly consecutiveGatewayFailure: number;
  readonly enforcingConsecutiveGatewayFailure: number;
  /** Whether failures to connect, resets and timeouts are judged apart from what hosts answer. */
  readonly splitExternalLocalOriginErrors: boolean;
  readonly consecutiveLocalOriginFailure: number;
  readonly enforcingConsecutiveLocalOriginFailure: number;
  /** Hosts with enough requests that it takes to compare them. */
  readonly successRateMinimumHosts: number;
  /** Requests of one interval that a host needs to be judged. */
  readonly successRateRequestVolume: number;
  /** In thousandths: how many standard deviations below the mean is an outlier. */
  readonly successRateStdevFactor: number;
  readonly enforcingSuccessRate: number;
  readonly enforcingLocalOriginSuccessRate: number;
  /** Failures in percent of requests that eject: from here in Envoy, above this in gRPC. */
  readonly failurePercentageThreshold: number;
  readonly failurePercentageMinimumHosts: number;
  readonly failurePercentageRequestVolume: number;
  readonly enforcingFailurePercentage: number;
  readonly enforcingFailurePercentageLocalOrigin: number;
  /** Envoy: whether an active check that passes ends an ejection. */
  readonly successfulActiveHealthCheckUnejectHost: boolean;
}

/** Envoy's defaults (outlier_detection_impl.h, DetectorConfig), which are gRPC's too (gRFC A50). */
export const OUTLIER_DETECTION: OutlierDetectionSettings = {
  system: 'envoy',
  intervalMs: 10_000,
  baseEjectionTimeMs: 30_000,
  maxEjectionTimeMs: 300_000,
  maxEjectionTimeJitterMs: 0,
  maxEjectionPercent: 10,
  alwaysEjectOneHost: false,
  consecutive5xx: 5,
  enforcingConsecutive5xx: 100,
  consecutiveGatewayFailure: 5,
  enforcingConsecutiveGatewayFailure: 0,
  splitExternalLocalOriginErrors: false,
  consecutiveLocalOriginFailure: 5,
  enforcingConsecutiveLocalOriginFailure: 100,
  successRateMinimumHosts: 5,
  successRateRequestVolume: 100,
  successRateStdevFactor: 1900,
  enforcingSuccessRate: 100,
  enforcingLocalOriginSuccessRate: 100,
  failurePercentageThreshold: 85,
  failurePercentageMinimumHosts: 5,
  failurePercentageRequestVolume: 50,
  enforcingFailurePercentage: 0,
  enforcingFailurePercentageLocalOrigin: 0,
  successfulActiveHealthCheckUnejectHost: true,
};

/** Throws a RangeError that names the first setting out of range. */
export function requireOutlierSettings(settings: OutlierDetectionSettings): void {
  const isTime = (value: number) => Number.isFinite(value) && value > 0;
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  const isPercent = (value: number) => isCount(value) && value <= 100;
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== 'number') continue;
    const isShare = /Percent$|^enforcing|Threshold$/.test(name);
    if (isShare) demand(name, value, isPercent(value), 'a whole number of percent');
    else if (name === 'maxEjectionTimeJitterMs') demand(name, value, isCount(value), 'a whole number from 0');
    else if (name.endsWith('Ms')) demand(name, value, isTime(value), 'a positive time');
    else demand(name, value, isCount(value), 'a whole number from 0');
  }
  const { system, maxEjectionTimeMs, baseEjectionTimeMs } = settings;
  const fits = system === 'grpc' || maxEjectionTimeMs >= baseEjectionTimeMs;
  demand('maxEjectionTimeMs', maxEjectionTimeMs, fits, `at least the base, ${baseEjectionTimeMs}`);
}

function demand(name: string, value: number, holds: boolean, expected: string): void {
  if (!holds) throw new RangeError(`outlierDetection.${name} must be ${expected}, found ${value}`);
}
