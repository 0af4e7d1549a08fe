import type { Host } from '../balancer/host.ts';
import type { LoadProbe } from '../balancer/strategy.ts';
import { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import type { Probe, ProbeAnswer } from '../health/probe.ts';
import type { CallId, CallTable } from '../mesh/calls.ts';
import type { Transport } from '../mesh/router.ts';
import type { Upstream } from '../mesh/upstream.ts';
import { UNCONNECTED } from './acceptor.ts';
import { AnswerMarks, FAIL_AT_ONCE, marksAnswers, UNMARKED } from './answer_marks.ts';
import { attemptStream } from './attempt_stream.ts';
import type { Caller } from './caller.ts';
import type { Distribution, TrialConfig } from './config.ts';
import { sampler } from './distribution.ts';
import type { Engine } from './engine.ts';
import type { JobReports } from './job_reports.ts';
import { type JobId, type JobTable, NO_CALL, NO_JOB } from './jobs.ts';
import { LoadProbes } from './load_probes.ts';
import { QueuedProbes } from './queued_probes.ts';
import type { RequestTable } from './requests.ts';
import type { Server } from './server.ts';
import type { ServerPort } from './server_port.ts';

/**
 * Between callers and servers: carries attempts out and answers back, each leg with its own latency. An attempt is a job;
 * when its caller gives up the two part, and the job goes on without.
 */
export class Network implements Transport, ServerPort {
  /** Set once, before the first send. */
  callers: readonly Caller[] = [];
  servers: readonly Server[] = [];

  private readonly engine: Engine;
  private readonly calls: CallTable;
  private readonly requests: RequestTable;
  private readonly jobs: JobTable;
  /** null where nobody reads what servers say of their load. */
  private readonly reports: JobReports | null;
  /** null where no answer ever says more than its outcome. */
  private readonly marks: AnswerMarks | null;
  private readonly queuedProbes: QueuedProbes;
  private byId: ReadonlyMap<string, Server> | null = null;
  private readonly hasLatency: boolean;
  private readonly connectTimeoutMs: number;
  /** Whether requests go over connections that callers keep. */
  private readonly overConnections: boolean;
  private readonly tellServers: boolean;
  private readonly retryDraws: ReturnType<typeof attemptStream>;
  private readonly retryLatency: () => number;
  private readonly retryDemand: readonly (() => number)[];
  private readonly arriveAtServer = (job: JobId): void => this.arrive(job, this.servers[this.jobs.server[job]]);
  private readonly arriveAtCaller = (job: JobId): void => this.deliver(job);

  constructor(
    trial: TrialConfig,
    seed: number,
    laws: readonly Distribution[],
    engine: Engine,
    calls: CallTable,
    requests: RequestTable,
    jobs: JobTable,
    reports: JobReports | null = null,
  ) {
    this.engine = engine;
    this.calls = calls;
    this.requests = requests;
    this.jobs = jobs;
    this.reports = reports;
    this.queuedProbes = new QueuedProbes({ engine, jobs, reports });
    this.marks = marksAnswers(trial) ? new AnswerMarks() : null;
    this.hasLatency = trial.networkLatency !== null;
    this.connectTimeoutMs = trial.request.connectTimeoutMs;
    this.overConnections = trial.loadBalancer.connections !== null;
    this.tellServers = trial.instances.some((instance) => instance.onClientGone !== 'finish');
    this.retryDraws = attemptStream(seed);
    this.retryLatency = latencySampler(trial, this.retryDraws);
    this.retryDemand = laws.map((law) => sampler(law, this.retryDraws));
  }

  send(call: CallId, host: Host): void {
    const { requests, jobs } = this;
    const server = this.callers[requests.caller[call]].serverAt(host.slot);
    const attempt = this.calls.attempt[call];
    if (attempt > 0) this.redraw(call, attempt, server.law);
    const job = jobs.open();
    if (this.reports !== null) this.reports.open(job);
    jobs.call[job] = call;
    jobs.server[job] = server.index;
    jobs.demandMs[job] = requests.demandMs[server.law][call];
    jobs.backMs[job] = requests.backMs[call];
    jobs.coin[job] = requests.coin[call];
    requests.job[call] = job;
    const outMs = requests.outMs[call];
    if (this.overConnections) this.useConnection(job, call);
    // The handshake takes a round trip. Where that is too long the connection never stands, the request is never sent,
    // and the connect timeout ends the attempt.
    else if (outMs + jobs.backMs[job] >= this.connectTimeoutMs) {
      this.lose(job);
      return;
    }
    if (this.hasLatency) this.engine.schedule(outMs, this.arriveAtServer, job);
    else this.arrive(job, server);
  }

  abandon(call: CallId): void {
    const { requests, jobs } = this;
    const job = requests.job[call];
    if (job === NO_JOB) return;
    requests.job[call] = NO_JOB;
    jobs.call[job] = NO_CALL;
    if (this.tellServers && this.servers[jobs.server[job]].config.onClientGone !== 'finish') {
      const handle = jobs.handle(job);
      this.engine.schedule(requests.outMs[call], () => this.tellServer(handle), 0);
    }
  }

  accept(job: JobId): void {
    if (this.overConnections) return;
    const call = this.jobs.call[job];
    // Told when the request arrives, though the caller hears of it one leg later: nothing of his can happen in between,
    // since that would be before his connect timeout.
    if (call >= 0) this.callers[this.requests.caller[call]].upstream.accept(call);
  }

  answer(job: JobId, outcome: Outcome): void {
    this.jobs.outcome[job] = outcome;
    // Refused and reset are what the caller finds, not what the server says.
    const isSaid = outcome === Outcome.error || outcome === Outcome.rejected;
    if (this.reports !== null && isSaid) this.servers[this.jobs.server[job]].report(job, outcome);
    if (this.marks !== null) this.marks.write(job, isSaid ? this.servers[this.jobs.server[job]].mark : UNMARKED);
    this.engine.schedule(this.jobs.backMs[job], this.arriveAtCaller, job);
  }

  complete(job: JobId): void {
    this.jobs.outcome[job] = Outcome.ok;
    if (this.reports !== null) this.servers[this.jobs.server[job]].report(job, Outcome.ok);
    if (this.marks !== null) this.marks.write(job, this.servers[this.jobs.server[job]].mark);
    if (this.hasLatency) this.engine.schedule(this.jobs.backMs[job], this.arriveAtCaller, job);
    else this.deliver(job);
  }

  lose(job: JobId): void {
    const call = this.jobs.call[job];
    if (call >= 0) this.requests.job[call] = NO_JOB;
    else if (call !== NO_CALL) this.queuedProbes.release(job);
    this.jobs.close(job);
  }

  /**
   * How one checker asks servers; every probe draws its own latency from the checker's stream. `near`: from the server's
   * own machine, without latency.
   */
  probeFor(trial: TrialConfig, random: Random, near = false): Probe {
    const probe = this.probeOf(trial, random, near);
    if (trial.healthCheck?.kind !== 'grpc') return probe;
    return (target, timeoutMs, done) => probe(target, timeoutMs, (answer) => done(saidOverGrpc(answer)));
  }

  private probeOf(trial: TrialConfig, random: Random, near: boolean): Probe {
    const latency = near ? () => 0 : latencySampler(trial, random.fork('latency'));
    const coins = random.fork('coins');
    const { kind = 'http', through = 'port', costMs = 0 } = trial.healthCheck ?? {};
    const byId = this.serverById();
    const serverOf = (id: string): Server => {
      const server = byId.get(id);
      if (server === undefined) throw new Error(`network: probe of unknown instance ${id}`);
      return server;
    };
    if (through === 'queue') {
      const giveUp = (job: JobId, { config }: Server): void => {
        if (config.onClientGone === 'finish') return;
        const handle = this.jobs.handle(job);
        this.engine.schedule(latency(), () => this.tellServer(handle), 0);
      };
      return this.queuedProbes.probe(serverOf, costMs, latency, coins, giveUp);
    }
    return (target, _timeoutMs, done) => {
      const server = serverOf(target.id);
      const outMs = latency();
      const backMs = latency();
      const coin = coins.unit();
      let timer = this.engine.schedule(
        outMs,
        () => {
          const verdict = server.probe(kind, coin);
          if (verdict !== null) timer = this.engine.schedule(backMs, () => done(verdict), 0);
        },
        0,
      );
      return () => this.engine.cancel(timer);
    };
  }

  /**
   * How the strategy of one caller asks servers for their load; every probe draws its own latency from a fork of the
   * caller's stream. null where nobody asks.
   */
  loadProbeFor(trial: TrialConfig, random: Random): LoadProbe | null {
    if (this.reports === null) return null;
    const latency = latencySampler(trial, random.fork('load-probes'));
    return new LoadProbes(this.engine, this.serverById(), latency).send;
  }

  private serverById(): ReadonlyMap<string, Server> {
    this.byId ??= new Map(this.servers.map((server) => [server.config.id, server]));
    return this.byId;
  }

  /** A further attempt draws anew, from the stream of its request and attempt. */
  private redraw(call: CallId, attempt: number, law: number): void {
    const { requests } = this;
    this.retryDraws.reset(requests.request[call], attempt);
    requests.coin[call] = this.retryDraws.unit();
    requests.outMs[call] = this.retryLatency();
    requests.backMs[call] = this.retryLatency();
    requests.demandMs[law][call] = this.retryDemand[law]();
  }

  private deliver(job: JobId): void {
    const { jobs, requests } = this;
    const call = jobs.call[job];
    const outcome = jobs.outcome[job] as Outcome;
    const mark = this.marks === null ? UNMARKED : this.marks.of(job);
    jobs.close(job);
    if (call < 0) {
      if (call !== NO_CALL) this.queuedProbes.deliver(call, outcome, mark);
      return;
    }
    requests.job[call] = NO_JOB;
    // The columns keep the report of a closed job until the next one opens.
    const report = this.reports === null ? null : this.reports.of(job);
    const caller = this.callers[requests.caller[call]];
    const { upstream } = caller;
    // A reset is all there is to see of a connection that is no more.
    if (outcome === Outcome.reset) caller.connections?.lost(jobs.server[job], jobs.connection[job]);
    // Before a retry is decided on, as in Envoy (router.cc, Filter::onUpstreamHeaders): it should not go there again.
    if (mark === FAIL_AT_ONCE) this.failAtOnce(call, upstream);
    upstream.settle(call, outcome, report);
  }

  /** It stands already: there is nothing to wait for. */
  private useConnection(job: JobId, call: CallId): void {
    const { connections, upstream } = this.callers[this.requests.caller[call]];
    const server = this.jobs.server[job];
    const connection = connections?.generationOf(server) ?? UNCONNECTED;
    this.jobs.connection[job] = connection;
    this.servers[server].acceptor?.sent(connection);
    upstream.accept(call);
  }

  /** What comes over a connection that the server no longer has is answered by a reset, where there is a host to answer. */
  private arrive(job: JobId, server: Server): void {
    const { acceptor } = server;
    const connection = this.jobs.connection[job];
    const isStale = acceptor !== null && !server.isDark && !acceptor.takes(connection);
    if (isStale) this.answer(job, Outcome.reset);
    else {
      server.receive(job);
      acceptor?.arrived(connection);
    }
  }

  private failAtOnce(call: CallId, upstream: Upstream): void {
    const { hosts, maxAttempts, attempt, sentAtMs } = this.calls;
    const host = hosts[call * maxAttempts + attempt[call]];
    if (host !== null) upstream.failAtOnce(host, sentAtMs[call]);
  }

  private tellServer(handle: number): void {
    const job = this.jobs.byHandle(handle);
    if (job !== NO_JOB) this.servers[this.jobs.server[job]].callerGone(job);
  }
}

/** One leg's latency, in ms; 0 where none is written. */
export function latencySampler(trial: TrialConfig, random: Random): () => number {
  return trial.networkLatency === null ? () => 0 : sampler(trial.networkLatency, random);
}

/**
 * The health service of gRPC says serving or not: who asks for others to be preferred serves, who is to be failed at once
 * does not, and no checker hears more than that (envoy, health_checkers/grpc/health_checker_impl.cc, onRpcComplete).
 */
function saidOverGrpc(answer: ProbeAnswer): ProbeAnswer {
  if (answer === 'degraded') return 'pass';
  return answer === 'immediateFail' ? 'badAnswer' : answer;
}
