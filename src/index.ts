/** The production half of meshtrial: discovery, balancing, health and the Upstream that joins them, on any clock. */
export { Balancer } from './balancer/balancer.ts';
export type { BalancerObserver, BalancerSettings } from './balancer/balancer_settings.ts';
export type { Host } from './balancer/host.ts';
export {
  type CallerPlace,
  type LoadBalancerSettings,
  type LocalityRouting,
  PLAIN_LOAD_BALANCER,
  type SessionAffinity,
  type SlowStart,
  SOLE_CALLER,
} from './balancer/load_balancer.ts';
export type { ConnectionPorts } from './balancer/routing/connecting.ts';
export { strategies, strategyNamed } from './balancer/strategies/index.ts';
export {
  defineStrategy,
  type LoadProbe,
  type RegisteredStrategy,
  type Strategy,
  type StrategyContext,
  type StrategyDefinition,
  type StrategyFactory,
  type StrategyPorts,
  type StrategyTraits,
  type StrategyVariant,
  type WeightOf,
} from './balancer/strategy.ts';
export type { SubsetSettings } from './balancer/subset.ts';
export { subsettingNamed, subsettings } from './balancer/subsetting/index.ts';
export {
  defineSubsetting,
  type Subsetting,
  type SubsettingContext,
  type SubsettingPorts,
} from './balancer/subsetting/subsetting.ts';
export { type BeliefCause, beliefCauses } from './core/belief_cause.ts';
export { type Clock, type Lane, NO_TIMER, type TimerId } from './core/clock.ts';
export { type ConnectionSettings, type ConnectionSystem, Connectivity, GRPC_CONNECTIONS } from './core/connectivity.ts';
export type { Instance } from './core/instance.ts';
export { type Key, type KeyText, NO_KEY, numberedKeys } from './core/key.ts';
export type { LoadReport } from './core/load_report.ts';
export type {
  OptionDescriptor,
  OptionDescriptors,
  OptionsProblem,
  OptionValues,
  WrittenOptions,
} from './core/options.ts';
export { Outcome, outcomeNames } from './core/outcome.ts';
export { type Random, randomStream } from './core/random.ts';
export {
  type AccrualContext,
  type AccrualDefinition,
  defineAccrual,
  type RegisteredAccrual,
} from './health/accrual/accrual.ts';
export { accrualNamed, accruals } from './health/accrual/index.ts';
export type { HealthListener } from './health/checks/check.ts';
export type { CheckedHealth } from './health/checks/check_rules.ts';
export { HealthChecker, type HealthCheckerOptions, type RunningCheck } from './health/checks/checker.ts';
export { ConsulReaper, type ConsulReaperOptions } from './health/checks/consul_reaper.ts';
export { ConsulTtlCheck, type ConsulTtlCheckOptions } from './health/checks/consul_ttl_check.ts';
export {
  CONSUL_CHECK,
  type ConsulCheckSettings,
  type EnvoyCheckSettings,
  HAPROXY_CHECK,
  type HaproxyCheckSettings,
  type HealthCheckSettings,
  KUBERNETES_PROBE,
  type KubernetesCheckSettings,
  type KubernetesProbeSettings,
  startsHealthy,
} from './health/checks/settings.ts';
export type { ConnectionListener, Connector, Disconnect } from './health/connections/connector.ts';
export {
  type DetectorContext,
  type DetectorDefinition,
  defineDetector,
  type RegisteredDetector,
  type SilenceJudge,
} from './health/heartbeat/detector.ts';
export type { HeartbeatDetector } from './health/heartbeat/heartbeat_detector.ts';
export { detectorNamed, detectors } from './health/heartbeat/index.ts';
export type { DetectorListener, DetectorPorts, HostDetector } from './health/host_detector.ts';
export { createOutlierDetection } from './health/outlier/outlier_detection.ts';
export { OUTLIER_DETECTION, type OutlierDetectionSettings } from './health/outlier/settings.ts';
export type { OutlierDetectionOptions } from './health/outlier/ticking_detection.ts';
export type { PassiveHealth, PassiveListener, PassivePorts } from './health/passive.ts';
export type { CancelProbe, Probe, ProbeAnswer, ProbeVerdict } from './health/probe.ts';
export type { MemberState, Rumour, SwimMessage } from './health/swim/message.ts';
export { SWIM, type SwimSettings } from './health/swim/settings.ts';
export { SwimDetector } from './health/swim/swim_detector.ts';
export { SwimMember, type SwimMemberOptions } from './health/swim/swim_member.ts';
export { createHttpProbe, type HttpProbeOptions } from './live/http_probe.ts';
export { createRealClock, type RealClockOptions } from './live/real_clock.ts';
export { createTcpConnector, type TcpConnectorOptions } from './live/tcp_connector.ts';
export { type CallId, CallTable } from './mesh/calls.ts';
export { checkedRegistrar } from './mesh/checked_registrar.ts';
export { keepCheckedRegistered, type RegistrationChecks } from './mesh/checked_registration.ts';
export {
  type HostSelection,
  PLAIN_REQUEST,
  type RequestPolicy,
  type RetryCondition,
  UNTRIED_HOSTS,
} from './mesh/request_policy.ts';
export type { AttemptObserver, Transport } from './mesh/router.ts';
export { Upstream, type UpstreamObserver, type UpstreamOptions } from './mesh/upstream.ts';
export type { Discovery, Lease, Registrar, Snapshot, Subscription } from './registry/discovery.ts';
export { keepRegistered, type LeaseKeeper, type LeaseKeeperOptions } from './registry/lease_keeper.ts';
export { createMemoryRegistry } from './registry/memory_registry.ts';
