import { KUBERNETES_PROBE, type KubernetesProbeSettings } from '../../health/checks/settings.ts';
import type { Distribution, HealthCheckConfig } from '../../sim/config.ts';
import { RESTARTS, type RestartSettings } from '../../sim/containers/settings.ts';
import { block, optional, type Values } from '../blocks.ts';
import type { Field, Form } from '../form.ts';
import { limits } from '../limits.ts';
import { duration, integer, scalar } from '../scalars.ts';
import { formatDuration } from '../units.ts';
import { type By, checkForm, sharedFields, threshold } from './check_form.ts';

/** Kubernetes' (core/v1 Probe). */
export function kubernetesForm(distribution: Form<Distribution>): Form<HealthCheckConfig> {
  const probe = (kind: 'readiness' | 'liveness' | 'startup', doc: string) =>
    optional(probeForm(kind), null, doc, 'none');
  const fields = {
    ...sharedFields<By>(['node'], 'node', ['http', 'tcp', 'grpc']),
    by: optional<By, By>(kubeletOnly(), 'node', 'Who checks: the kubelet of the node, which tells the registry.'),
    readiness: probe('readiness', 'Whether it may get requests. Without: as soon as it has started.'),
    liveness: probe('liveness', 'Whether it is to be restarted, by its node.'),
    startup: probe('startup', 'Holds the others off until it has passed; fails as liveness does.'),
    terminationGracePeriod: time(
      RESTARTS.terminationGracePeriodMs,
      'How long a process that is to be restarted has, from being asked to terminate until it is killed.',
    ),
    maxContainerRestartPeriod: time(
      RESTARTS.maxContainerRestartPeriodMs,
      'The longest wait before a process that was restarted again and again starts; the first is 10s.',
      { min: 1 },
    ),
    containerStart: optional(
      distribution,
      RESTARTS.containerStart,
      'From when a node starts a process again until it runs.',
      '0s',
    ),
  };
  return checkForm(
    fields,
    ({ readiness, liveness, startup }) => ({ system: 'kubernetes' as const, readiness, liveness, startup }),
    ({ readiness, liveness, startup }, site) => {
      const isMisspelt = site.misspelt('readiness') || site.misspelt('liveness') || site.misspelt('startup');
      if (liveness !== null || startup !== null || isMisspelt) return;
      if (readiness === null) {
        site.report(null, "expected 'readiness', 'liveness' or 'startup', found none of them", 'add readiness: {}');
      }
      for (const key of ['terminationGracePeriod', 'maxContainerRestartPeriod', 'containerStart'] as const) {
        if (!site.has(key)) continue;
        const message = `expected '${key}' beside 'liveness' or 'startup' only, which ask for restarts`;
        site.reportKey(key, message, 'add liveness: {}, or leave it out');
      }
    },
    restartsOf,
  );

  function restartsOf(values: Values<typeof fields>): Pick<HealthCheckConfig, 'restarts'> {
    if (values.liveness === null && values.startup === null) return {};
    const restarts: RestartSettings = {
      terminationGracePeriodMs: values.terminationGracePeriod,
      maxContainerRestartPeriodMs: values.maxContainerRestartPeriod,
      containerStart: values.containerStart,
    };
    return { restarts };
  }
}

function time(value: number, doc: string, range: { min?: number } = {}): Field<number> {
  const text = formatDuration(value);
  return optional(duration(range, text), value, doc, text);
}

function kubeletOnly(): Form<By> {
  const expected = 'node beside system: kubernetes, since a pod is probed by the kubelet of its own node';
  const fix =
    'write by: node, or leave it out; to check by callers or the registry, write another system, such as envoy';
  return scalar<By>({
    ...{ expected, type: 'node', example: 'node', schema: { type: 'string', enum: ['node'] } },
    parse: (text) => (text === 'node' ? text : { expected, fix }),
  });
}

function probeForm(kind: string): Form<KubernetesProbeSettings> {
  const defaults = KUBERNETES_PROBE;
  const time = (name: 'periodMs' | 'timeoutMs', least: number, doc: string) => {
    const text = formatDuration(defaults[name]);
    return optional(duration({ min: least }, text), defaults[name], doc, text);
  };
  const once = kind !== 'readiness';
  const fields = {
    period: time('periodMs', 1, 'From probe to probe: a fixed rate.'),
    timeout: time('timeoutMs', 0.001, 'How long a probe may take.'),
    failureThreshold: optional(
      threshold('3'),
      defaults.failureThreshold,
      'Failed probes in a row that count.',
      `${defaults.failureThreshold}`,
    ),
    successThreshold: optional(
      integer({ min: 1, max: once ? 1 : limits.count }, '1'),
      defaults.successThreshold,
      'Passed probes in a row that count.',
      `${defaults.successThreshold}`,
    ),
    initialDelay: optional(duration({}, '5s'), defaults.initialDelayMs, 'No probes for so long after a start.', '0s'),
  };
  return block(`a ${kind} probe`, fields, {
    make: ({ period, timeout, failureThreshold, successThreshold, initialDelay }) => ({
      ...{ periodMs: period, timeoutMs: timeout, failureThreshold, successThreshold },
      initialDelayMs: initialDelay,
    }),
  });
}
