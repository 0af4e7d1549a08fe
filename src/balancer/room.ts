import type { Host } from './host.ts';
import type { Weights } from './weights.ts';

/** How requests wait for hosts that are full, as in HAProxy. */
export interface QueueSettings {
  /** For a request to wait, its `timeout queue`; null: as long as to connect, as in HAProxy where nothing is written. */
  readonly timeoutMs: number | null;
  /** Requests that may wait for one host, its `maxqueue`; Infinity: any number. */
  readonly maxPerHost: number;
  /** With so many requests under way hosts may take as many as they can, its `fullconn`; Infinity: never. */
  readonly fullConnections: number;
}

/**
 * Why hosts are to take those who wait: a request has ended, and still is under way; one has begun or ceased to wait; an eased-in host
 * may take more by now; the host is back, or new.
 */
export type Occasion = 'end' | 'wait' | 'warm-up' | 'return';

/** What an unlimited queue of HAProxy counts as where a queue is added to a limit (`maxqueue 0`). */
const UNLIMITED = 0;

/**
 * How much hosts can take, and how many requests wait, as HAProxy counts both: of one caller, all of its workers together.
 * Source: HAProxy 3.5-dev5, src/queue.c, srv_dynamic_maxconn; src/backend.c, assign_server and assign_server_and_queue.
 */
export class Room {
  /** Requests that wait for anyone, and those that wait at all. */
  forAnyone = 0;
  waiting = 0;
  /** Of the attempts in flight those that hold no place: see `Host.placeless`. */
  placeless = 0;
  /** Requests under way that nobody counts: between two attempts. */
  between = 0;
  /** Found idle while nobody was served: whoever finds nobody next is for it (`ready_srv`). */
  private ready: Host | null = null;
  private readonly maxPerHost: number;
  private readonly full: number;
  /** Percent of its limit that slow start leaves a host. */
  private readonly easedIn: EasedIn | null;
  private readonly attempts: () => number;

  constructor(queue: QueueSettings | null = null, easedIn: EasedIn | null = null, attempts: () => number = () => 0) {
    this.maxPerHost = queue?.maxPerHost ?? Infinity;
    this.full = queue?.fullConnections ?? Infinity;
    this.easedIn = easedIn;
    this.attempts = attempts;
  }

  /** Whether slow start lowers limits. */
  get easesIn(): boolean {
    return this.easedIn?.asHaproxy === true;
  }

  /** Attempts that the host may have in flight now. */
  of(host: Host): number {
    return host.limit === Infinity ? Infinity : this.limitNow(host);
  }

  /** Whether the host takes another one at once: of those that wait for it the first would be next. */
  takes(host: Host): boolean {
    return host.limit === Infinity || (host.queued === 0 && host.inFlight < this.limitNow(host));
  }

  /** Whether the host takes another one at once or later. As in HAProxy's leastconn, a line without end counts as none. */
  takesLater(host: Host): boolean {
    if (host.limit === Infinity) return true;
    const line = this.maxPerHost === Infinity ? UNLIMITED : this.maxPerHost;
    return host.inFlight + host.queued < this.limitNow(host) + line;
  }

  /** Whether the host has no room for another one, but in its line. */
  isFull(host: Host): boolean {
    return host.limit < Infinity && host.inFlight >= this.limitNow(host);
  }

  /** Whether not even its line has room. */
  isOverflowing(host: Host): boolean {
    if (host.limit === Infinity || this.maxPerHost === Infinity) return false;
    return host.inFlight + host.queued >= this.limitNow(host) + this.maxPerHost;
  }

  /** Whether another request may wait for the host. */
  hasPlace(host: Host): boolean {
    return host.queued < this.maxPerHost;
  }

  /** Whether all are taken to be full, since somebody waits for anyone while others are served: in turn nobody is looked at then. */
  get crowded(): boolean {
    return this.forAnyone > 0 && this.attempts() > this.placeless;
  }

  /** Whether those who wait are looked at for the host, by what it has in flight at all (include/haproxy/queue.h, may_dequeue_tasks). */
  looksForWaiting(host: Host, occasion: Occasion): boolean {
    if (occasion === 'return' || occasion === 'warm-up') return true;
    const usable = host.latest.healthy && host.weight > 0;
    if (host.queued === 0 && !(this.forAnyone > 0 && usable)) return false;
    return host.limit === Infinity || host.inFlight + host.placeless < this.limitNow(host, occasion);
  }

  /** They were looked at for the host: if nobody is served even so, it is ready for whoever finds nobody (src/queue.c, process_srv_queue). */
  looked(host: Host): void {
    if (this.ready === null && host.inFlight === 0 && this.attempts() === this.placeless) this.ready = host;
  }

  /** The host is not ready: it is down, has left, or is eased in from now on (src/server.c, srv_update_status). */
  notReady(host: Host): void {
    if (this.ready === host) this.ready = null;
  }

  /** Who is ready for a request that has found nobody, if it is still idle; it is so for one request only (assign_server_and_queue). */
  takeReady(): Host | null {
    const host = this.ready;
    this.ready = null;
    return host?.inFlight === 0 ? host : null;
  }

  /**
   * Whether the host can take one of those who wait. One without a limit never does, but for a single one in slow start, to
   * which it leaves at least one of no connections (src/queue.c, process_srv_queue and srv_dynamic_maxconn).
   */
  takesWaiting(host: Host, occasion: Occasion): boolean {
    const limit = host.limit < Infinity ? this.limitNow(host, occasion) : this.percentOf(host, occasion) < 100 ? 1 : 0;
    return host.inFlight < limit;
  }

  /** An attempt is sent to the host, as full as it may be. */
  acquirePlaceless(host: Host): void {
    host.placeless++;
    this.placeless++;
  }

  /** It has ended. */
  releasePlaceless(host: Host): void {
    host.placeless--;
    this.placeless--;
  }

  /** A request waits from now on. */
  enter(waitsFor: Host | 'anyone'): void {
    this.count(waitsFor, 1);
  }

  /** It does not wait any more. */
  leave(waitsFor: Host | 'anyone'): void {
    this.count(waitsFor, -1);
  }

  private count(waitsFor: Host | 'anyone', one: 1 | -1): void {
    this.waiting += one;
    if (waitsFor === 'anyone') this.forAnyone += one;
    else waitsFor.queued += one;
  }

  /** No `occasion`: a request is to be placed. */
  private limitNow(host: Host, occasion: Occasion | null = null): number {
    const { limit } = host;
    const least = host.instance.minConnections ?? limit;
    // The request that is to be placed, or the one that makes room, is under way as well.
    const one = occasion === null || occasion === 'end' ? 1 : 0;
    const underWay = this.attempts() + this.waiting + this.between + one;
    const now =
      least >= limit || underWay >= this.full ? limit : Math.max(least, Math.floor((underWay * limit) / this.full));
    const percent = this.percentOf(host, occasion);
    return percent === 100 ? now : Math.max(1, Math.floor((now * percent) / 100));
  }

  private percentOf(host: Host, occasion: Occasion | null): number {
    if (this.easedIn === null) return 100;
    return occasion === 'return' ? this.easedIn.percentAtReturn(host) : this.easedIn.limitPercent(host);
  }
}

type EasedIn = Pick<Weights, 'asHaproxy' | 'limitPercent' | 'percentAtReturn'>;

/** Where nobody waits, and no limit is ever lowered. */
export const ANY_ROOM = new Room();
