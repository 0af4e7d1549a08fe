import type { Host } from '../balancer/host.ts';
import type { CallerPlace } from '../balancer/load_balancer.ts';
import type { StrategyFactory } from '../balancer/strategy.ts';
import type { BeliefCause } from '../core/belief_cause.ts';
import type { Instance } from '../core/instance.ts';
import { numberedKeys } from '../core/key.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import { accrualNamed } from '../health/accrual/index.ts';
import { createOutlierDetection } from '../health/outlier/outlier_detection.ts';
import type { PassiveHealth, PassivePorts } from '../health/passive.ts';
import { isPass, type ProbeVerdict } from '../health/probe.ts';
import type { CallId, CallTable } from '../mesh/calls.ts';
import { Upstream, type UpstreamObserver } from '../mesh/upstream.ts';
import type { Discovery } from '../registry/discovery.ts';
import type { TrialConfig } from './config.ts';
import { CallerConnections } from './connections.ts';
import type { Engine } from './engine.ts';
import type { GossipGroup } from './gossip.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { Network } from './network.ts';
import type { Recorder } from './recorder.ts';
import type { RequestTable } from './requests.ts';
import type { Server } from './server.ts';
import { SERVICE } from './service.ts';

/** What every caller of a world shares. */
export interface CallerContext {
  readonly trial: TrialConfig;
  readonly strategy: StrategyFactory;
  readonly placeOf: (caller: number) => CallerPlace;
  /** The stream all callers share, for subsetting that needs them to agree. */
  readonly common: Random;
  readonly engine: Engine;
  readonly network: Network;
  readonly calls: CallTable;
  readonly requests: RequestTable;
  readonly recorder: Recorder;
  /** null where there are none. */
  readonly heartbeats: Heartbeats | null;
  readonly gossip: GossipGroup | null;
  readonly serverById: ReadonlyMap<string, Server>;
  readonly onDone: (call: CallId, outcome: Outcome) => void;
}

/** One caller of the world: the production Upstream, and the translation of what it reports into the recorder's indexes. */
export class Caller implements UpstreamObserver {
  readonly index: number;
  readonly upstream: Upstream;
  /** null where connections are not modelled. */
  readonly connections: CallerConnections | null;
  private readonly context: CallerContext;
  private readonly serverBySlot: Server[] = [];

  constructor(index: number, context: CallerContext, discovery: Discovery, random: Random) {
    this.index = index;
    this.context = context;
    const { trial, strategy, engine, network } = context;
    const { healthCheck } = trial;
    this.connections =
      trial.loadBalancer.connections === null
        ? null
        : new CallerConnections(trial, engine, context.serverById, random.fork('connecting'));
    this.upstream = new Upstream({
      service: SERVICE,
      discovery,
      clock: engine,
      random,
      transport: network,
      strategy,
      loadBalancer: trial.loadBalancer,
      place: context.placeOf(index),
      workers: trial.callers[index].workers,
      common: context.common,
      keyText: numberedKeys,
      probeLoad: network.loadProbeFor(trial, random),
      healthCheck:
        healthCheck === null || healthCheck.by !== 'caller'
          ? null
          : { settings: healthCheck.settings, probe: network.probeFor(trial, random.fork('probes')) },
      connector: this.connections?.connect ?? null,
      passive: outlierDetectionOf(trial),
      accrual: accrualOf(trial),
      detectors: {
        heartbeat: context.heartbeats?.detectorOf(index) ?? null,
        gossip: context.gossip?.detectorOf(trial.callers[index].id) ?? null,
      },
      keepsHealthyAbsent: trial.registry.kind === 'eds' && !trial.registry.ignoreHealthOnHostRemoval,
      request: trial.request,
      calls: context.calls,
      observer: this,
      onDone: context.onDone,
    });
  }

  serverAt(slot: number): Server {
    return this.serverBySlot[slot];
  }

  onSend(call: CallId, host: Host, attempt: number): void {
    const { recorder, engine, requests } = this.context;
    recorder.send(engine.now(), requests.request[call], attempt, this.index, this.serverBySlot[host.slot].index);
  }

  onAttemptEnd(call: CallId, host: Host, attempt: number, sentAtMs: number, outcome: Outcome): void {
    const { recorder, engine, requests } = this.context;
    const server = this.serverBySlot[host.slot].index;
    recorder.attemptEnd(engine.now(), requests.request[call], attempt, this.index, server, sentAtMs, outcome);
  }

  onView(host: Host, inView: boolean): void {
    const server = this.serverOf(host.instance);
    if (inView) this.serverBySlot[host.slot] = server;
    this.context.recorder.view(this.context.engine.now(), this.index, server.index, inView);
  }

  onBelief(host: Host, good: boolean, cause: BeliefCause, evidenceAtMs: number): void {
    const { recorder, engine } = this.context;
    recorder.belief(engine.now(), this.index, this.serverOf(host.instance).index, good, cause, evidenceAtMs);
  }

  onVerdict(host: Host, cause: BeliefCause, good: boolean, evidenceAtMs: number): void {
    const { recorder, engine } = this.context;
    recorder.verdict(engine.now(), this.index, this.serverOf(host.instance).index, cause, good, evidenceAtMs);
  }

  onProbing(host: Host, probing: boolean): void {
    const { recorder, engine } = this.context;
    recorder.probing(engine.now(), this.index, this.serverOf(host.instance).index, probing);
  }

  onPickable(host: Host, pickable: boolean): void {
    const { recorder, engine } = this.context;
    recorder.pickable(engine.now(), this.index, this.serverOf(host.instance).index, pickable);
  }

  onPanic(panic: boolean): void {
    this.context.recorder.panic(this.context.engine.now(), this.index, panic);
  }

  onProbe(instance: Instance, verdict: ProbeVerdict): void {
    const { recorder, engine } = this.context;
    recorder.probe(engine.now(), this.index, this.serverOf(instance).index, isPass(verdict));
  }

  private serverOf(instance: Instance): Server {
    const server = this.context.serverById.get(instance.id);
    if (server === undefined) throw new Error(`caller: unknown instance ${instance.id}`);
    return server;
  }
}

/** Each caller has been running for a while, nobody knows for how long: its first pass is due at a random moment. */
function outlierDetectionOf({
  outlierDetection: settings,
}: TrialConfig): ((ports: PassivePorts) => PassiveHealth) | null {
  if (settings === null) return null;
  return (ports) => {
    const firstTickMs = ports.random.fork('phase').unit() * settings.intervalMs;
    return createOutlierDetection({ ...ports, settings, firstTickMs });
  };
}

function accrualOf({ failureAccrual }: TrialConfig): ((ports: PassivePorts) => PassiveHealth) | null {
  if (failureAccrual === null) return null;
  const { name, options } = failureAccrual;
  return (ports) => accrualNamed(name).create({ ...ports, options });
}
