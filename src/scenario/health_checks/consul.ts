import {
  CONSUL_CHECK,
  CONSUL_MIN_DEREGISTER_MS,
  CONSUL_MIN_INTERVAL_MS,
  type ConsulCheckSettings,
} from '../../health/checks/settings.ts';
import type { HealthCheckConfig } from '../../sim/config.ts';
import { optional, required, type Values } from '../blocks.ts';
import type { Form } from '../form.ts';
import { limits } from '../limits.ts';
import { choice, duration, integer } from '../scalars.ts';
import { formatDuration } from '../units.ts';
import { type By, checkForm, sharedFields } from './check_form.ts';

/** Consul's (agent/checks, agent/structs CheckType). */
export function consulForm(): Form<HealthCheckConfig> {
  const { timeoutMs, successBeforePassing, failuresBeforeCritical, status } = CONSUL_CHECK;
  const count = integer({ min: 0, max: limits.count }, '3');
  const timeout = formatDuration(timeoutMs);
  const fields = {
    ...sharedFields<By>(['caller', 'node', 'registry'], 'node', ['http', 'tcp', 'grpc']),
    interval: required(
      duration({ min: CONSUL_MIN_INTERVAL_MS }, '10s'),
      'From the end of a check to the next; Consul has none below 1s.',
    ),
    timeout: optional(duration({ above: 0 }, timeout), timeoutMs, 'How long a check may take.', timeout),
    successBeforePassing: optional(count, successBeforePassing, 'Passes in a row it takes; 0 is as 1.', '0'),
    failuresBeforeWarning: optional(count, null, 'Failures in a row that make it warning.', 'failuresBeforeCritical'),
    failuresBeforeCritical: optional(count, failuresBeforeCritical, 'Failures in a row it takes; 0 is as 1.', '0'),
    status: optional(choice(['passing', 'warning', 'critical']), status, 'Before the first result.'),
    deregisterCriticalServiceAfter: optional(
      duration({ min: CONSUL_MIN_DEREGISTER_MS }, '1m'),
      null,
      'How long critical until the instance is deregistered, on a grid of 30s; Consul has none below 1m.',
      'never',
    ),
  };
  return checkForm(fields, consulSettings, ({ failuresBeforeWarning, failuresBeforeCritical = Infinity }, site) => {
    if (failuresBeforeWarning == null || failuresBeforeWarning <= failuresBeforeCritical) return;
    const message = `expected failuresBeforeWarning to be at most failuresBeforeCritical, ${failuresBeforeCritical}, found ${failuresBeforeWarning}`;
    site.report('failuresBeforeWarning', message, 'lower it, or raise failuresBeforeCritical');
  });

  function consulSettings(values: Values<typeof fields>): ConsulCheckSettings {
    return {
      system: 'consul',
      intervalMs: values.interval,
      timeoutMs: values.timeout,
      successBeforePassing: values.successBeforePassing,
      failuresBeforeWarning: values.failuresBeforeWarning,
      failuresBeforeCritical: values.failuresBeforeCritical,
      status: values.status,
      deregisterCriticalServiceAfterMs: values.deregisterCriticalServiceAfter,
    };
  }
}
