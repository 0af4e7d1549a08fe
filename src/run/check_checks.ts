import type { HealthCheckSettings, KubernetesProbeSettings } from '../health/checks/settings.ts';
import { formatDuration } from '../scenario/units.ts';
import type { FaultConfig, HealthCheckConfig } from '../sim/config.ts';
import { checkPace } from './check_pace.ts';
import type { Check } from './warnings.ts';

/** Busy with probes for this share of its workers' time, an instance serves its checkers rather than its callers. */
const HEAVY = 0.5;

const slowTicks: Check = ({ trial }) => {
  const settings = trial.healthCheck?.settings;
  if (settings?.system !== 'kubernetes') return null;
  const [kind, probe] = probesOf(settings).find(([, { timeoutMs, periodMs }]) => timeoutMs > periodMs) ?? [];
  if (kind === undefined || probe === undefined) return null;
  const [timeout, period] = [formatDuration(probe.timeoutMs), formatDuration(probe.periodMs)];
  return {
    cause: `healthCheck.${kind}.timeout, ${timeout}, is longer than its period, ${period}`,
    effect: `probes that get no answer follow one another at the pace of the timeout, and other ticks are lost`,
    next: `lower timeout to ${period} or less`,
  };
};

const neverUnhealthy: Check = ({ trial }) => {
  const { healthCheck, durationMs } = trial;
  if (healthCheck === null) return null;
  const pace = checkPace(healthCheck.settings);
  if (pace === null) return null;
  const leastMs = (pace.failures - 1) * pace.failureGapMs;
  if (leastMs < durationMs) return null;
  return {
    cause: `it takes healthCheck ${formatDuration(Math.round(leastMs))} at least to find a host unhealthy, and a run lasts ${formatDuration(durationMs)}`,
    effect: 'a host that is refused connections is never found unhealthy',
    next: 'lower its interval or its threshold of failures, or make duration longer',
  };
};

/** What a connection cannot tell: the kernel takes it. */
const blindToHangs: Check = ({ trial }) => {
  if (trial.healthCheck?.kind !== 'tcp') return null;
  const fault = trial.faults.find(isSeenByAnswersAlone);
  if (fault === undefined) return null;
  return {
    cause: `healthCheck.kind is tcp, and there are faults of kind ${fault.action.kind}`,
    effect: 'the checks pass throughout: they see whether a connection is taken, not whether anybody answers',
    next: 'write kind: http to see them, or add outlierDetection',
  };
};

const observesTooFew: Check = ({ trial }) => {
  const settings = trial.healthCheck?.settings;
  if (settings?.system !== 'haproxy' || settings.observe === null) return null;
  const { callers, instances, load, durationMs } = trial;
  const used = Math.max(1, instances.filter(({ weight }) => weight > 0).length);
  const seen = (load.ratePerMs * durationMs) / (callers.length * used);
  if (seen >= settings.errorLimit) return null;
  return {
    cause: `a caller sends some ${Number(seen.toPrecision(2))} requests to each instance in a run, and healthCheck.errorLimit asks for ${settings.errorLimit} errors in a row`,
    effect: 'healthCheck.observe never acts',
    next: 'lower errorLimit, raise load.rate, or leave observe out',
  };
};

const hastensNothing: Check = ({ trial }) => {
  const settings = trial.healthCheck?.settings;
  if (settings?.system !== 'haproxy' || settings.observe === null) return null;
  if (settings.onError !== 'fastinter' || settings.fastinterMs !== null) return null;
  return {
    cause: 'healthCheck.onError is fastinter, and there is no fastinter',
    effect: 'observed errors change nothing',
    next: 'write fastinter: 200ms, or onError: fail-check',
  };
};

const neverDeregistered: Check = ({ trial }) => {
  const { healthCheck, registry } = trial;
  if (healthCheck?.settings.system !== 'consul') return null;
  const afterMs = healthCheck.settings.deregisterCriticalServiceAfterMs;
  if (afterMs === null) return null;
  if (healthCheck.by !== 'node' || registry.kind !== 'consul') {
    return {
      cause: "healthCheck.deregisterCriticalServiceAfter is for Consul's agents, and no such agent checks",
      effect: 'no instance is ever deregistered by it',
      next: 'write by: node beside registry: { kind: consul }, or leave it out',
    };
  }
  if (afterMs < trial.durationMs) return null;
  return {
    cause: `healthCheck.deregisterCriticalServiceAfter, ${formatDuration(afterMs)}, is no shorter than a run of ${formatDuration(trial.durationMs)}`,
    effect: 'no instance is ever deregistered by it',
    next: 'make duration longer, or leave it out',
  };
};

const uncheckedFailures: Check = ({ trial: { healthCheck, faults } }) => {
  if (healthCheck !== null || !faults.some(({ action }) => action.kind === 'failing-checks')) return null;
  return {
    cause: 'there are faults of kind failing-checks, and no healthCheck',
    effect: 'they change nothing',
    next: 'add a healthCheck, or leave the fault out',
  };
};

const deafToDegraded: Check = ({ trial: { healthCheck, faults } }) => {
  if (!faults.some(({ action }) => action.kind === 'degraded')) return null;
  if (isEnvoyOfCallers(healthCheck) && healthCheck?.kind === 'http') return null;
  return {
    cause: "there are faults of kind degraded, and only callers that check over http by Envoy's rules hear of it",
    effect: 'they change nothing',
    next: 'write healthCheck: { system: envoy, by: caller, kind: http, ... }, or leave the fault out',
  };
};

const deafToAnnouncements: Check = ({ trial }) => {
  const { healthCheck, faults, registry, discoveryLag } = trial;
  const restarts = faults.flatMap(({ action }) =>
    action.kind === 'restart' && action.announce !== undefined ? [action] : [],
  );
  if (restarts.length === 0) return null;
  if (!isEnvoyOfCallers(healthCheck)) {
    const probed = healthCheck !== null && healthCheck.kind !== 'tcp';
    return {
      cause:
        "a restart has announce: immediate-fail, and only callers that check by Envoy's rules know what that means",
      effect: probed ? 'its probes fail as with any bad answer; requests tell nothing' : 'it changes nothing',
      next: 'write healthCheck: { system: envoy, by: caller, ... }, or leave announce out',
    };
  }
  if (restarts.every(({ drainMs, graceMs }) => drainMs === 0 && graceMs === undefined)) {
    return {
      cause: 'a restart has announce: immediate-fail, and its drain is 0s',
      effect: 'no answer ever says so',
      next: 'give it a drain, such as 10s, or leave announce out',
    };
  }
  const hearsAtOnce = registry.kind === 'memory' && discoveryLag === null;
  if (!hearsAtOnce || faults.some(({ action }) => action.kind === 'registry')) return null;
  return {
    cause: 'a restart has announce: immediate-fail, and callers hear of every change of the registry at once',
    effect: 'its target is out of all views before an answer can say so',
    next: 'add discovery: { lag: 1s }, or another kind of registry, such as eds',
  };
};

const heavyProbes: Check = ({ trial }) => {
  const { healthCheck, instances, callers } = trial;
  if (healthCheck?.through !== 'queue') return null;
  const checkers = healthCheck.by === 'caller' ? callers.length : 1;
  const workers = Math.min(...instances.map(({ concurrency }) => concurrency));
  const busy = (checkers * probesPerMs(healthCheck.settings) * healthCheck.costMs) / workers;
  if (busy < HEAVY) return null;
  return {
    cause: `probes through the queue take ${Math.round(busy * 100)}% of what an instance can serve`,
    effect: 'requests wait for probes, and instances may fail their checks for being checked',
    next: 'lower healthCheck.cost, make its interval longer, or check by fewer',
  };
};

/** About active checks that can hardly act on this scenario, or that act too much. */
export const checkChecks: readonly Check[] = [
  slowTicks,
  neverUnhealthy,
  blindToHangs,
  observesTooFew,
  hastensNothing,
  neverDeregistered,
  uncheckedFailures,
  deafToDegraded,
  deafToAnnouncements,
  heavyProbes,
];

/** What they make of an answer reaches their balancers; a registry is told of passing and failing alone. */
function isEnvoyOfCallers(healthCheck: HealthCheckConfig | null): boolean {
  return healthCheck?.by === 'caller' && healthCheck.settings.system === 'envoy';
}

function isSeenByAnswersAlone({ action }: FaultConfig): boolean {
  const { kind } = action;
  return kind === 'hang' || kind === 'failing-checks' || (kind === 'errors' && action.probes);
}

type Kubernetes = Extract<HealthCheckSettings, { system: 'kubernetes' }>;

/** The probes there are, by name. */
function probesOf({ readiness, liveness, startup }: Kubernetes): [string, KubernetesProbeSettings][] {
  const all: [string, KubernetesProbeSettings | null][] = [
    ['readiness', readiness],
    ['liveness', liveness],
    ['startup', startup],
  ];
  return all.flatMap(([kind, probe]) => (probe === null ? [] : [[kind, probe]]));
}

/** How often one checker asks a host that is well. */
function probesPerMs(settings: HealthCheckSettings): number {
  if (settings.system === 'kubernetes') {
    return probesOf(settings).reduce((sum, [, { periodMs }]) => sum + 1 / periodMs, 0);
  }
  return 1 / (settings.system === 'haproxy' ? settings.interMs : settings.intervalMs);
}
