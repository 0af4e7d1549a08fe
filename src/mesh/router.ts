import type { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';
import { invariant } from '../core/assert.ts';
import { type Clock, type Lane, NO_TIMER } from '../core/clock.ts';
import type { Key } from '../core/key.ts';
import type { LoadReport } from '../core/load_report.ts';
import { isUnanswered, Outcome } from '../core/outcome.ts';
import { type CallId, type CallTable, GAVE_UP, SENT, TOO_LATE, TURNS_AROUND, WAITS_FOR_HOST } from './calls.ts';
import { chooseAnother } from './choose_another.ts';
import type { FailFastSettings } from './fail_fast.ts';
import { activeHosts, redispatches, TURN_AROUND_MS } from './redispatch.ts';
import { type HostSelection, type RequestPolicy, UNTRIED_HOSTS } from './request_policy.ts';
import { admitsRetry, countsAtItsEnd, type RetryLimit } from './retry_limit.ts';
import { WaitingRoom } from './waiting_room.ts';

/** Carries attempts to hosts. It answers each `send` by at most one `settle`, after at most one `accept`. */
export interface Transport {
  send(call: CallId, host: Host): void;
  /** The caller gave up on the attempt under way: no `accept` or `settle` may come for it any more. */
  abandon(call: CallId): void;
}

/** What a router tells of each attempt, as it happens. Hot. */
export interface AttemptObserver {
  onSend(call: CallId, host: Host, attempt: number): void;
  onAttemptEnd(call: CallId, host: Host, attempt: number, sentAtMs: number, outcome: Outcome): void;
}

export interface RouterOptions {
  readonly clock: Clock;
  readonly balancer: Balancer;
  readonly transport: Transport;
  readonly request: RequestPolicy;
  /** Needs room for `request.retries + 1` attempts. */
  readonly calls: CallTable;
  /** How long requests may wait for anyone, all together, and how many. Absent: each as its `request` says. */
  readonly failFast?: FailFastSettings | null;
  readonly observer: AttemptObserver;
  /** A request that waited goes to the host, but has given up before, so that nothing is sent: see `WaitingRoom`. Absent: nobody asks. */
  readonly onSendInVain?: (host: Host) => void;
  /** The request's final answer. The call is still open inside, its columns readable; closed right after. */
  readonly onDone: (call: CallId, outcome: Outcome) => void;
}

/** Sums of a few times differ by this share at most through rounding alone. */
const ROUNDING = 2 ** -50;

/** What becomes of a request between its start and its final answer: hosts, timeouts, retries. Envoy's router filter does this. */
export class Router {
  private readonly clock: Clock;
  private readonly balancer: Balancer;
  private readonly transport: Transport;
  private readonly calls: CallTable;
  private readonly observer: AttemptObserver;
  private readonly onDone: (call: CallId, outcome: Outcome) => void;
  /** To be told of what changes with hosts. */
  readonly waiting: WaitingRoom;
  /** Open calls that are being retried. */
  private retrying = 0;

  // The request policy, laid out for the hot path.
  private readonly maxAttempts: number;
  private readonly retryLimit: RetryLimit | null;
  private readonly hostSelection: HostSelection;
  private readonly redispatch: number | null;
  private readonly turnAround: Lane | null;
  private readonly timeoutMs: number;
  private readonly overallLane: Lane | null;
  private readonly tryLane: Lane | null;
  private readonly connectLane: Lane | null;
  private readonly retryConnectFailure: boolean;
  private readonly retryReset: boolean;
  private readonly retryTimeout: boolean;
  private readonly retry5xx: boolean;
  private readonly overallTimedOut = (call: number): void => this.onOverallTimeout(call);
  private readonly tryTimedOut = (call: number): void => this.onTryTimeout(call);
  private readonly turnedAround = (call: number): void => this.onTurnedAround(call);
  private readonly connectTimedOut = (call: number): void => this.onConnectTimeout(call);

  constructor(options: RouterOptions) {
    const { clock, balancer, transport, request, calls, failFast = null, observer, onSendInVain, onDone } = options;
    invariant(
      calls.maxAttempts > request.retries,
      `router: ${request.retries} retries do not fit a table of ${calls.maxAttempts} attempts`,
    );
    this.clock = clock;
    this.balancer = balancer;
    this.transport = transport;
    this.calls = calls;
    this.observer = observer;
    this.onDone = onDone;
    this.waiting = new WaitingRoom({
      ...{ clock, calls, balancer, request, failFast },
      pick: (call) => this.chooseHost(call, calls.attempt[call]),
      send: (call, host, counted) => this.send(call, host, counted),
      sendInVain: (host) => {
        balancer.reserve(host);
        balancer.started(host);
        onSendInVain?.(host);
        balancer.sent();
        balancer.release(host, 0, Outcome.timedOut);
      },
      fail: (call) => this.finish(call, Outcome.noHost),
    });

    const laneFor = (delayMs: number): Lane | null => (delayMs === Infinity ? null : clock.lane(delayMs));
    this.maxAttempts = request.retries + 1;
    this.retryLimit = request.retryLimit ?? null;
    this.hostSelection = request.hostSelection ?? UNTRIED_HOSTS;
    this.redispatch = request.redispatch ?? null;
    this.turnAround = this.redispatch === null ? null : clock.lane(Math.min(TURN_AROUND_MS, request.connectTimeoutMs));
    this.timeoutMs = request.timeoutMs;
    this.overallLane = laneFor(request.timeoutMs);
    this.tryLane = laneFor(request.perTryTimeoutMs);
    // Equal to the per-try timeout it would only fire beside it: one timer does for both.
    this.connectLane = request.connectTimeoutMs < request.perTryTimeoutMs ? laneFor(request.connectTimeoutMs) : null;
    this.retryConnectFailure = request.retryOn.includes('connect-failure');
    this.retryReset = request.retryOn.includes('reset');
    this.retryTimeout = request.retryOn.includes('timeout');
    this.retry5xx = request.retryOn.includes('5xx');
  }

  /** Sends an opened call on its way. Its final answer may come before this returns. */
  start(call: CallId, key: Key, worker = 0): void {
    const { calls } = this;
    calls.key[call] = key;
    calls.worker[call] = worker;
    calls.startedAtMs[call] = this.clock.now();
    calls.overallTimer[call] =
      this.overallLane === null ? NO_TIMER : this.overallLane.schedule(this.overallTimedOut, call);
    this.dispatch(call);
  }

  /** The transport's word that the host has accepted the attempt: its connect timeout no longer counts. */
  accept(call: CallId): void {
    this.calls.accepted[call] = 1;
    if (this.connectLane !== null) this.clock.cancel(this.calls.connectTimer[call]);
  }

  /** The transport's word how the attempt under way ended. Retries it, or ends the call. `report` is read before this returns. */
  settle(call: CallId, outcome: Outcome, report: LoadReport | null = null): void {
    this.endOrRetry(call, outcome, outcome !== Outcome.ok && this.mayRetry(outcome), report);
  }

  private dispatch(call: CallId): void {
    this.waiting.sendOrWait(call, this.chooseHost(call, this.calls.attempt[call]));
  }

  /** `kept`: the host counts the request already. */
  private send(call: CallId, host: Host, kept: boolean): void {
    const { calls, clock } = this;
    const attempt = calls.attempt[call];
    calls.hosts[call * calls.maxAttempts + attempt] = host;
    calls.sentAtMs[call] = clock.now();
    calls.reweighed[call] = host.reweighed;
    calls.forgotten[call] = host.forgotten;
    calls.accepted[call] = 0;
    if (this.tryLane !== null) calls.tryTimer[call] = this.tryLane.schedule(this.tryTimedOut, call);
    if (this.connectLane !== null) calls.connectTimer[call] = this.connectLane.schedule(this.connectTimedOut, call);
    if (!kept) {
      this.balancer.reserve(host);
      this.balancer.started(host);
    }
    this.observer.onSend(call, host, attempt);
    this.balancer.sent();
    this.transport.send(call, host);
  }

  private chooseHost(call: CallId, attempt: number): Host | null {
    const { calls, balancer } = this;
    const { key, worker, memory, list, ofSession } = calls;
    balancer.request.waitsFor = null;
    if (this.maxAttempts === 1) return balancer.pick(key[call], 0, worker[call]);
    balancer.request.memory = attempt === 0 ? 0 : memory[call];
    balancer.request.list = attempt === 0 ? -1 : list[call];
    const host =
      attempt === 0
        ? balancer.pick(key[call], 0, worker[call])
        : chooseAnother(this.calls, call, this.hostSelection, balancer);
    memory[call] = balancer.request.memory;
    list[call] = balancer.request.list;
    if (this.redispatch !== null) ofSession[call] = balancer.isOfSession(key[call], worker[call]) ? 1 : 0;
    return host;
  }

  private endAttempt(call: CallId, outcome: Outcome, report: LoadReport | null): void {
    const { calls } = this;
    const host = this.hostOf(call);
    const sentAtMs = calls.sentAtMs[call];
    this.stopTimers(call);
    this.release(call, host, outcome, report);
    this.observer.onAttemptEnd(call, host, calls.attempt[call], sentAtMs, outcome);
    this.waiting.line.offer(host, 'end');
  }

  /** The host counts the request no longer. */
  private release(call: CallId, host: Host, outcome: Outcome, report: LoadReport | null): void {
    const { accepted, placeless, sentAtMs, reweighed, forgotten } = this.calls;
    const latencyMs = this.clock.now() - sentAtMs[call];
    const heard = accepted[call] === TOO_LATE ? Outcome.refused : outcome;
    const isPlaceless = placeless[call] === 1;
    this.balancer.release(host, latencyMs, heard, report, isPlaceless, reweighed[call], forgotten[call]);
    placeless[call] = 0;
  }

  private stopTimers(call: CallId): void {
    const { calls, clock } = this;
    if (this.tryLane !== null) clock.cancel(calls.tryTimer[call]);
    if (this.connectLane !== null) clock.cancel(calls.connectTimer[call]);
  }

  /** The host of the attempt under way. */
  private hostOf(call: CallId): Host {
    const { hosts, attempt, maxAttempts } = this.calls;
    const host = hosts[call * maxAttempts + attempt[call]];
    if (host === null) throw new Error(`router: call ${call} has no attempt under way`);
    return host;
  }

  private mayRetry(outcome: Outcome): boolean {
    switch (outcome) {
      case Outcome.refused:
        return this.retryConnectFailure;
      case Outcome.reset:
        return this.retryReset;
      case Outcome.error:
      case Outcome.rejected:
        return this.retry5xx;
      default:
        return false;
    }
  }

  private endOrRetry(call: CallId, outcome: Outcome, mayRetry: boolean, report: LoadReport | null = null): void {
    const retries = mayRetry && this.mayTryAgain(call) && !this.isOutOfTime(call) && this.isAdmitted(call, outcome);
    if (retries && this.redispatch !== null) {
      this.retryAsHaproxy(call, outcome, report, this.redispatch);
      return;
    }
    this.endAttempt(call, outcome, report);
    if (retries) {
      if (++this.calls.attempt[call] === 1) this.retrying++;
      this.dispatch(call);
      return;
    }
    if (!isUnanswered(outcome)) this.balancer.answered(this.calls.key[call], this.hostOf(call));
    this.finish(call, outcome);
  }

  private isAdmitted(call: CallId, outcome: Outcome): boolean {
    if (this.retryLimit === null) return true;
    const others = this.calls.attempt[call] > 0 ? this.retrying - 1 : this.retrying;
    const attempts = countsAtItsEnd(outcome) ? this.balancer.attempts : this.balancer.attempts - 1;
    return admitsRetry(this.retryLimit, others, attempts);
  }

  /**
   * Another attempt elsewhere, or at the same host, which counts the request all along. Where it refused, or nobody else
   * is there, after a while only. Source: HAProxy's src/backend.c, back_handle_st_cer; src/http_ana.c, do_l7_retry.
   */
  private retryAsHaproxy(call: CallId, outcome: Outcome, report: LoadReport | null, interval: number): void {
    const { calls, balancer } = this;
    const previous = this.hostOf(call);
    const sentAtMs = calls.sentAtMs[call];
    this.stopTimers(call);
    this.observer.onAttemptEnd(call, previous, calls.attempt[call], sentAtMs, outcome);
    const retry = ++calls.attempt[call];
    if (retry === 1) this.retrying++;
    const leaves = redispatches(interval, retry, this.maxAttempts - 1, previous, calls.ofSession[call] === 1, balancer);
    if (leaves) {
      calls.ofSession[call] = 0;
      this.release(call, previous, outcome, report);
      this.waiting.line.offer(previous, 'end');
    } else calls.hosts[call * calls.maxAttempts + retry] = previous;
    if (this.turnAround !== null && outcome === Outcome.refused && (!leaves || activeHosts(balancer) <= 1)) {
      calls.waits[call] = TURNS_AROUND;
      if (leaves) balancer.room.between++;
      calls.tryTimer[call] = this.turnAround.schedule(this.turnedAround, call);
    } else this.sendAgain(call, outcome);
  }

  /** To the host that counts the request, while it is in the view; else to another one. */
  private sendAgain(call: CallId, outcome: Outcome): void {
    const { calls, balancer } = this;
    const at = call * calls.maxAttempts + calls.attempt[call];
    const kept = calls.hosts[at];
    if (kept?.present === true) {
      balancer.repeat(kept, this.clock.now() - calls.sentAtMs[call], outcome, calls.reweighed[call]);
      this.send(call, kept, true);
      return;
    }
    if (kept !== null) this.release(call, kept, outcome, null);
    calls.hosts[at] = null;
    balancer.request.memory = calls.memory[call];
    balancer.request.waitsFor = null;
    const host = balancer.redispatch(calls.key[call], calls.hosts[at - 1] as Host, calls.worker[call]);
    calls.memory[call] = balancer.request.memory;
    this.waiting.sendOrWait(call, host);
  }

  private onTurnedAround(call: CallId): void {
    const { waits, hosts, attempt, maxAttempts } = this.calls;
    waits[call] = SENT;
    if (hosts[call * maxAttempts + attempt[call]] === null) this.balancer.room.between--;
    this.sendAgain(call, Outcome.refused);
  }

  /** The overall timeout has run out before the next attempt was sent. */
  private stopTurning(call: CallId): void {
    const { calls } = this;
    const at = call * calls.maxAttempts + calls.attempt[call];
    const kept = calls.hosts[at];
    this.clock.cancel(calls.tryTimer[call]);
    calls.waits[call] = SENT;
    calls.hosts[at] = null;
    if (kept === null) {
      this.balancer.room.between--;
      return;
    }
    this.release(call, kept, Outcome.refused, null);
    this.waiting.line.offer(kept, 'end');
  }

  /**
   * Whether the overall timeout is due at this very instant. Three times 33.3 ms may fall a rounding error short of
   * 99.9 ms, and an attempt sent then would live for that long.
   */
  private isOutOfTime(call: CallId): boolean {
    const now = this.clock.now();
    return this.calls.startedAtMs[call] + this.timeoutMs - now <= now * ROUNDING;
  }

  private mayTryAgain(call: CallId): boolean {
    const tries = this.calls.attempt[call] + 1;
    return tries < this.maxAttempts && tries < this.balancer.mostTries;
  }

  private finish(call: CallId, outcome: Outcome): void {
    const { calls } = this;
    if (this.overallLane !== null) this.clock.cancel(calls.overallTimer[call]);
    if (this.calls.attempt[call] > 0) this.retrying--;
    this.onDone(call, outcome);
    const first = call * calls.maxAttempts;
    for (let i = 0; i <= calls.attempt[call]; i++) calls.hosts[first + i] = null;
    if (calls.waits[call] === GAVE_UP) calls.finish(call);
    else calls.close(call);
  }

  private onOverallTimeout(call: CallId): void {
    const waits = this.calls.waits[call];
    if (waits === TURNS_AROUND) this.stopTurning(call);
    else if (waits === WAITS_FOR_HOST) this.waiting.giveUp(call);
    else {
      this.transport.abandon(call);
      this.endAttempt(call, Outcome.timedOut, null);
    }
    this.finish(call, Outcome.timedOut);
  }

  private onTryTimeout(call: CallId): void {
    // Where no shorter connect timeout is written, the per-try timeout is the connect timeout too.
    const notAccepted = this.connectLane === null && this.calls.accepted[call] === 0;
    this.giveUp(call, this.retryTimeout || (notAccepted && this.retryConnectFailure));
  }

  private onConnectTimeout(call: CallId): void {
    this.calls.accepted[call] = TOO_LATE;
    this.giveUp(call, this.retryConnectFailure);
  }

  private giveUp(call: CallId, retry: boolean): void {
    this.transport.abandon(call);
    this.endOrRetry(call, Outcome.timedOut, retry);
  }
}
