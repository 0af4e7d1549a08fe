import type { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';
import type { Occasion } from '../balancer/room.ts';
import type { Clock } from '../core/clock.ts';
import type { CallId, CallTable } from './calls.ts';
import { NO_CALL, type WaitingCalls } from './waiting_calls.ts';
import { warmUpOf } from './warm_up.ts';

/** What a host that is not there takes. */
const NO_LIMIT = -1;

/** What becomes of a call that waits no longer. */
export interface LinePorts {
  readonly clock: Clock;
  readonly calls: CallTable;
  readonly balancer: Balancer;
  readonly waiting: WaitingCalls;
  /** Whether who waits for a host leaves it once it is down: HAProxy's `option redispatch`. */
  readonly redispatches: boolean;
  /** Takes it out of its line. */
  readonly leave: (call: CallId) => void;
  /** Sends it to that host, which has room reserved for it. `placeless`: it holds no place there. */
  readonly send: (call: CallId, host: Host, placeless: boolean) => void;
  /** Takes it out of its line, and picks for it. */
  readonly pick: (call: CallId) => void;
  /** Picks for all that wait for anyone. */
  readonly pickAgain: () => void;
}

/** Who of those that wait for hosts that are full is next, and what becomes of them as hosts come and go: as in HAProxy. */
export class LineForHosts {
  private readonly ports: LinePorts;
  private readonly warmUp: ReturnType<typeof warmUpOf> | null;
  /** By slot: what the host was last said to take. */
  private readonly limits: number[] = [];

  constructor(ports: LinePorts) {
    const { clock, balancer } = ports;
    this.ports = ports;
    const warmsUp = balancer.queues && balancer.room.easesIn;
    // Weights first, as there.
    const look = (host: Host): void => {
      balancer.catchUp();
      this.offer(host, 'warm-up');
    };
    this.warmUp = warmsUp ? warmUpOf(clock, balancer, look) : null;
  }

  /**
   * The host may have room for some who wait: for it, or, if it may be picked, for anyone. Whoever has waited longest is
   * next, by whole milliseconds, and then whoever waits for this host. Source: src/queue.c, pendconn_process_next_strm.
   */
  offer(host: Host, occasion: Occasion): void {
    const { balancer, leave, send } = this.ports;
    if (!balancer.queues || !host.present || !balancer.room.looksForWaiting(host, occasion)) return;
    // All are counted before the policy hears of any, which leastconn sees (process_srv_queue, server_take_conn).
    const next: CallId[] = [];
    while (balancer.room.takesWaiting(host, occasion)) {
      const call = this.nextFor(host);
      if (call === NO_CALL) break;
      next.push(call);
      leave(call);
      balancer.reserve(host);
    }
    balancer.room.looked(host);
    for (const call of next) send(call, host, false);
  }

  /**
   * The host was found healthy, or not any more. Who waits for it goes on waiting; with `option redispatch` all are sent to it at
   * once, as full as it may be, for a retry to find them another one (the streams stay assigned, and have no slot); for anyone,
   * as long as anybody is there. Source: src/server.c, _srv_update_status_op; src/queue.c, pendconn_redistribute.
   */
  turned(host: Host): void {
    const { balancer, waiting, redispatches } = this.ports;
    if (!balancer.queues) return;
    if (host.latest.healthy) {
      this.returned(host);
      return;
    }
    balancer.room.notReady(host);
    if (waiting.size === 0) return;
    if (redispatches) this.sendAll(host);
    this.pickAgainIfAlone();
  }

  /**
   * The view is another one. Those who waited for hosts that have left wait elsewhere; who is new takes some who wait, and whose
   * limit is another one, but nobody for another weight (src/server.c, _srv_update_status_adm, server_parse_maxconn_change_request
   * and server_parse_weight_change_request).
   */
  membersChanged(gone: readonly Host[]): void {
    const { balancer } = this.ports;
    if (!balancer.queues) return;
    const areFirst = this.limits.length === 0;
    for (const host of gone) {
      balancer.room.notReady(host);
      this.limits[host.slot] = NO_LIMIT;
      this.warmUp?.end(host);
      this.left(host);
    }
    for (const host of balancer.members) {
      const { slot, limit } = host;
      const before = this.limits[slot] ?? NO_LIMIT;
      this.limits[slot] = limit;
      if (before === NO_LIMIT && !areFirst) this.returned(host);
      else if (before !== limit) this.offer(host, 'wait');
    }
  }

  /** Those who waited for the host wait elsewhere, as for a server of HAProxy in maintenance. */
  left(host: Host): void {
    this.redistribute(host);
    this.pickAgainIfAlone();
  }

  private returned(host: Host): void {
    if (!host.present || !host.latest.healthy) return;
    this.warmUp?.begin(host);
    this.offer(host, 'return');
    if (this.ports.balancer.isEasedIn(host)) this.ports.balancer.room.notReady(host);
  }

  private sendAll(host: Host): void {
    const { waiting, balancer, leave, send } = this.ports;
    const all = waiting.toArray(host);
    for (const call of all) {
      leave(call);
      balancer.reserve(host, true);
    }
    for (const call of all) send(call, host, true);
  }

  private nextFor(host: Host): CallId {
    const { waiting, calls } = this.ports;
    const own = waiting.first(host);
    const any = host.pickable ? waiting.first('anyone') : NO_CALL;
    if (own === NO_CALL || any === NO_CALL) return own === NO_CALL ? any : own;
    return Math.floor(calls.queuedAtMs[own]) <= Math.floor(calls.queuedAtMs[any]) ? own : any;
  }

  /** Nobody is to be waited for where there is nobody at all. */
  private pickAgainIfAlone(): void {
    const { waiting, balancer, pickAgain } = this.ports;
    if (waiting.size > 0 && balancer.eligible.length === 0) pickAgain();
  }

  private redistribute(host: Host): void {
    const { waiting, pick } = this.ports;
    for (const call of waiting.toArray(host)) if (waiting.waitsFor(call) === host) pick(call);
  }
}
