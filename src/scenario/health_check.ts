import {
  CONSUL_CHECK,
  CONSUL_MIN_DEREGISTER_MS,
  CONSUL_MIN_INTERVAL_MS,
  type ConsulCheckSettings,
  HAPROXY_CHECK,
  type HealthCheckSettings,
  KUBERNETES_PROBE,
  type KubernetesProbeSettings,
} from '../health/checks/settings.ts';
import type { Distribution, HealthCheckConfig } from '../sim/config.ts';
import { RESTARTS, type RestartSettings } from '../sim/containers/settings.ts';
import { block, type Fields, optional, required, type Site, type Values } from './blocks.ts';
import { byWord } from './by_word.ts';
import type { Field, Form } from './form.ts';
import { limits } from './limits.ts';
import { choice, duration, integer, scalar, share } from './scalars.ts';
import { formatDuration } from './units.ts';

type System = HealthCheckSettings['system'];
type By = HealthCheckConfig['by'];

/** `healthCheck`: the rules of one system, in its own names, and who checks how. */
export function healthCheckForm(distribution: Form<Distribution>): Form<HealthCheckConfig> {
  const kubernetes = kubernetesForm(distribution);
  return byWord<System, HealthCheckConfig>({
    what: 'a health check',
    key: 'system',
    fallback: 'envoy',
    forms: { envoy: envoyForm(), haproxy: haproxyForm(), kubernetes, consul: consulForm() },
  });
}

// What every system has.

type Kind = HealthCheckConfig['kind'];

function sharedFields<B extends By>(who: readonly B[], by: B, kinds: readonly Kind[]) {
  return {
    system: optional(
      choice(['envoy', 'haproxy', 'kubernetes', 'consul']),
      'envoy',
      'Whose rules: each in its own names and with its own defaults.',
    ),
    by: optional<B, B>(
      choice(who),
      by,
      'Who checks: each caller for itself; an agent at the node, or the registry, which then tell the registry.',
    ),
    kind: optional<Kind, Kind>(
      choice(kinds),
      'http',
      'What a probe is: http and grpc ask the process, tcp connects only, which a hung process still allows.',
    ),
    through: optional(
      choice(['port', 'queue']),
      'port',
      'Whether probes are answered at once beside requests, or wait in line with them; a full queue is a bad answer.',
    ),
    cost: optional(
      duration({}, '1ms'),
      0,
      'The service time of a probe that waits in line, in front of slow faults.',
      '0s',
    ),
  };
}

type Shared = Values<ReturnType<typeof sharedFields<By>>>;
type SharedSite = Pick<Site<ReturnType<typeof sharedFields<By>>>, 'has' | 'reportKey' | 'report'>;

function checkShared({ kind, through }: { readonly [K in keyof Shared]?: Shared[K] | undefined }, site: SharedSite) {
  if (through === 'queue' && kind === 'tcp') {
    const message = 'expected through: port beside kind: tcp, since the kernel takes connections, found queue';
    site.report('through', message, 'write through: port, or kind: http');
  }
  if (through === 'port' && site.has('cost')) {
    site.reportKey('cost', "expected 'cost' beside through: queue only", 'add through: queue, or leave cost out');
  }
}

function configOf({ by, kind, through, cost }: Shared, settings: HealthCheckSettings): HealthCheckConfig {
  return { settings, by, kind, through, costMs: cost };
}

function checkForm<F extends Fields & ReturnType<typeof sharedFields<By>>>(
  fields: F,
  make: (values: Values<F>) => HealthCheckSettings,
  check: (values: { readonly [K in keyof F]: Values<F>[K] | undefined }, site: Site<F>) => void = () => {},
  more: (values: Values<F>) => Pick<HealthCheckConfig, 'restarts'> = () => ({}),
): Form<HealthCheckConfig> {
  return block('a health check', fields, {
    check(values, site) {
      // A block with these fields and more: what is said of these holds for it.
      checkShared(values as unknown as Shared, site as unknown as SharedSite);
      check(values, site);
    },
    make: (values) => ({ ...configOf(values as unknown as Shared, make(values)), ...more(values) }),
  });
}

const threshold = (example: string) => integer({ min: 1, max: limits.count }, example);

/** Left out: as another setting says. An interval below 1 ms is a slip: it would be all that a run does. */
function interval(doc: string, text: string): Field<number | null> {
  return optional(duration({ min: 1 }, '1s'), null, doc, text);
}

// Envoy (config/core/v3 HealthCheck).

function envoyForm(): Form<HealthCheckConfig> {
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

// HAProxy (configuration.txt, server options).

function haproxyForm(): Form<HealthCheckConfig> {
  const { rise, fall, errorLimit, onError, initState, interMs } = HAPROXY_CHECK;
  const inter = formatDuration(interMs);
  const fields = {
    ...sharedFields<By>(['caller', 'node', 'registry'], 'caller', ['http', 'tcp']),
    inter: optional(duration({ min: 1 }, inter), interMs, 'From the end of a probe to the next.', inter),
    fastinter: interval('The same on the way up or down, and before the first check.', 'inter'),
    downinter: interval('The same of a server that is wholly down.', 'inter'),
    timeout: optional(duration({ above: 0 }, '1s'), null, 'How long a probe may take (timeout check).', 'inter'),
    rise: optional(threshold('2'), rise, 'Passed probes in a row that take a server up.', `${rise}`),
    fall: optional(threshold('3'), fall, 'Failed probes in a row that take it down.', `${fall}`),
    initState: optional(
      choice(['fully-up', 'up', 'down', 'fully-down']),
      initState,
      'How a server begins; up: the first failure takes it down; down: the first pass takes it up.',
    ),
    spreadChecks: optional(
      share({ max: 0.5 }, false, '5%'),
      0,
      'Each interval is up to this share longer or shorter.',
      '0%',
    ),
    observe: optional(
      choice(['layer4', 'layer7']),
      null,
      'Whether requests count against a server too: by their connections, or by their answers.',
      'not at all',
    ),
    errorLimit: optional(
      threshold('10'),
      errorLimit,
      'Errors of requests in a row that call for onError.',
      `${errorLimit}`,
    ),
    onError: optional(
      choice(['fastinter', 'fail-check', 'sudden-death', 'mark-down']),
      onError,
      'What they do: advance the next check; count as a failed one too; leave one failure from down; take down.',
    ),
  };
  return checkForm(
    fields,
    ({ inter: interMs, fastinter, downinter, timeout, spreadChecks, ...values }) => ({
      system: 'haproxy' as const,
      interMs,
      fastinterMs: fastinter,
      downinterMs: downinter,
      timeoutMs: timeout,
      rise: values.rise,
      fall: values.fall,
      initState: values.initState,
      spreadChecksPercent: spreadChecks * 100,
      observe: values.observe,
      errorLimit: values.errorLimit,
      onError: values.onError,
    }),
    ({ observe, by }, site) => {
      for (const key of ['errorLimit', 'onError'] as const) {
        if (observe !== null || !site.has(key)) continue;
        site.reportKey(key, `expected '${key}' beside 'observe' only`, 'add observe: layer7, or leave it out');
      }
      if (observe == null || by === undefined || by === 'caller') return;
      const message = `expected by: caller beside observe, since only callers see results, found ${by}`;
      site.report('by', message, 'write by: caller, or leave observe out');
    },
  );
}

// Kubernetes (core/v1 Probe).

function kubernetesForm(distribution: Form<Distribution>): Form<HealthCheckConfig> {
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

// Consul (agent/checks, agent/structs CheckType).

function consulForm(): Form<HealthCheckConfig> {
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
