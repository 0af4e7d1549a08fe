/** Active checks by the rules of one system, in that system's own names. Times in milliseconds. */
export type HealthCheckSettings =
  | EnvoyCheckSettings
  | HaproxyCheckSettings
  | KubernetesCheckSettings
  | ConsulCheckSettings;

/**
 * Envoy's active health checking by its names (HealthCheck, config/core/v3; HealthCheckerImplBase). What is left out has
 * the default said beside it.
 */
export interface EnvoyCheckSettings {
  readonly system: 'envoy';
  /** From a verdict to the next probe: a fixed delay. */
  readonly intervalMs: number;
  /** From a probe's send until it counts as a network failure. */
  readonly timeoutMs: number;
  /** Network failures in a row that turn a host unhealthy; an answer that says unhealthy does so at once. */
  readonly unhealthyThreshold: number;
  /** Passes in a row that turn a host healthy again; the very first check does so at once. */
  readonly healthyThreshold: number;
  /** Up to this much, drawn uniformly, is added to each interval. Default 0. */
  readonly intervalJitterMs?: number;
  /** The same in percent of the interval, drawn before. Default 0. */
  readonly intervalJitterPercent?: number;
  /**
   * The first probe leaves U(0, this) after the check starts. Default: the interval. Envoy's default is 0, at once: its
   * callers start at different times, while a simulation's would check in step for ever.
   */
  readonly initialJitterMs?: number;
  /** The interval while unhealthy. Default: `intervalMs`. */
  readonly unhealthyIntervalMs?: number;
  /** The interval while failures count up against a healthy host. Default: `unhealthyIntervalMs`. */
  readonly unhealthyEdgeIntervalMs?: number;
  /** The interval while passes count up for an unhealthy host. Default: `intervalMs`. */
  readonly healthyEdgeIntervalMs?: number;
  /** The interval of all hosts for as long as no request was ever sent to the cluster. Default: none; Envoy's is 60 s. */
  readonly noTrafficIntervalMs?: number;
  /** The same of hosts that are healthy. Default: `noTrafficIntervalMs`. */
  readonly noTrafficHealthyIntervalMs?: number;
}

/** HAProxy's checks by the names of its configuration (check.c, server.c; configuration.txt, "Server and default-server options"). */
export interface HaproxyCheckSettings {
  readonly system: 'haproxy';
  /** From a verdict to the next probe of a server that is wholly up. Default 2 s there. */
  readonly interMs: number;
  /** The same on the way up or down, and before the first check. null: as `interMs`. */
  readonly fastinterMs: number | null;
  /** The same of a server that is wholly down. null: as `interMs`. */
  readonly downinterMs: number | null;
  /** `timeout check`. null: as `interMs`. */
  readonly timeoutMs: number | null;
  /** Passes in a row that take a server up. Default 2 there. */
  readonly rise: number;
  /** Failures in a row, of any kind, that take a server down. Default 3 there. */
  readonly fall: number;
  /** How a server begins; up: the first failure takes it down, down: the first pass takes it up. Default there: up. */
  readonly initState: 'fully-up' | 'up' | 'down' | 'fully-down';
  /** `spread-checks`: each interval is up to so many percent longer or shorter, 0 to 50. Default 0. */
  readonly spreadChecksPercent: number;
  /** Whether results of requests count against a server too: of connections alone, or of answers. null: not at all. */
  readonly observe: 'layer4' | 'layer7' | null;
  /** Errors of requests in a row that call for `onError`. Default 10 there. */
  readonly errorLimit: number;
  /**
   * What they do: advance the next check by `fastinterMs`; count as a failed check as well; leave the server one failure from down; take
   * it down at once. Default there: fail-check.
   */
  readonly onError: 'fastinter' | 'fail-check' | 'sudden-death' | 'mark-down';
}

/** What HAProxy takes where nothing is written (defaults.h; configuration.txt). */
export const HAPROXY_CHECK: HaproxyCheckSettings = {
  system: 'haproxy',
  interMs: 2000,
  fastinterMs: null,
  downinterMs: null,
  timeoutMs: null,
  rise: 2,
  fall: 3,
  initState: 'up',
  spreadChecksPercent: 0,
  observe: null,
  errorLimit: 10,
  onError: 'fail-check',
};

/** The probes of a container, as its node's kubelet runs them. At least one of them. */
export interface KubernetesCheckSettings {
  readonly system: 'kubernetes';
  /** Whether it is ready. null: it is as soon as it has started. */
  readonly readiness: KubernetesProbeSettings | null;
  /** Whether it is to be restarted. null: never. */
  readonly liveness: KubernetesProbeSettings | null;
  /** Holds the other two off until it has passed; fails as liveness does. null: started at once. */
  readonly startup: KubernetesProbeSettings | null;
}

/** One probe by its names in a pod's spec (core/v1 Probe), where times are whole seconds. */
export interface KubernetesProbeSettings {
  /** From tick to tick: a fixed rate. */
  readonly periodMs: number;
  readonly timeoutMs: number;
  /** Failures in a row, of any kind. */
  readonly failureThreshold: number;
  /** Passes in a row; 1 for liveness and startup. */
  readonly successThreshold: number;
  /** No probes for so long after the container's start. */
  readonly initialDelayMs: number;
}

/** What a probe is where nothing is written (core/v1 defaults.go, SetDefaults_Probe). */
export const KUBERNETES_PROBE: KubernetesProbeSettings = {
  periodMs: 10_000,
  timeoutMs: 1000,
  failureThreshold: 3,
  successThreshold: 1,
  initialDelayMs: 0,
};

export type KubernetesProbeKind = 'readiness' | 'liveness' | 'startup';

export const KUBERNETES_PROBES: readonly KubernetesProbeKind[] = ['startup', 'readiness', 'liveness'];

/** An agent's check by the names of its definition (Consul, agent/checks/check.go and agent/structs/check_type.go). */
export interface ConsulCheckSettings {
  readonly system: 'consul';
  /** From a result to the next check: a fixed delay. Consul raises less than 1 s to that (MinInterval). */
  readonly intervalMs: number;
  /** Default there: 10 s. */
  readonly timeoutMs: number;
  /** Passes in a row that it takes, warnings among them; 0 is as 1. Default there: 0. */
  readonly successBeforePassing: number;
  /** Failures in a row that make it warning. null: as `failuresBeforeCritical`. */
  readonly failuresBeforeWarning: number | null;
  /** Failures in a row that make it critical; 0 is as 1. Default there: 0. */
  readonly failuresBeforeCritical: number;
  /** Before the first result. Default there: critical. */
  readonly status: ConsulStatus;
  /** How long critical until the service is deregistered: see `CriticalReaper`. null: never. */
  readonly deregisterCriticalServiceAfterMs: number | null;
}

export type ConsulStatus = 'passing' | 'warning' | 'critical';

/** What Consul takes where nothing is written; it has no default interval. */
export const CONSUL_CHECK: Omit<ConsulCheckSettings, 'intervalMs'> = {
  system: 'consul',
  timeoutMs: 10_000,
  successBeforePassing: 0,
  failuresBeforeWarning: null,
  failuresBeforeCritical: 0,
  status: 'critical',
  deregisterCriticalServiceAfterMs: null,
};

export const CONSUL_MIN_INTERVAL_MS = 1000;

/** A shorter deregister_critical_service_after is raised to this (check_deregister_interval_min; config/default.go). */
export const CONSUL_MIN_DEREGISTER_MS = 60_000;

/** Whether a host is used before anything is known of it: HAProxy's servers are, and Consul's if so registered. */
export function startsHealthy(settings: HealthCheckSettings): boolean {
  if (settings.system === 'haproxy') return settings.initState === 'up' || settings.initState === 'fully-up';
  return settings.system === 'consul' && settings.status === 'passing';
}
