import type { EnvoyCheckSettings, HealthCheckSettings } from '../../src/health/checks/settings.ts';
import type { HealthCheckConfig } from '../../src/sim/config.ts';

/** Checks of each caller by Envoy's rules, over http beside the requests, but for what is written. */
export function envoyChecks(
  settings: Omit<EnvoyCheckSettings, 'system'>,
  config: Partial<HealthCheckConfig> = {},
): HealthCheckConfig {
  return checksOf({ system: 'envoy', ...settings }, config);
}

/** Checks of each caller by these rules. */
export function checksOf(settings: HealthCheckSettings, config: Partial<HealthCheckConfig> = {}): HealthCheckConfig {
  return { settings, by: 'caller', kind: 'http', through: 'port', costMs: 0, ...config };
}
