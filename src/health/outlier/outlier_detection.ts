import type { PassiveHealth } from '../passive.ts';
import { EnvoyOutlierDetection } from './envoy_outlier_detection.ts';
import { GrpcOutlierDetection } from './grpc_outlier_detection.ts';
import type { OutlierDetectionOptions } from './ticking_detection.ts';

/** One caller's outlier detection, of the system its settings name. Throws a RangeError for settings out of range. */
export function createOutlierDetection(options: OutlierDetectionOptions): PassiveHealth {
  return options.settings.system === 'grpc' ? new GrpcOutlierDetection(options) : new EnvoyOutlierDetection(options);
}
