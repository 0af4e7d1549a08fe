import type { Clock } from '../core/clock.ts';
import type { Host } from './host.ts';
import type { HostWeights } from './host_weights.ts';
import type { SlowStart } from './load_balancer.ts';
import { envoySlowStartFactor, haproxySlowStartWeight } from './slow_start.ts';
import type { WeightOf } from './strategy.ts';

/** HAProxy looks once a second at who is eased in, whatever its documentation says (src/server.c, server_warmup). */
const LOOK_MS = 1000;

const inSeconds = (timeMs: number): number => Math.floor(timeMs / 1000);

/**
 * What hosts count for now: the registry's weight, or the system's own, times the part subsetting leaves of it, eased in by
 * slow start. Both settings absent, it is the weight itself.
 */
export class Weights {
  /** null: the registry's weights stand. */
  readonly own: HostWeights | null;
  private readonly clock: Pick<Clock, 'now'>;
  /** What hosts go through. */
  private readonly slowStart: SlowStart | null;
  /** The same where it lowers weights; null where it leaves them, as HAProxy's does those of static algorithms. */
  private readonly easing: SlowStart | null;
  /** How long slow start lasts; HAProxy keeps it in whole seconds, rounded up. */
  private readonly windowMs: number;
  private readonly windowS: number;
  /** By slot: when the host began to be eased in; -Infinity where it never did. */
  private readonly since: number[] = [];
  /** By slot: since when it is looked at each second. Not later than `since`: see `looksSince`. */
  private readonly looksFrom: number[] = [];
  /** By slot, rising: in which order hosts are looked at whose looks are due at once; and the slots that wait for theirs. */
  private readonly looksAs: number[] = [];
  private starts = 0;
  private refreshedMs = -Infinity;
  private toLookAt: number[] = [];
  /** By slot: when it joined, or was last found not to be well. */
  private readonly fell: number[] = [];
  /** By slot: when the registry last gave it another weight since it is eased in; and how often it ever did. */
  private readonly reweighedMs: number[] = [];
  private readonly reweighed: number[] = [];
  /** By slot: the part of its weight that is this caller's. */
  private readonly parts: number[] = [];
  /** Whether there ever were hosts. */
  private started = false;
  private lastStartMs = -Infinity;
  /** The same before the latest change, and by priority what is since. */
  private startBefore = -Infinity;
  private readonly startByPriority: number[] = [];
  private nextRefreshMs = Infinity;

  constructor(
    clock: Pick<Clock, 'now'>,
    slowStart: SlowStart | null,
    own: HostWeights | null = null,
    lowersWeights = true,
  ) {
    this.clock = clock;
    this.own = own;
    this.slowStart = slowStart;
    this.easing = lowersWeights ? slowStart : null;
    const windowMs = slowStart?.windowMs ?? 0;
    this.windowS = Math.ceil(windowMs / 1000);
    this.windowMs = slowStart?.kind === 'haproxy' ? this.windowS * 1000 : windowMs;
    // Envoy's latest_host_added_time_ begins as the balancer does.
    if (slowStart?.kind === 'envoy') this.startBefore = this.lastStartMs = clock.now();
  }

  /** A bound function, so that strategies may keep it. */
  readonly of: WeightOf = Object.assign((host: Host): number => this.over(host, 1), {
    over: (host: Host, divisor: number): number => this.over(host, divisor),
  });

  /**
   * These hosts are new: nothing of an earlier holder of a slot counts. HAProxy eases in one that is added and enabled, as
   * any that leaves maintenance, but nobody at its start (src/server.c, _srv_update_status_adm). For Envoy see `notice`.
   */
  join(hosts: readonly Host[]): void {
    for (const host of hosts) {
      this.parts[host.slot] = 1;
      this.since[host.slot] = -Infinity;
      this.fell[host.slot] = this.clock.now();
      this.reweighedMs[host.slot] = -Infinity;
      this.reweighed[host.slot] = host.reweighed;
      if (host.healthy && this.asHaproxy && this.started) this.start(host);
    }
    this.started ||= hosts.length > 0;
  }

  /** The host's check has found it well again. In Envoy it may be degraded even so: see `notice`. */
  recover(host: Host): void {
    this.start(host);
  }

  /** Its check has passed after failures, whatever else speaks against it: Envoy eases it in from now on, and later if at all. */
  checkPassed(host: Host): void {
    if (this.slowStart?.kind === 'envoy') this.start(host);
  }

  /**
   * Host sets with these hosts are made anew. Envoy: one that is well and that no check has passed is eased in from when it
   * is first so; and the last that began is of those that are well (EdfLoadBalancerBase, recalculateHostsInSlowStart). It
   * makes one priority anew after the other, and those before have yet to hear of it.
   */
  notice(hosts: Iterable<Host>): void {
    if (this.slowStart?.kind !== 'envoy') return;
    this.startBefore = this.lastStartMs;
    this.startByPriority.length = 0;
    for (const host of hosts) {
      if (!host.present || !host.latest.healthy || host.latest.degraded) continue;
      if (this.since[host.slot] === -Infinity) this.start(host);
      const since = this.since[host.slot];
      if (!(since > this.startBefore)) continue;
      this.startByPriority[host.priority] = Math.max(this.startByPriority[host.priority] ?? -Infinity, since);
      this.lastStartMs = Math.max(this.lastStartMs, since);
    }
  }

  /** It has turned bad. */
  fall(host: Host): void {
    this.fell[host.slot] = this.clock.now();
  }

  /** The registry says something else of these. To HAProxy another weight is a look at a host that is up (server_recalc_eweight). */
  redescribed(hosts: Iterable<Host>): void {
    for (const { slot, reweighed, latest } of hosts) {
      if (reweighed !== this.reweighed[slot] && latest.healthy) this.reweighedMs[slot] = this.clock.now();
      this.reweighed[slot] = reweighed;
    }
  }

  /**
   * Whether any host may be in slow start, as far as host sets of this priority know: Envoy looks at the last that began
   * (EdfLoadBalancerBase, noHostsAreInSlowStart).
   */
  easingIn(priority = Infinity): boolean {
    if (this.easing === null) return false;
    let last = this.asHaproxy || priority === Infinity ? this.lastStartMs : this.startBefore;
    for (let i = 0; i <= priority && i < this.startByPriority.length; i++) {
      last = Math.max(last, this.startByPriority[i] ?? -Infinity);
    }
    // In whole milliseconds.
    return Math.floor(this.clock.now() - last) <= this.windowMs;
  }

  /** Whether the host is in slow start, be its weight lowered or not: with static algorithms too, HAProxy has it as SRV_ST_STARTING. */
  isEasedIn({ slot }: Host): boolean {
    return this.asHaproxy
      ? this.wasEasedIn(slot, this.clock.now())
      : this.clock.now() - this.since[slot] < this.windowMs;
  }

  /** How long until HAProxy looks again at a host that is eased in. */
  untilLookMs({ slot }: Host): number {
    return this.lookAfter(slot, this.clock.now()) - this.clock.now();
  }

  /**
   * Percent of its limit of connections that slow start leaves the host: by whole seconds of the clock, and with static
   * algorithms too; all of it once it is down again (HAProxy's src/queue.c, srv_dynamic_maxconn).
   */
  limitPercent(host: Host): number {
    const since = this.since[host.slot];
    if (!this.asHaproxy || since === undefined || since === -Infinity || !host.latest.healthy) return 100;
    return this.percentSince(since);
  }

  /**
   * The same where a host that has just come back takes those who wait: as long after it failed, for when it came back is
   * written down later (src/server.c, srv_update_status). Down for as long as slow start lasts, it takes as many as ever.
   */
  percentAtReturn(host: Host): number {
    if (!this.asHaproxy || this.since[host.slot] !== this.clock.now()) return this.limitPercent(host);
    return this.percentSince(this.fell[host.slot]);
  }

  /** Whether hosts are eased in as by HAProxy. */
  get asHaproxy(): boolean {
    return this.slowStart?.kind === 'haproxy';
  }

  partOf(host: Host): number {
    return this.parts[host.slot] ?? 1;
  }

  setPart(host: Host, part: number): void {
    this.parts[host.slot] = part;
  }

  /**
   * Whether hosts are being eased in and strategies that read weights in `rebuild` should read them again now. To be asked until it
   * is not so: HAProxy looks at one host after another, and has placed one by its weight before it looks at the next.
   */
  dueForRefresh(): boolean {
    if (this.easing === null) return false;
    const now = this.clock.now();
    if (this.toLookAt.length > 0) this.toLookAt.shift();
    else if (now < this.nextRefreshMs) return false;
    else {
      this.nextRefreshMs = this.refreshAfter(now);
      if (this.asHaproxy) this.toLookAt = this.lookedAtNow(now);
    }
    return true;
  }

  /** Whether somebody else is to be looked at now as well. */
  get isDueAgain(): boolean {
    return this.toLookAt.length > 0;
  }

  /** Who is to be looked at now, but for the first of them. */
  private lookedAtNow(now: number): number[] {
    const due = [...this.since.keys()].filter((slot) => {
      const look = this.latestLook(slot, now);
      return look > this.refreshedMs && look > this.since[slot] && this.wasEasedIn(slot, look - LOOK_MS);
    });
    this.refreshedMs = now;
    const earlier = (a: number, b: number): number => this.latestLook(a, now) - this.latestLook(b, now);
    return due.sort((a, b) => earlier(a, b) || this.looksAs[a] - this.looksAs[b]).slice(1);
  }

  /** A function of its own, since each call of one that has others within makes an object, and picks ask the one above. */
  private refreshAfter(now: number): number {
    // Each host in step with its own start, however late the pick that asks, and one more time after its end.
    return this.since.reduce((next, _, slot) => {
      const look = this.lookAfter(slot, now);
      return this.secondsAt(slot, look) <= this.windowS ? Math.min(next, look) : next;
    }, Infinity);
  }

  /** In whole milliseconds, as the system counts, so that no rounding makes a look come before its time. */
  private lookAfter(slot: number, timeMs: number): number {
    const from = Math.floor(this.looksFrom[slot]);
    return from + (Math.floor((Math.floor(timeMs) - from) / LOOK_MS) + 1) * LOOK_MS;
  }

  private latestLook(slot: number, timeMs: number): number {
    return this.lookAfter(slot, timeMs) - LOOK_MS;
  }

  /** Whole seconds of the clock from its return to the latest look (server_recalc_eweight). */
  private secondsAt(slot: number, timeMs: number): number {
    const due = this.toLookAt.includes(slot) ? LOOK_MS : 0;
    const latest = Math.max(this.latestLook(slot, timeMs) - due, this.reweighedMs[slot]);
    return Math.max(0, inSeconds(latest) - inSeconds(this.since[slot]));
  }

  private wasEasedIn(slot: number, timeMs: number): boolean {
    return this.since[slot] !== -Infinity && this.secondsAt(slot, timeMs) < this.windowS;
  }

  /** The look that is due after an earlier return still is, where the host has failed and come back before it (task_schedule). */
  private looksSince(slot: number, now: number): number {
    const fell = this.fell[slot];
    const isDue = this.wasEasedIn(slot, fell) && this.lookAfter(slot, fell) > now;
    return isDue ? this.looksFrom[slot] : now;
  }

  private percentSince(timeMs: number): number {
    const seconds = inSeconds(this.clock.now()) - inSeconds(timeMs);
    return Math.min(100, Math.floor((100 * seconds) / this.windowS));
  }

  private over(host: Host, divisor: number): number {
    const weight = (host.weight * this.partOf(host)) / divisor;
    return this.easing === null ? weight : this.eased(host, weight, this.easing);
  }

  private start(host: Host): void {
    const now = this.clock.now();
    const from = this.looksSince(host.slot, now);
    if (from !== this.looksFrom[host.slot]) this.looksAs[host.slot] = ++this.starts;
    this.looksFrom[host.slot] = from;
    this.since[host.slot] = now;
    this.reweighedMs[host.slot] = -Infinity;
    if (this.asHaproxy) this.lastStartMs = now;
    this.nextRefreshMs = Math.min(this.nextRefreshMs, this.lookAfter(host.slot, now));
  }

  private eased(host: Host, weight: number, slowStart: SlowStart): number {
    if (!this.isEasedIn(host)) return weight;
    const now = this.clock.now();
    if (slowStart.kind === 'haproxy') {
      return haproxySlowStartWeight(weight, this.secondsAt(host.slot, now), this.windowS);
    }
    // In panic and among degraded hosts Envoy eases nobody in. It looks at what is made of them now (applySlowStartFactor).
    if (!host.latest.healthy || host.latest.degraded) return weight;
    return weight * envoySlowStartFactor(now - this.since[host.slot], slowStart);
  }
}
