import type { CallerPlace } from '../balancer/load_balancer.ts';
import { strategyNamed } from '../balancer/strategies/index.ts';
import type { StrategyFactory } from '../balancer/strategy.ts';
import { invariant } from '../core/assert.ts';
import type { Outcome } from '../core/outcome.ts';
import { randomStream } from '../core/random.ts';
import { isPass, type ProbeVerdict } from '../health/probe.ts';
import { type CallId, CallTable } from '../mesh/calls.ts';
import { Acceptor } from './acceptor.ts';
import { Caller, type CallerContext } from './caller.ts';
import { checkTrial } from './check_trial.ts';
import type { Distribution, TrialConfig } from './config.ts';
import { type Container, containerRestarts } from './containers/restarts.ts';
import { laggedDiscovery } from './discovery_lag.ts';
import { sampler } from './distribution.ts';
import { Engine } from './engine.ts';
import { scheduleFaults } from './faults/index.ts';
import { FaultState } from './faults/state.ts';
import { GossipGroup } from './gossip.ts';
import { Heartbeats } from './heartbeats.ts';
import { JobReports } from './job_reports.ts';
import { JobTable } from './jobs.ts';
import { Load } from './load.ts';
import { Network } from './network.ts';
import { AGENT, type Gauges, type Recorder } from './recorder.ts';
import { createRegistry } from './registries/index.ts';
import { RequestTable } from './requests.ts';
import { Server } from './server.ts';

/** Without a request timeout, how long after `duration` a run waits for answers. */
const MAX_TAIL_MS = 10_000;

/** A recorder that is also told where measuring starts and stops. */
export interface TrialObserver extends Recorder {
  startMeasuring(atMs: number): void;
  stopMeasuring(atMs: number): void;
}

/** How a run ended. */
export interface RunEnd {
  /** The last moment of the run. */
  readonly endMs: number;
  /** Arrival times of measured requests that still had no answer. */
  readonly unfinishedArrivalsMs: readonly number[];
}

/**
 * Runs one trial in virtual time from 0 to `durationMs`, and on until every measured request has its answer, at most the
 * request timeout (10 s where there is none). `observe` is given the gauges of the world and gives the observer, which
 * comes back with how the run ended. `watch`: put around the callers' strategies, whose picks it must leave as they are.
 * Throws a RangeError for a trial that cannot run.
 */
export function runWorld<O extends TrialObserver>(
  trial: TrialConfig,
  seed: number,
  observe: (gauges: Gauges) => O,
  watch: (strategy: StrategyFactory) => StrategyFactory = (strategy) => strategy,
): RunEnd & { readonly observer: O } {
  checkTrial(trial);
  const strategy = watch(strategyNamed(trial.strategy.name).withOptions(trial.strategy.options));
  const random = randomStream(String(seed));
  const engine = new Engine();
  const calls = new CallTable(trial.request.retries + 1);
  const jobs = new JobTable();
  // What servers say of their load costs time, so they only say it where it is heard.
  const said = strategy.traits.feedback === 'report' || trial.instances.some((one) => one.retryAfterMs !== undefined);
  const reports = said ? new JobReports() : null;
  const { laws, lawOf } = distinctLaws(trial);
  const requests = new RequestTable(laws.length);
  const network = new Network(trial, seed, laws, engine, calls, requests, jobs, reports);
  const servers = trial.instances.map((config, i) => new Server(i, config, lawOf[i], engine, jobs, network, reports));
  if (trial.loadBalancer.connections !== null) for (const server of servers) server.acceptor = new Acceptor();
  const recorder = observe({
    busy: (i) => servers[i].busy,
    queued: (i) => servers[i].queued,
    busyMs: (i) => servers[i].busyMs(),
  });

  network.servers = servers;
  const serverById = new Map(servers.map((server) => [server.config.id, server]));
  // Named as when leases were all there was of a registry, so that runs stay as they were.
  const leases = random.fork('leases');
  const restarts = trial.healthCheck?.restarts;
  const containerOf = (i: number): Container => ({
    terminate: (onExit) => states[i].beginReplacement(engine.now(), onExit),
    kill: () => states[i].kill(),
    start: () => states[i].endReplacement(engine.now()),
  });
  const restart = restarts && containerRestarts(restarts, engine, leases, trial.instances, containerOf);
  const registry = createRegistry(trial.registry, {
    trial,
    engine,
    random: leases,
    servers,
    onProbe: ({ id }, verdict) => recordAgent(recorder, engine.now(), serverById.get(id), verdict),
    restart: (i) => {
      // A pod that is being deleted is not started again.
      if (!states[i].isLeaving) restart?.(i);
    },
    probeAtNode: (stream) => network.probeFor(trial, stream, true),
    probeFromAfar: (stream) => network.probeFor(trial, stream),
  });
  const gossip = trial.gossip === null ? null : new GossipGroup(trial, trial.gossip, engine, random.fork('gossip'));
  const presences = servers.map((server) => {
    const presence = registry.presenceOf(server);
    return gossip?.presenceOf(server, presence) ?? presence;
  });
  for (const presence of presences) presence.join();

  const tail = new Tail(trial, engine);
  const context: CallerContext = {
    trial,
    strategy,
    placeOf: placesOf(trial),
    common: random.fork('callers-in-common'),
    engine,
    network,
    calls,
    requests,
    recorder,
    heartbeats:
      trial.heartbeat === null
        ? null
        : new Heartbeats(trial, trial.heartbeat, engine, servers, random.fork('heartbeats')),
    gossip,
    serverById,
    onDone: (call, outcome) => {
      report(recorder, engine.now(), call, outcome, calls, requests, network);
      tail.ended(calls.startedAtMs[call]);
    },
  };
  if (trial.warmupMs === 0) recorder.startMeasuring(0);
  const callers = trial.callers.map((config, i) => {
    const stream = random.fork(config.id);
    const lag = trial.discoveryLag;
    const direct = registry.discoveryOf(i);
    const discovery = lag === null ? direct : laggedDiscovery(direct, engine, sampler(lag, stream.fork('discovery')));
    return new Caller(i, context, discovery, stream);
  });
  network.callers = callers;

  const states = servers.map((server, i) => new FaultState(server, presences[i], recorder));
  const faultPorts = { engine, recorder, instances: trial.instances, states, registry, horizonMs: tail.limitMs };
  scheduleFaults(trial.faults, { ...faultPorts, random: random.fork('faults') });
  const load = new Load({ trial, laws, engine, calls, requests, callers, recorder, random });
  return { ...run(trial, engine, load, recorder, tail, calls), observer: recorder };
}

function run(
  trial: TrialConfig,
  engine: Engine,
  load: Load,
  recorder: TrialObserver,
  tail: Tail,
  calls: CallTable,
): RunEnd {
  if (trial.warmupMs > 0) {
    engine.run(trial.warmupMs, load);
    recorder.startMeasuring(trial.warmupMs);
  }
  engine.run(trial.durationMs, load);
  recorder.stopMeasuring(trial.durationMs);
  tail.begin(measuredCalls(trial, calls).length);
  if (tail.open > 0) engine.run(tail.limitMs, load);
  const unfinishedArrivalsMs = measuredCalls(trial, calls).map((call) => calls.startedAtMs[call]);
  invariant(
    unfinishedArrivalsMs.length === tail.open,
    `world: expected ${tail.open} measured requests without an answer, found ${unfinishedArrivalsMs.length}`,
  );
  return { endMs: engine.now(), unfinishedArrivalsMs };
}

/** Open calls that arrived in [warmup, duration), in order of arrival. */
function measuredCalls(trial: TrialConfig, calls: CallTable): CallId[] {
  const open: CallId[] = [];
  for (let call = 0; call < calls.capacity; call++) {
    const at = calls.startedAtMs[call];
    if (calls.isOpen(call) && at >= trial.warmupMs && at < trial.durationMs) open.push(call);
  }
  return open.sort((a, b) => calls.startedAtMs[a] - calls.startedAtMs[b]);
}

/** The stretch after `duration`: counts measured requests still open and stops the engine with the last of them. */
class Tail {
  open = 0;
  readonly limitMs: number;
  private begun = false;
  private readonly trial: TrialConfig;
  private readonly engine: Engine;

  constructor(trial: TrialConfig, engine: Engine) {
    this.trial = trial;
    this.engine = engine;
    const { timeoutMs } = trial.request;
    this.limitMs = trial.durationMs + (timeoutMs === Infinity ? MAX_TAIL_MS : timeoutMs);
  }

  begin(open: number): void {
    this.open = open;
    this.begun = true;
  }

  ended(arrivedAtMs: number): void {
    if (!this.begun || arrivedAtMs < this.trial.warmupMs || arrivedAtMs >= this.trial.durationMs) return;
    if (--this.open === 0) this.engine.stop();
  }
}

function report(
  recorder: Recorder,
  nowMs: number,
  call: CallId,
  outcome: Outcome,
  calls: CallTable,
  requests: RequestTable,
  network: Network,
): void {
  const sends = calls.attemptsSent(call);
  const caller = requests.caller[call];
  const host = sends === 0 ? null : calls.hosts[call * calls.maxAttempts + sends - 1];
  const last = host === null ? -1 : network.callers[caller].serverAt(host.slot).index;
  const sentAtMs = host === null ? Number.NaN : calls.sentAtMs[call];
  recorder.done(nowMs, requests.request[call], caller, calls.startedAtMs[call], outcome, sends, last, sentAtMs);
}

function recordAgent(recorder: Recorder, nowMs: number, server: Server | undefined, verdict: ProbeVerdict): void {
  invariant(server !== undefined, 'world: expected a probe of an instance of the trial');
  recorder.probe(nowMs, AGENT, server.index, isPass(verdict));
}

/** Who each caller is among all of them. */
export function placesOf({ callers }: TrialConfig): (caller: number) => CallerPlace {
  const peersByZone = new Map<string, number>();
  for (const { zone } of callers) peersByZone.set(zone ?? '', (peersByZone.get(zone ?? '') ?? 0) + 1);
  return (index) => ({ zone: callers[index].zone, index, count: callers.length, peersByZone });
}

/** Instances with the same law of service times share its draws: one column of demands for each distinct law. */
function distinctLaws(trial: TrialConfig): { laws: Distribution[]; lawOf: number[] } {
  const laws: Distribution[] = [];
  const indexOf = new Map<string, number>();
  const lawOf = trial.instances.map(({ serviceTime }) => {
    const text = JSON.stringify(serviceTime);
    const known = indexOf.get(text);
    if (known !== undefined) return known;
    laws.push(serviceTime);
    indexOf.set(text, laws.length - 1);
    return laws.length - 1;
  });
  return { laws, lawOf };
}
