import type { HealthCheckSettings } from '../../health/checks/settings.ts';
import type { Distribution, HealthCheckConfig } from '../../sim/config.ts';
import { byWord } from '../by_word.ts';
import type { Form } from '../form.ts';
import { consulForm } from './consul.ts';
import { envoyForm } from './envoy.ts';
import { haproxyForm } from './haproxy.ts';
import { kubernetesForm } from './kubernetes.ts';

/** `healthCheck`: the rules of one system, in its own names, and who checks how. */
export function healthCheckForm(distribution: Form<Distribution>): Form<HealthCheckConfig> {
  const kubernetes = kubernetesForm(distribution);
  return byWord<HealthCheckSettings['system'], HealthCheckConfig>({
    what: 'a health check',
    key: 'system',
    fallback: 'envoy',
    forms: { envoy: envoyForm(), haproxy: haproxyForm(), kubernetes, consul: consulForm() },
  });
}
