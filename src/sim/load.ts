import type { Random } from '../core/random.ts';
import type { CallId, CallTable } from '../mesh/calls.ts';
import type { Caller } from './caller.ts';
import type { Distribution, TrialConfig } from './config.ts';
import { sampler } from './distribution.ts';
import type { Arrivals, Engine } from './engine.ts';
import { keySampler } from './keys.ts';
import { latencySampler } from './network.ts';
import type { Recorder } from './recorder.ts';
import type { RequestTable } from './requests.ts';

/** What the arriving of requests touches. */
export interface LoadContext {
  readonly trial: TrialConfig;
  readonly laws: readonly Distribution[];
  readonly engine: Engine;
  readonly calls: CallTable;
  readonly requests: RequestTable;
  readonly callers: readonly Caller[];
  readonly recorder: Recorder;
  readonly random: Random;
}

/**
 * The requests of a run, in order of arrival. Everything about request k that no strategy chooses is drawn here, each
 * kind from a stream of its own, so that strategies meet the very same requests.
 */
export class Load implements Arrivals {
  nextAtMs: number;
  private count = 0;
  private readonly context: LoadContext;
  private readonly gap: () => number;
  private readonly chooseCaller: (request: number) => number;
  private readonly key: () => number;
  private readonly chooseWorker: (caller: number) => number;
  private readonly demand: readonly (() => number)[];
  private readonly latency: (() => number) | null;
  private readonly coin: (() => number) | null;

  constructor(context: LoadContext) {
    this.context = context;
    const { trial, laws, callers, random } = context;
    const stream = (name: string): Random => random.fork(name);
    const arrivals = stream('arrivals');
    const callerDraws = stream('callers');
    const meanGapMs = 1 / trial.load.ratePerMs;
    const poisson = trial.load.arrivals === 'poisson';
    this.gap = poisson ? () => arrivals.exponential(meanGapMs) : () => meanGapMs;
    this.chooseCaller = poisson
      ? callers.length === 1
        ? () => 0
        : () => callerDraws.int(callers.length)
      : (request) => request % callers.length;
    const workerDraws = stream('workers');
    const several = trial.callers.some(({ workers }) => workers > 1);
    this.chooseWorker = several ? (caller) => workerDraws.int(trial.callers[caller].workers) : () => 0;
    this.key = keySampler(trial.load.keys, stream('keys'));
    this.demand = laws.map((law, i) => sampler(law, stream(`demand/${i}`)));
    this.latency = trial.networkLatency === null ? null : latencySampler(trial, stream('network'));
    const mayErr = trial.faults.some((fault) => fault.action.kind === 'errors');
    const coins = stream('error-coins');
    this.coin = mayErr ? () => coins.unit() : null;
    // Constant arrivals start at a random phase: nothing in the world beats in time with them.
    this.nextAtMs = poisson ? this.gap() : arrivals.unit() * meanGapMs;
  }

  arrive(): void {
    const { calls, requests, recorder, callers } = this.context;
    const atMs = this.nextAtMs;
    const request = this.count++;
    this.nextAtMs = atMs + this.gap();
    const caller = this.chooseCaller(request);
    const key = this.key();
    const call = calls.open();
    requests.reserve(call);
    requests.request[call] = request;
    requests.caller[call] = caller;
    const demandMs = this.draw(call);
    recorder.arrive(atMs, request, caller, key, demandMs);
    callers[caller].upstream.start(call, key, this.chooseWorker(caller));
  }

  /** The draws of a first attempt; the sum of its demands under all laws stands for them in the input digest. */
  private draw(call: CallId): number {
    const { requests } = this.context;
    let total = 0;
    for (let law = 0; law < this.demand.length; law++) {
      const demandMs = this.demand[law]();
      requests.demandMs[law][call] = demandMs;
      total += demandMs;
    }
    requests.outMs[call] = this.latency === null ? 0 : this.latency();
    requests.backMs[call] = this.latency === null ? 0 : this.latency();
    requests.coin[call] = this.coin === null ? 0 : this.coin();
    return total;
  }
}
