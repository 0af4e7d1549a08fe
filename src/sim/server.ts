import { invariant } from '../core/assert.ts';
import { Outcome } from '../core/outcome.ts';
import type { ProbeAnswer } from '../health/probe.ts';
import type { Acceptor } from './acceptor.ts';
import { type AnswerMark, DEGRADED, FAIL_AT_ONCE, UNMARKED } from './answer_marks.ts';
import type { HealthCheckConfig, InstanceConfig } from './config.ts';
import type { Engine } from './engine.ts';
import type { JobReports } from './job_reports.ts';
import { type JobId, JobList, JobState, type JobTable, NO_CALL, NO_JOB } from './jobs.ts';
import { ServerLoad } from './server_load.ts';
import type { ServerPort } from './server_port.ts';

/**
 * One instance of the world: `concurrency` workers and a first-in, first-out queue. It knows the truth about itself:
 * whether its process runs, hangs, and can be reached. Faults act through the verbs at the end.
 */
export class Server {
  readonly index: number;
  readonly config: InstanceConfig;
  /** Which law of service times its demands come from. */
  readonly law: number;
  /** Service takes this many times the demand, from the next service start. */
  slowFactor = 1;
  /** Probability that an http probe is answered with an error. */
  probeErrorRate = 0;
  /** It asks for others to be preferred, in answers to probes. */
  degraded = false;
  /** It asks to be failed at once, in every answer. */
  failsAtOnce = false;
  /** Queues longer than this are told of, wherever they grow while the process works; Infinity: nobody asks. */
  longQueue = Infinity;
  onLongQueue: () => void = () => {};
  /** null where connections are not modelled. */
  acceptor: Acceptor | null = null;
  /** Probability that a request is answered with an error. */
  private errorRate = 0;

  private running = true;
  private dark = false;
  private hung = false;
  /** Called once when it has exited; null unless it was asked to terminate and has not yet. */
  private onExit: (() => void) | null = null;
  private readonly engine: Engine;
  private readonly jobs: JobTable;
  private readonly port: ServerPort;
  /** null where nobody asks for it. */
  private readonly load: ServerLoad | null;
  private readonly serving: JobList;
  private readonly waiting: JobList;
  private servedMs = 0;
  private servedUntilMs = 0;
  private readonly complete = (job: JobId): void => this.onServiceEnd(job);

  constructor(
    index: number,
    config: InstanceConfig,
    law: number,
    engine: Engine,
    jobs: JobTable,
    port: ServerPort,
    reports: JobReports | null = null,
  ) {
    this.index = index;
    this.config = config;
    this.law = law;
    this.engine = engine;
    this.jobs = jobs;
    this.port = port;
    this.load = reports === null ? null : new ServerLoad(config, reports);
    this.serving = new JobList(jobs);
    this.waiting = new JobList(jobs);
  }

  /** Ground truth: P(t) is 1. */
  get up(): boolean {
    return this.running && !this.dark && !this.hung;
  }

  /** Its machine cannot be reached, and nothing on it reaches anybody. */
  get isDark(): boolean {
    return this.dark;
  }

  get busy(): number {
    return this.serving.size;
  }

  get queued(): number {
    return this.waiting.size;
  }

  /** Requests it serves or keeps waiting. */
  get inFlight(): number {
    return this.serving.size + this.waiting.size;
  }

  /** Worker-milliseconds of service up to now, while it took requests. */
  busyMs(): number {
    this.countService();
    return this.servedMs;
  }

  /** A request arrives. */
  receive(job: JobId): void {
    if (this.dark) this.port.lose(job);
    else if (!this.running && !this.acceptor?.takesLeave) this.port.answer(job, Outcome.refused);
    else this.admit(job);
  }

  private admit(job: JobId): void {
    this.port.accept(job);
    if (this.load !== null) this.load.arrived(job, this.inFlight, this.engine.now());
    // A hung process takes connections and answers nobody; what its queue cannot hold is told so when it wakes.
    if (this.hung) this.enqueue(job);
    else this.serveOrQueue(job);
  }

  private serveOrQueue(job: JobId): void {
    if (this.errs(job)) this.port.answer(job, Outcome.error);
    else if (this.serving.size < this.config.concurrency) this.serve(job);
    else if (this.waiting.size < this.config.queue) this.enqueue(job);
    else this.port.answer(job, Outcome.rejected);
  }

  private errs(job: JobId): boolean {
    return this.errorRate > 0 && this.jobs.coin[job] < this.errorRate;
  }

  private enqueue(job: JobId): void {
    this.jobs.state[job] = JobState.waiting;
    this.waiting.push(job);
    if (this.waiting.size > this.longQueue && !this.hung) this.onLongQueue();
  }

  private serve(job: JobId): void {
    this.countService();
    this.jobs.state[job] = JobState.serving;
    this.serving.push(job);
    if (this.load !== null) this.load.served(job, this.engine.now());
    this.startTimer(job, this.jobs.demandMs[job] * this.slowFactor);
  }

  private startTimer(job: JobId, serviceMs: number): void {
    this.jobs.endsAtMs[job] = this.engine.now() + serviceMs;
    this.jobs.timer[job] = this.engine.schedule(serviceMs, this.complete, job);
  }

  private onServiceEnd(job: JobId): void {
    this.endService(job);
    this.serveNext();
    this.port.complete(job);
    if (this.onExit !== null) this.exitIfIdle();
  }

  private endService(job: JobId): void {
    this.countService();
    this.serving.remove(job);
    this.jobs.state[job] = JobState.travelling;
  }

  private serveNext(): void {
    const job = this.waiting.first;
    if (job === NO_JOB || this.serving.size >= this.config.concurrency) return;
    this.waiting.remove(job);
    this.serve(job);
  }

  /** Adds the service done since the last change. A hung worker does none; what is finished on the way out is not of time up. */
  private countService(): void {
    const now = this.engine.now();
    if (!this.hung) {
      if (this.running) this.servedMs += this.serving.size * (now - this.servedUntilMs);
      if (this.load !== null) this.load.addBusy(this.serving.size, this.servedUntilMs, now);
    }
    this.servedUntilMs = now;
  }

  /** The news that the job's caller has given up reaches the server. */
  callerGone(job: JobId): void {
    const { state } = this.jobs;
    // A hung process hears nothing; it finds out when it wakes.
    if (this.hung) return;
    if (state[job] === JobState.waiting) {
      this.waiting.remove(job);
      this.port.lose(job);
    } else if (state[job] === JobState.serving && this.config.onClientGone === 'cancel') {
      this.engine.cancel(this.jobs.timer[job]);
      this.endService(job);
      this.port.lose(job);
      this.serveNext();
    }
    if (this.onExit !== null) this.exitIfIdle();
  }

  /** What a probe that has just arrived finds; null: no answer ever. `coin` is uniform in [0, 1). */
  probe(kind: HealthCheckConfig['kind'], coin: number): ProbeAnswer | null {
    if (this.dark) return null;
    if (!this.running) return 'refused';
    // The kernel of a hung process still completes the handshake: a tcp probe cannot see it.
    if (kind === 'tcp') return 'pass';
    if (this.hung) return null;
    if (this.failsAtOnce) return 'immediateFail';
    if (coin < this.probeErrorRate) return 'badAnswer';
    return this.degraded ? 'degraded' : 'pass';
  }

  /** A probe that waits in line arrives, as a job: what the health endpoint itself finds wrong is said at once. */
  receiveProbe(job: JobId, coin: number): void {
    if (this.dark) this.port.lose(job);
    else if (!this.running) this.port.answer(job, Outcome.refused);
    else if (!this.hung && (this.failsAtOnce || coin < this.probeErrorRate)) this.port.answer(job, Outcome.error);
    else this.admit(job);
  }

  /** What its answers say beside their outcome. */
  get mark(): AnswerMark {
    if (this.failsAtOnce) return FAIL_AT_ONCE;
    return this.degraded ? DEGRADED : UNMARKED;
  }

  // What it says of its load.

  /** An answer leaves, with what it says of the load. The job is no longer among those in flight. */
  report(job: JobId, outcome: Outcome): void {
    if (this.load === null) return;
    this.countService();
    this.load.report(job, outcome, this.inFlight, this.queued, this.engine.now());
  }

  /** The latency a request may expect that arrives now; 0 where the server cannot tell. */
  expectedMs(): number {
    return this.load === null ? 0 : this.load.expectedMs(this.inFlight, this.engine.now());
  }

  // What faults do.

  /** The process dies: work in flight is reset (unheard while the network is dark), newcomers are refused. */
  stop(): void {
    invariant(this.running, `server ${this.config.id}: stopped twice`);
    this.countService();
    this.endProcess();
    this.kill();
  }

  /**
   * It is asked to terminate (SIGTERM): it refuses newcomers, finishes what it has, and calls `onExit` once it has. A hung
   * process hears of it as it wakes, and takes connections until then: whoever asked kills it when its grace is over.
   */
  terminate(onExit: () => void): void {
    invariant(this.running, `server ${this.config.id}: terminated while stopped`);
    this.onExit = onExit;
    if (this.hung) return;
    this.countService();
    this.endProcess(true);
    this.exitIfIdle();
  }

  /** A process that no longer runs, or is to, loses what it had not finished: reset, or unheard while the network is dark. */
  kill(): void {
    invariant(!this.running || this.onExit !== null, `server ${this.config.id}: killed while running`);
    for (const job of this.dropWork()) this.port.answer(job, Outcome.reset);
    this.exit();
  }

  private exitIfIdle(): void {
    if (this.onExit !== null && this.inFlight === 0 && !this.hung && !this.acceptor?.takesLeave) this.exit();
  }

  private exit(): void {
    const { onExit } = this;
    if (onExit === null) return;
    this.onExit = null;
    this.endProcess();
    onExit();
  }

  /** It takes no more requests, if it did; `takesLeave`: but for what comes over connections until it is known there. */
  private endProcess(takesLeave = false): void {
    if (takesLeave) this.acceptor?.takeLeave(() => this.exitIfIdle());
    else this.acceptor?.end();
    this.running = false;
  }

  /** It starts again, with an empty queue. */
  start(): void {
    invariant(!this.running, `server ${this.config.id}: started while running`);
    this.running = true;
    this.acceptor?.start();
    this.load?.restart(this.engine.now());
  }

  /** Nothing gets in or out; the host and all its work are lost. */
  goDark(): void {
    invariant(!this.dark, `server ${this.config.id}: went dark twice`);
    const lost = this.dropWork();
    this.dark = true;
    this.acceptor?.cut();
    for (const job of lost) this.port.lose(job);
    this.exit();
  }

  comeBack(): void {
    invariant(this.dark, `server ${this.config.id}: came back without having been dark`);
    this.dark = false;
    this.load?.restart(this.engine.now());
  }

  /** The process stops working but keeps its connections and its backlog. */
  hang(): void {
    invariant(!this.hung, `server ${this.config.id}: hung twice`);
    this.countService();
    this.hung = true;
    this.acceptor?.hang();
    const now = this.engine.now();
    for (let job = this.serving.first; job !== NO_JOB; job = this.jobs.next[job]) {
      this.engine.cancel(this.jobs.timer[job]);
      this.jobs.endsAtMs[job] -= now;
    }
  }

  /** It wakes: service goes on where it stopped, the backlog is served late, and what the queue cannot hold is rejected. */
  wake(): void {
    invariant(this.hung, `server ${this.config.id}: woke without having hung`);
    this.countService();
    this.hung = false;
    if (this.onExit !== null) this.endProcess(true);
    this.acceptor?.wake();
    for (const job of this.serving.toArray()) {
      if (this.config.onClientGone === 'cancel' && this.isAbandoned(job)) {
        this.endService(job);
        this.port.lose(job);
      } else if (this.errs(job)) {
        this.endService(job);
        this.port.answer(job, Outcome.error);
      } else this.startTimer(job, this.jobs.endsAtMs[job]);
    }
    for (const job of this.waiting.drain()) {
      this.jobs.state[job] = JobState.travelling;
      if (this.isAbandoned(job)) this.port.lose(job);
      else this.serveOrQueue(job);
    }
    this.exitIfIdle();
  }

  /** From now on each request is answered with an error with this probability, at once, those in flight too. */
  err(rate: number): void {
    const rises = rate > this.errorRate;
    this.errorRate = rate;
    // A hung process answers nobody until it wakes.
    if (!rises || this.hung) return;
    const strikes = (job: JobId): boolean => this.errs(job);
    for (const job of this.waiting.toArray().filter(strikes)) {
      this.waiting.remove(job);
      this.jobs.state[job] = JobState.travelling;
      this.port.answer(job, Outcome.error);
    }
    for (const job of this.serving.toArray().filter(strikes)) {
      this.engine.cancel(this.jobs.timer[job]);
      this.endService(job);
      this.serveNext();
      this.port.answer(job, Outcome.error);
    }
    this.exitIfIdle();
  }

  /** The caller has given up, and the process lets such work go. */
  private isAbandoned(job: JobId): boolean {
    return this.config.onClientGone !== 'finish' && this.jobs.call[job] === NO_CALL;
  }

  private dropWork(): JobId[] {
    this.countService();
    const inService = this.serving.drain();
    if (!this.hung) for (const job of inService) this.engine.cancel(this.jobs.timer[job]);
    const all = [...inService, ...this.waiting.drain()];
    for (const job of all) this.jobs.state[job] = JobState.travelling;
    return all;
  }
}
