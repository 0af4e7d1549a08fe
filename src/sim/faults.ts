import type { Random } from '../core/random.ts';
import type { FaultAction, FaultConfig, FaultTarget, FaultWhen, InstanceConfig } from './config.ts';
import { sampler } from './distribution.ts';
import type { Engine } from './engine.ts';
import type { FaultState } from './fault_state.ts';
import type { Recorder } from './recorder.ts';
import type { RegistrySystem } from './registries/registry_system.ts';

/** Stands for an instance in reports of a fault that acts on none. */
const NO_INSTANCE = -1;

/** What the faults of a run act on and are reported to. */
export interface FaultContext {
  readonly engine: Engine;
  readonly recorder: Recorder;
  readonly instances: readonly InstanceConfig[];
  readonly states: readonly FaultState[];
  readonly registry: Pick<RegistrySystem, 'setOutage'>;
  /** Streams are forked from it by entry and instance. */
  readonly random: Random;
}

/** Puts all faults of a scenario on the clock. */
export function scheduleFaults(faults: readonly FaultConfig[], context: FaultContext): void {
  const nextEvent = eventCounter();
  faults.forEach((fault, entry) => {
    if (fault.action.kind === 'registry') {
      scheduleRegistryOutage(fault.action, fault.when, entry, context, nextEvent);
      return;
    }
    const targets = targetIndexes(fault.target, context.instances, context.random.fork(`${entry}/targets`));
    if (fault.action.kind === 'restart') scheduleRestart(fault.action, fault.when, entry, targets, context, nextEvent);
    else if (fault.when.kind === 'at') scheduleOnce(fault.action, fault.when, entry, targets, context, nextEvent);
    else for (const target of targets) scheduleLifetimes(fault.action, fault.when, entry, target, context, nextEvent);
  });
}

/** Numbers activations over the whole run, in order of time: asked only when one begins. */
function eventCounter(): () => number {
  let events = 0;
  return () => events++;
}

/** Which instances a target means. A drawn count is a partial Fisher-Yates shuffle. */
function targetIndexes(target: FaultTarget, instances: readonly InstanceConfig[], random: Random): readonly number[] {
  if (target.kind === 'instances') return target.indexes;
  const all = instances.map((_, index) => index);
  if (target.kind === 'zone') return all.filter((index) => instances[index].zone === target.zone);
  for (let i = 0; i < target.count; i++) {
    const j = i + random.int(all.length - i);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.slice(0, target.count);
}

type Lasting = Exclude<FaultAction, { kind: 'restart' | 'registry' }>;

function begin(
  action: Lasting,
  entry: number,
  event: number,
  target: number,
  { engine, recorder, states }: FaultContext,
): void {
  recorder.faultStart(engine.now(), entry, event, target);
  if (action.kind === 'slow' || action.kind === 'errors') states[target].beginImpairment(engine.now(), action, entry);
  else states[target].beginOutage(engine.now(), action.kind, entry);
}

function end(
  action: Lasting,
  entry: number,
  event: number,
  target: number,
  { engine, recorder, states }: FaultContext,
): void {
  recorder.faultEnd(engine.now(), entry, event, target);
  if (action.kind === 'slow' || action.kind === 'errors') states[target].endImpairment(engine.now(), entry);
  else states[target].endOutage(engine.now(), action.kind, entry);
}

function scheduleOnce(
  action: Lasting,
  when: FaultWhen & { kind: 'at' },
  entry: number,
  targets: readonly number[],
  context: FaultContext,
  nextEvent: () => number,
): void {
  const { engine } = context;
  const onStart = (): void => {
    const event = nextEvent();
    for (const target of targets) begin(action, entry, event, target, context);
    if (when.forMs === Infinity) return;
    const onEnd = (): void => {
      for (const target of targets) end(action, entry, event, target, context);
    };
    engine.schedule(when.forMs, onEnd, 0);
  };
  engine.schedule(when.atMs, onStart, 0);
}

/** One target alternates between lives and repairs, up at 0; every failure is an event of its own. */
function scheduleLifetimes(
  action: Lasting,
  when: FaultWhen & { kind: 'lifetime' },
  entry: number,
  target: number,
  context: FaultContext,
  nextEvent: () => number,
): void {
  const { engine } = context;
  const random = context.random.fork(`${entry}/${context.instances[target].id}`);
  const lifetime = sampler(when.lifetime, random);
  const repair = when.repair === null ? null : sampler(when.repair, random);
  let event = -1;
  const fail = (): void => {
    event = nextEvent();
    begin(action, entry, event, target, context);
    if (repair !== null) engine.schedule(repair(), mend, 0);
  };
  const mend = (): void => {
    end(action, entry, event, target, context);
    engine.schedule(lifetime(), fail, 0);
  };
  engine.schedule(lifetime(), fail, 0);
}

/** An outage of the registry: it acts on no instance. */
function scheduleRegistryOutage(
  { mode, zone }: FaultAction & { kind: 'registry' },
  when: FaultWhen,
  entry: number,
  { engine, recorder, registry }: FaultContext,
  nextEvent: () => number,
): void {
  if (when.kind !== 'at') throw new Error(`faults[${entry}]: an outage of the registry is scheduled by 'at'`);
  const onStart = (): void => {
    const event = nextEvent();
    recorder.faultStart(engine.now(), entry, event, NO_INSTANCE);
    registry.setOutage(mode, zone, true);
    if (when.forMs === Infinity) return;
    const onEnd = (): void => {
      recorder.faultEnd(engine.now(), entry, event, NO_INSTANCE);
      registry.setOutage(mode, zone, false);
    };
    engine.schedule(when.forMs, onEnd, 0);
  };
  engine.schedule(when.atMs, onStart, 0);
}

/** Each target in turn deregisters, serves on while it drains, stops, and comes back; the whole round is one event. */
function scheduleRestart(
  action: FaultAction & { kind: 'restart' },
  when: FaultWhen,
  entry: number,
  targets: readonly number[],
  context: FaultContext,
  nextEvent: () => number,
): void {
  if (when.kind !== 'at') throw new Error(`faults[${entry}]: a restart is scheduled by 'at'`);
  const { engine, recorder, states } = context;
  let event = -1;
  targets.forEach((target, turn) => {
    const announce = (): void => {
      if (turn === 0) event = nextEvent();
      recorder.faultStart(engine.now(), entry, event, target);
      states[target].announceRestart(engine.now());
    };
    const stop = (): void => {
      states[target].beginOutage(engine.now(), 'crash', entry);
      engine.schedule(action.downMs, start, 0);
    };
    const start = (): void => {
      recorder.faultEnd(engine.now(), entry, event, target);
      states[target].endRestart(engine.now(), entry);
    };
    const announceMs = when.atMs + turn * action.everyMs;
    engine.schedule(announceMs, announce, 0);
    // Scheduled now and not by `announce`, so that it comes before whatever ends at that instant: outages that touch are one.
    engine.schedule(announceMs + action.drainMs, stop, 0);
  });
}
