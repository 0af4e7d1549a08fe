import type { HealthCheckSettings } from '../../health/checks/settings.ts';
import type { HealthCheckConfig } from '../../sim/config.ts';
import { optional, required, type Values } from '../blocks.ts';
import type { Form } from '../form.ts';
import { duration, share } from '../scalars.ts';
import { type By, checkForm, interval, sharedFields, threshold } from './check_form.ts';

/** Envoy's (config/core/v3 HealthCheck). */
export function envoyForm(): Form<HealthCheckConfig> {
  const fields = {
    ...sharedFields<By>(['caller', 'node', 'registry'], 'caller', ['http', 'tcp', 'grpc']),
    interval: required(duration({ min: 1 }, '2s'), 'From the end of a probe to the next.'),
    timeout: required(duration({ above: 0 }, '500ms'), 'How long a probe may take.'),
    unhealthyThreshold: required(threshold('3'), 'Unanswered probes in a row that make a host unhealthy.'),
    healthyThreshold: required(threshold('3'), 'Passed probes in a row that make it healthy again.'),
    intervalJitter: optional(duration({}, '200ms'), 0, 'Up to this much is added to each interval.', '0s'),
    intervalJitterPercent: optional(
      share({}, true, '10%'),
      0,
      'Up to this share of it is added to each interval, before intervalJitter.',
      '0%',
    ),
    initialJitter: optional(
      duration({}, '1s'),
      null,
      'The first probe leaves up to this much after the start; 0s: at once, as Envoy by default.',
      'the interval',
    ),
    unhealthyInterval: interval('The interval of a host that is unhealthy.', 'interval'),
    unhealthyEdgeInterval: interval('The interval while failures count up to unhealthyThreshold.', 'unhealthyInterval'),
    healthyEdgeInterval: interval('The interval while passes count up to healthyThreshold.', 'interval'),
    noTrafficInterval: interval(
      'The interval for as long as a caller has sent no request. Envoy always has one, of 60s.',
      'none',
    ),
    noTrafficHealthyInterval: interval('The same of hosts that are healthy.', 'noTrafficInterval'),
  };
  return checkForm(fields, envoySettings, ({ noTrafficInterval, noTrafficHealthyInterval }, site) => {
    if (noTrafficHealthyInterval == null || noTrafficInterval !== null) return;
    const message = "expected 'noTrafficHealthyInterval' beside 'noTrafficInterval' only";
    site.reportKey('noTrafficHealthyInterval', message, 'add noTrafficInterval: 60s, which is what Envoy has');
  });

  function envoySettings(values: Values<typeof fields>): HealthCheckSettings {
    return {
      system: 'envoy',
      intervalMs: values.interval,
      timeoutMs: values.timeout,
      unhealthyThreshold: values.unhealthyThreshold,
      healthyThreshold: values.healthyThreshold,
      intervalJitterMs: values.intervalJitter,
      intervalJitterPercent: values.intervalJitterPercent * 100,
      ...written({
        initialJitterMs: values.initialJitter,
        unhealthyIntervalMs: values.unhealthyInterval,
        unhealthyEdgeIntervalMs: values.unhealthyEdgeInterval,
        healthyEdgeIntervalMs: values.healthyEdgeInterval,
        noTrafficIntervalMs: values.noTrafficInterval,
        noTrafficHealthyIntervalMs: values.noTrafficHealthyInterval,
      }),
    };
  }
}

/** Without what is not written. */
function written<K extends string>(values: Readonly<Record<K, number | null>>): Partial<Record<K, number>> {
  const entries = Object.entries<number | null>(values).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as Partial<Record<K, number>>;
}
