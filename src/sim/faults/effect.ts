import type { Random } from '../../core/random.ts';
import type { FaultAction, InstanceConfig } from '../config.ts';
import type { Engine } from '../engine.ts';
import type { Recorder } from '../recorder.ts';
import type { RegistrySystem } from '../registries/registry_system.ts';
import type { FaultState } from './state.ts';

/** What the faults of a run act on and are reported to. */
export interface FaultContext {
  readonly engine: Engine;
  readonly recorder: Recorder;
  readonly instances: readonly InstanceConfig[];
  readonly states: readonly FaultState[];
  readonly registry: Pick<RegistrySystem, 'setOutage'>;
  /** Streams are forked from it by entry and instance. */
  readonly random: Random;
  /** The run ends by then: what would happen later need not be put on the clock. */
  readonly horizonMs: number;
}

/** A fault that acts from one moment to another. */
export type Lasting = Exclude<FaultAction, { kind: 'restart' | 'registry' }>;

/** It starts to act on one target. */
export function begin(
  action: Lasting,
  entry: number,
  event: number,
  target: number,
  { engine, recorder, states }: FaultContext,
): void {
  recorder.faultStart(engine.now(), entry, event, target);
  if (action.kind === 'slow' || action.kind === 'errors') states[target].beginImpairment(engine.now(), action, entry);
  else if (action.kind === 'failing-checks') states[target].beginFailingChecks(action.rate, entry);
  else if (action.kind === 'degraded') states[target].beginDegraded();
  else states[target].beginOutage(engine.now(), action.kind, entry);
}

/** It stops acting on it. */
export function end(
  action: Lasting,
  entry: number,
  event: number,
  target: number,
  { engine, recorder, states }: FaultContext,
): void {
  recorder.faultEnd(engine.now(), entry, event, target);
  if (action.kind === 'slow' || action.kind === 'errors') states[target].endImpairment(engine.now(), entry);
  else if (action.kind === 'failing-checks') states[target].endFailingChecks(entry);
  else if (action.kind === 'degraded') states[target].endDegraded();
  else states[target].endOutage(engine.now(), action.kind, entry);
}
