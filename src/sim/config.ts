import type { LoadBalancerSettings } from '../balancer/load_balancer.ts';
import type { Instance } from '../core/instance.ts';
import type { WrittenOptions } from '../core/options.ts';
import type { HealthCheckSettings } from '../health/checks/settings.ts';
import type { OutlierDetectionSettings } from '../health/outlier/settings.ts';
import type { SwimSettings } from '../health/swim/settings.ts';
import type { RequestPolicy } from '../mesh/request_policy.ts';
import type { RestartSettings } from './containers/settings.ts';
import type { FaultWhen } from './faults/when.ts';
import type { RegistryOutage } from './registries/registry_system.ts';
import type { RegistrySettings } from './registries/settings.ts';

export type { FaultWhen } from './faults/when.ts';

/** A law of non-negative durations, in milliseconds. */
export type Distribution =
  | { readonly kind: 'constant'; readonly valueMs: number }
  | { readonly kind: 'exponential'; readonly meanMs: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly p99Ms: number }
  | { readonly kind: 'weibull'; readonly meanMs: number; readonly shape: number }
  | { readonly kind: 'erlang'; readonly meanMs: number; readonly shape: number }
  | { readonly kind: 'pareto'; readonly minMs: number; readonly shape: number; readonly maxMs: number }
  /** Drawn uniformly from these values. */
  | { readonly kind: 'empirical'; readonly valuesMs: readonly number[] }
  | { readonly kind: 'mixture'; readonly parts: readonly { readonly weight: number; readonly of: Distribution }[] };

/** One server of the world, as dealt from its group. */
export interface InstanceConfig extends Instance {
  /** Requests served at once. */
  readonly concurrency: number;
  /** Requests that may wait; Infinity for no limit. */
  readonly queue: number;
  readonly serviceTime: Distribution;
  /** What becomes of work whose caller gave up. */
  readonly onClientGone: 'finish' | 'drop-queued' | 'cancel';
  /** For how long it asks to be spared when it rejects a request. Absent: it does not ask. */
  readonly retryAfterMs?: number;
}

export interface CallerConfig {
  readonly id: string;
  readonly zone: string | null;
  /** Threads that pick on their own, over shared hosts. */
  readonly workers: number;
}

export type KeyLaw =
  | { readonly kind: 'zipf'; readonly count: number; readonly exponent: number }
  | { readonly kind: 'uniform'; readonly count: number };

export interface LoadConfig {
  readonly arrivals: 'poisson' | 'constant';
  /** Over all callers. */
  readonly ratePerMs: number;
  /** null: requests have no key. */
  readonly keys: KeyLaw | null;
}

export type FaultTarget =
  | { readonly kind: 'zone'; readonly zone: string }
  /** Indexes into `instances`, in the order written: a restart takes them in that turn. */
  | { readonly kind: 'instances'; readonly indexes: readonly number[] }
  /** That many, drawn anew in every replication. */
  | { readonly kind: 'count'; readonly count: number };

export type FaultAction =
  | { readonly kind: 'crash' | 'blackhole' | 'hang' }
  | { readonly kind: 'slow'; readonly factor: number }
  | { readonly kind: 'errors'; readonly rate: number; readonly probes: boolean }
  | { readonly kind: 'failing-checks'; readonly rate: number }
  | { readonly kind: 'degraded' }
  | {
      readonly kind: 'restart';
      readonly drainMs: number;
      /**
       * From the announcement until the process is killed; it is asked to terminate after `drainMs` and exits as soon as it
       * has finished. Absent: it stops after `drainMs` whatever it has in flight.
       */
      readonly graceMs?: number;
      /** From its exit. */
      readonly downMs: number;
      readonly everyMs: number;
      /** What all its answers say from the announcement on until it is back: to fail it at once. Absent: nothing. */
      readonly announce?: 'immediate-fail';
    }
  /** Of the registry itself, so its target is no instance. `zone`: who is cut off, where `mode` is partitioned; null: everybody. */
  | { readonly kind: 'registry'; readonly mode: RegistryOutage; readonly zone: string | null };

export type FaultKind = FaultAction['kind'];

export interface FaultConfig {
  readonly action: FaultAction;
  readonly target: FaultTarget;
  readonly when: FaultWhen;
}

/** Active checks: by which rules, who checks, and what a probe is. */
export interface HealthCheckConfig {
  readonly settings: HealthCheckSettings;
  /** Each caller for itself; an agent at each instance's node, or the registry itself: those two tell the registry. */
  readonly by: 'caller' | 'node' | 'registry';
  /** Http and grpc ask the process for an answer. Tcp connects only, which the kernel of a hung process still allows. */
  readonly kind: 'http' | 'tcp' | 'grpc';
  /** port: answered at once, beside requests. queue: in line with them, for `costMs` of a worker's time; a full queue is a bad answer. */
  readonly through: 'port' | 'queue';
  /** The service time of a probe; only through the queue. */
  readonly costMs: number;
  /** How a node replaces a process whose liveness or startup probe asks for that. Absent: no probe asks. */
  readonly restarts?: RestartSettings;
}

/** Heartbeats of every instance to every caller. */
export interface HeartbeatConfig {
  readonly intervalMs: number;
  /** How likely each is lost. */
  readonly loss: number;
  readonly detector: { readonly name: string; readonly options: WrittenOptions };
}

/** A SWIM group of all instances and callers. */
export interface GossipConfig {
  readonly settings: SwimSettings;
  /** How likely each message is lost. */
  readonly loss: number;
}

/** One cell's world: everything but the seed. Plain data, so that it can be sent to a worker. */
export interface TrialConfig {
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly instances: readonly InstanceConfig[];
  readonly callers: readonly CallerConfig[];
  readonly load: LoadConfig;
  /** One way, drawn for each leg. null: none. */
  readonly networkLatency: Distribution | null;
  readonly discoveryLag: Distribution | null;
  readonly registry: RegistrySettings;
  readonly strategy: { readonly name: string; readonly options: WrittenOptions };
  readonly loadBalancer: LoadBalancerSettings;
  readonly healthCheck: HealthCheckConfig | null;
  readonly outlierDetection: OutlierDetectionSettings | null;
  /** A registered kind of failure accrual, with what is written of its options. */
  readonly failureAccrual: { readonly name: string; readonly options: WrittenOptions } | null;
  readonly heartbeat: HeartbeatConfig | null;
  readonly gossip: GossipConfig | null;
  readonly request: RequestPolicy;
  readonly faults: readonly FaultConfig[];
}
