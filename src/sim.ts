/** The simulator: a world in virtual time around the production half, and what is measured of it. */
export type { CellMeasures, SeriesRow, TrialReport } from './metrics/measures.ts';
export type { TrialRecorderSetup } from './metrics/recorder_setup.ts';
export { createTrialRecorder } from './metrics/trial_recorder.ts';
export { runTrial } from './run/trial.ts';
export type {
  CallerConfig,
  Distribution,
  FaultAction,
  FaultConfig,
  FaultKind,
  FaultTarget,
  FaultWhen,
  GossipConfig,
  HeartbeatConfig,
  InstanceConfig,
  KeyLaw,
  LoadConfig,
  TrialConfig,
} from './sim/config.ts';
export { type Arrivals, Engine } from './sim/engine.ts';
export { availabilityModel } from './sim/faults/availability.ts';
export type { Curve } from './sim/faults/curve.ts';
export type { BackOff, RecordedOutage, Repair } from './sim/faults/when.ts';
export type { Gauges, Recorder } from './sim/recorder.ts';
export { CONSUL, type ConsulSettings } from './sim/registries/consul/settings.ts';
export { ETCD, type EtcdSettings } from './sim/registries/etcd/settings.ts';
export { MEMORY, type MemorySettings } from './sim/registries/memory/settings.ts';
export type { RegistryOutage } from './sim/registries/registry_system.ts';
export type { RegistrySettings } from './sim/registries/settings.ts';
export { type RunEnd, runWorld, type TrialObserver } from './sim/world.ts';
