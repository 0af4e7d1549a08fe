import type { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';
import type { Clock, Lane } from '../core/clock.ts';
import { type CallId, type CallTable, GAVE_UP, SENT, WAITS_FOR_HOST } from './calls.ts';
import { FailFast, type FailFastSettings } from './fail_fast.ts';
import { LineForHosts } from './line_for_hosts.ts';
import type { RequestPolicy } from './request_policy.ts';
import { NO_CALL, WaitingCalls } from './waiting_calls.ts';

/** What becomes of requests that wait for a host. */
interface WaitingPorts {
  /** Picks for the call's next attempt: null and `RequestUnderWay.waitsFor` where nobody takes it yet. */
  readonly pick: (call: CallId) => Host | null;
  /** Sends it. `counted`: the host counts the request already. */
  readonly send: (call: CallId, host: Host, counted: boolean) => void;
  /** Counts as an attempt that is over at once, and as nothing else: its caller has given up before. */
  readonly sendInVain: (host: Host) => void;
  /** Ends it: there is no host. */
  readonly fail: (call: CallId) => void;
}

interface WaitingOptions extends WaitingPorts {
  readonly clock: Clock;
  readonly calls: CallTable;
  readonly balancer: Balancer;
  readonly request: Pick<RequestPolicy, 'queueTimeoutMs' | 'redispatch'>;
  /** How long requests may wait for anyone, all together, and how many. null: each as its `request` says. */
  readonly failFast: FailFastSettings | null;
}

/**
 * Where requests wait while nobody can take them: for one host, or for anyone. Where all wait together for anyone, as in
 * Linkerd, whoever gives up keeps its place: it counts for `capacity`, and when it is its turn it is picked for, and goes to
 * that host in vain. Source: linkerd2-proxy linkerd/proxy/balance/queue/src/worker.rs, where a request is handed to the
 * pool before anybody asks whether its caller is still there.
 */
export class WaitingRoom {
  /** To be told of hosts that have room, come, go or turn. */
  readonly line: LineForHosts;
  private readonly clock: Clock;
  private readonly calls: CallTable;
  private readonly balancer: Balancer;
  private readonly ports: WaitingPorts;
  private readonly waiting = new WaitingCalls();
  private readonly failFast: FailFast | null;
  private readonly queueLane: Lane | null;
  private readonly timedOut = (call: number): void => this.fail(call);

  constructor({ clock, calls, balancer, request, failFast, ...ports }: WaitingOptions) {
    const { queueTimeoutMs = Infinity, redispatch = 0 } = request;
    this.clock = clock;
    this.calls = calls;
    this.balancer = balancer;
    this.ports = ports;
    this.queueLane = queueTimeoutMs === Infinity ? null : clock.lane(queueTimeoutMs);
    this.failFast = failFast && new FailFast(clock, failFast, () => this.failAll());
    this.line = new LineForHosts({
      ...{ clock, calls, balancer, waiting: this.waiting, redispatches: redispatch !== 0 },
      leave: (call) => this.leave(call),
      send: (call, host, placeless) => {
        this.tookOne();
        balancer.started(host);
        if (placeless) calls.placeless[call] = 1;
        ports.send(call, host, true);
      },
      pick: (call) => {
        this.leave(call);
        this.sendOrWait(call, ports.pick(call));
      },
      pickAgain: () => this.pickAgain(),
    });
  }

  /** Sends the call to the host that was just picked; where that is nobody, it waits, or fails. */
  sendOrWait(call: CallId, host: Host | null): void {
    if (host !== null) {
      this.failFast?.ready();
      this.ports.send(call, host, false);
    } else if (this.mayWait()) this.enter(call, this.balancer.request.waitsFor as Host | 'anyone');
    else this.ports.fail(call);
  }

  /** Its caller waits no longer. */
  giveUp(call: CallId): void {
    const keepsPlace = this.failFast !== null && this.waiting.waitsFor(call) === 'anyone' && !this.balancer.queues;
    if (keepsPlace) this.calls.waits[call] = GAVE_UP;
    else this.abandon(call);
  }

  /** The call is to end while it waits. Its host may have room by now for one behind it (src/stream.c, stream_free). */
  private abandon(call: CallId): void {
    const waitedFor = this.waiting.waitsFor(call);
    this.leave(call);
    if (waitedFor !== null && waitedFor !== 'anyone') this.line.offer(waitedFor, 'wait');
  }

  private leave(call: CallId): void {
    this.calls.waits[call] = SENT;
    this.balancer.room.leave(this.waiting.leave(call));
    if (this.queueLane !== null) this.clock.cancel(this.calls.tryTimer[call]);
  }

  /**
   * Who can be picked, or what a pick goes by, has changed: picks once more for all that wait for anyone, the longest first.
   * Those for whom nobody is to be waited for any more end.
   */
  pickAgain(): void {
    if (this.waiting.size === 0) return;
    const waiting = this.waiting.toArray('anyone');
    const entries = waiting.map((call) => this.waiting.entryOf(call));
    for (const [i, call] of waiting.entries()) {
      // What was just sent may have been answered at once, and one thing have led to another.
      if (this.waiting.entryOf(call) !== entries[i]) continue;
      const host = this.ports.pick(call);
      if (host === null && this.balancer.request.waitsFor === 'anyone') {
        this.failFast?.begin();
        continue;
      }
      if (this.calls.waits[call] === GAVE_UP) this.endInVain(call, host);
      else {
        this.leave(call);
        this.sendOrWait(call, host);
      }
    }
  }

  /** It is the turn of a call that gave up. */
  private endInVain(call: CallId, host: Host | null): void {
    this.leave(call);
    this.calls.close(call);
    if (host === null) return;
    this.failFast?.ready();
    this.ports.sendInVain(host);
  }

  /** Somebody can be picked who could not be. */
  someoneIsReady(): void {
    const failedFast = this.failFast?.failing === true;
    this.failFast?.ready();
    if (failedFast) this.balancer.chooseAhead();
    this.pickAgain();
  }

  /** A host that was full had room: for those still left without one, the time without anybody begins anew. */
  private tookOne(): void {
    this.failFast?.ready();
    if (this.waiting.lengthOf('anyone') > 0) this.failFast?.begin();
  }

  private enter(call: CallId, waitsFor: Host | 'anyone'): void {
    this.calls.waits[call] = WAITS_FOR_HOST;
    this.calls.queuedAtMs[call] = this.clock.now();
    this.waiting.enter(call, waitsFor);
    this.balancer.room.enter(waitsFor);
    if (this.queueLane !== null) this.calls.tryTimer[call] = this.queueLane.schedule(this.timedOut, call);
    // What it may have may have grown since somebody was last sent there (src/backend.c, srv_redispatch_connect).
    if (waitsFor !== 'anyone') this.line.offer(waitsFor, 'wait');
  }

  /** Whether the request that was just picked for in vain may wait for a host. */
  private mayWait(): boolean {
    const { waitsFor } = this.balancer.request;
    if (waitsFor !== 'anyone' || this.failFast === null) return waitsFor !== null;
    return this.failFast.admits(this.waiting.lengthOf('anyone'));
  }

  private fail(call: CallId): void {
    if (this.calls.waits[call] === GAVE_UP) {
      this.endInVain(call, null);
      return;
    }
    this.abandon(call);
    this.ports.fail(call);
  }

  /** Nobody was ready for too long. */
  private failAll(): void {
    const { failFast, waiting } = this;
    while (failFast?.failing === true && waiting.first('anyone') !== NO_CALL) this.fail(waiting.first('anyone'));
  }
}
