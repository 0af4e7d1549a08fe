import { invariant } from '../core/assert.ts';
import type { BeliefCause } from '../core/belief_cause.ts';
import type { Clock } from '../core/clock.ts';
import { Connectivity } from '../core/connectivity.ts';
import type { Instance } from '../core/instance.ts';
import { type Key, NO_KEY } from '../core/key.ts';
import type { LoadReport } from '../core/load_report.ts';
import type { Outcome } from '../core/outcome.ts';
import type { BalancerSettings } from './balancer_settings.ts';
import { Chooser } from './chooser.ts';
import { ConnectedPicks } from './connected_picks.ts';
import { type Host, type HostHealth, isIdle } from './host.ts';
import { LateUpdates } from './late_updates.ts';
import { Membership } from './membership.ts';
import { Room } from './room.ts';
import { remakesEmpty } from './routing/priority_load.ts';
import type { PrioritySet } from './routing/priority_set.ts';
import { Routing } from './routing/routing.ts';
import { SessionPicks } from './session_picks.ts';
import { looksAtWeights, type RequestUnderWay, type StrategyTraits } from './strategy.ts';
import type { CallerSubset } from './subsetting/caller_subset.ts';
import { callerSubsetOf } from './subsetting/caller_subset_of.ts';
import { View } from './view.ts';
import { Weights } from './weights.ts';
import { type SharedPorts, Workers } from './workers.ts';

/**
 * One caller's hosts of one service: who is in the view, who may be picked, and, by its strategy, who is picked. The way
 * of a pick: the session's host if there is one, else priority, panic, zone, and the strategy of that host set.
 * Hosts of weight 0 are members but never pickable, and count nowhere.
 */
export class Balancer {
  /** The request that is picked for: who sends it keeps its memory between its tries. */
  readonly request: RequestUnderWay = { memory: 0, list: -1, waitsFor: null };
  private readonly clock: Pick<Clock, 'now'>;
  private readonly view: View;
  private readonly membership: Membership;
  private readonly workers: Workers;
  private readonly weights: Weights;
  private readonly routing: Routing;
  private readonly chooser: Chooser;
  /** null: it uses all hosts. */
  private readonly callerSubset: CallerSubset | null;
  private readonly sessions: SessionPicks | null;
  private readonly limits: StrategyTraits['limits'];
  /** How much hosts can take, and who waits for them. */
  readonly room: Room;
  private readonly redispatches: boolean;
  /** null: connections are no matter. */
  private readonly connected: ConnectedPicks | null;

  constructor(settings: BalancerSettings) {
    const { loadBalancer, strategy, clock, random, keyText, probeLoad, place, gate = null } = settings;
    const { panicThreshold, sessionAffinity, slowStart } = loadBalancer;
    if (!(panicThreshold >= 0 && panicThreshold <= 1)) {
      throw new RangeError(`panicThreshold must be a share from 0 to 1, found ${panicThreshold}`);
    }
    this.clock = clock;
    const connects = loadBalancer.connections === null ? null : (settings.connectionPorts ?? null);
    const asNginx = strategy.traits.limits === 'skips';
    const connection = connects === null ? Connectivity.ready : Connectivity.idle;
    this.view = new View(settings.initiallyHealthy, connection, asNginx);
    const ownWeights = strategy.weigh?.(clock) ?? null;
    // Envoy's client-side weights know no slow start (getRoundRobinConfig).
    const lowersWeights =
      ownWeights === null && looksAtWeights(strategy.traits) && strategy.traits.fixedWeights !== true;
    this.weights = new Weights(clock, slowStart, ownWeights, lowersWeights);
    this.callerSubset = callerSubsetOf(settings, this.weights, () => {
      this.membership.regroup();
      this.chooser.renew();
    });
    this.limits = strategy.traits.limits;
    this.redispatches = settings.redispatches ?? false;
    this.room = new Room(loadBalancer.queue, this.weights, () => this.workers.attempts);
    const ports: SharedPorts = {
      ...{ clock, request: this.request, keyText, probeLoad, weightless: () => this.membership.weightless },
      ...(this.limits === 'queues' ? { room: this.room } : {}),
      ...(this.callerSubset === null ? {} : { aperture: this.callerSubset }),
      ...(connects === null ? {} : { connect: connects.connect }),
    };
    this.workers = new Workers(strategy, settings.workers, random, ports);
    const hashes = strategy.traits.affinity !== 'none';
    const late =
      gate === null ? null : new LateUpdates(gate, hashes && loadBalancer.subset === null, remakesEmpty(loadBalancer));
    const { workers, weights, request, callerSubset, limits, view } = this;
    const lazily = strategy.traits.connectsLazily === true;
    const connecting = connects && { ports: connects, lazily };
    this.routing = new Routing(loadBalancer, place, workers, weights, hashes, settings.observer, connecting);
    const { routing } = this;
    const { subset } = loadBalancer;
    const { observer } = settings;
    const tellsOnce = loadBalancer.connections?.system === 'grpc-go';
    const told = { lazily, tellsOnce };
    this.membership = new Membership({ subset, observer, view, weights, routing, callerSubset, late, ...told });
    this.connected = connects && new ConnectedPicks(connects, request, routing);
    const patient = (loadBalancer.whenNobodyReady ?? null) !== null;
    this.chooser = new Chooser(routing, workers, callerSubset, clock, strategy.traits, request, patient);
    const sessionPorts = { clock, chooser: this.chooser, routing, view, limits };
    this.sessions = sessionAffinity === null ? null : new SessionPicks(sessionAffinity, settings.workers, sessionPorts);
  }

  /** All hosts in the view, in the registry's order. */
  get members(): readonly Host[] {
    return this.view.hosts;
  }

  /** The hosts that may be picked now, in the registry's order. Looks through all members. */
  get eligible(): readonly Host[] {
    this.membership.catchUp();
    return this.view.hosts.filter((host) => host.pickable);
  }

  /** Attempts in flight, those to hosts that have left the view included. */
  get attempts(): number {
    return this.workers.attempts;
  }

  /** Whether health is disregarded in a priority that gets load, because too few of its hosts are healthy. */
  get panic(): boolean {
    return this.routing.panic;
  }

  /** Takes over a snapshot of the registry: see `Membership.update`. */
  update(instances: readonly Instance[], judge: (() => void) | null = null, continues = false): void {
    if (this.connected !== null) this.connected.listed = true;
    this.membership.update(instances, judge, continues);
  }

  /** Whether this caller believes that the host can serve, from now on: see `setHealth`. */
  setHealthy(host: Host, healthy: boolean, cause: BeliefCause = 'activeCheck'): void {
    this.setHealth(host, { healthy }, cause);
  }

  /** What this caller makes of the host from now on: see `Membership.setHealth`. */
  setHealth(host: Host, health: Partial<HostHealth>, cause: BeliefCause = 'activeCheck', renews = false): void {
    this.membership.setHealth(host, health, cause, renews);
  }

  /** A check of the host has passed after failures, whatever else speaks against it. Comes before what is made of that. */
  checkPassed(host: Host): void {
    this.weights.checkPassed(host);
  }

  /** What moves with time or load, brought up to date outside of a pick: strategies hear of it at once. */
  catchUp(): void {
    this.membership.catchUp();
    this.routing.told();
  }

  /** What has waited of this priority is picked by from now on: for whoever owns the gate. */
  letThrough(priority: number): void {
    this.membership.letThrough(priority);
  }

  /**
   * A host to send to, or null where nobody may be picked, or the strategy needs a key and there is none. `attempt` counts
   * the selections for one send, from 0: a caller that turns the host down asks again with one more. `attempted`:
   * priorities to avoid (Envoy's previous_priorities). `retry`: an attempt of the request has failed. Picks of sessions are none of the
   * strategy's business, as in HAProxy, Envoy and gRPC; but nginx's round robin counts them as turns.
   */
  pick(key: Key, attempt: number, worker = 0, attempted: PrioritySet | null = null, retry = false): Host | null {
    this.membership.catchUp();
    if (!this.workers.used) this.routing.begin();
    if (this.limits === 'skips' && this.isOutdated(retry)) return null;
    const host = this.choose(key, attempt, worker, attempted, retry);
    return this.connected === null ? host : this.connected.take(host);
  }

  /** Somebody can be picked again, and no request is there: the policy may choose for the next one already. */
  chooseAhead(): void {
    this.membership.catchUp();
    this.chooser.chooseAhead();
  }

  /** Whether a request has been tried with another list, which ends it in nginx (`peers->config` of ngx_http_upstream_get_round_robin_peer and others). */
  private isOutdated(retry: boolean): boolean {
    const { request, membership } = this;
    if (!retry) request.list = membership.lists;
    return request.list !== -1 && request.list !== membership.lists;
  }

  private choose(key: Key, attempt: number, worker: number, avoided: PrioritySet | null, retry: boolean): Host | null {
    const { sessions } = this;
    if (sessions === null || key === NO_KEY) {
      return this.admitted(this.chooser.ask(key, attempt, worker, avoided, retry));
    }
    const host = this.admitted(sessions.pick(key, attempt, worker, avoided, retry));
    const isStuck = host === null && this.request.waitsFor === null && sessions.wasOfSession(worker);
    // Too many wait for the session's host (HAProxy's src/backend.c, srv_redispatch_connect).
    return isStuck && this.redispatches
      ? this.admitted(sessions.pickElsewhere(key, attempt, worker, avoided, retry))
      : host;
  }

  /** The host if it takes the request at once; null: `request` says whether it may wait (HAProxy's assign_server_and_queue). */
  private admitted(host: Host | null): Host | null {
    const { limits, room, request } = this;
    if (limits !== 'queues') return host;
    if (host === null) return request.waitsFor === 'anyone' ? this.admittedAtOnce() : null;
    if (room.takes(host)) return host;
    if (room.hasPlace(host)) request.waitsFor = host;
    return null;
  }

  /** Who is ready, whatever the policy says, for a request that would wait for anyone. */
  private admittedAtOnce(): Host | null {
    const host = this.room.takeReady();
    if (host === null) return null;
    this.request.waitsFor = null;
    return host;
  }

  /** Whether requests wait for hosts that are full, as in HAProxy. */
  get queues(): boolean {
    return this.limits === 'queues';
  }

  /** How often a request may be sent: in nginx once to each host (ngx_http_upstream_tries). */
  get mostTries(): number {
    return this.limits === 'skips' ? this.membership.weighty : Infinity;
  }

  /** Whether a priority that was not attempted can take any load. */
  canAvoid(attempted: PrioritySet): boolean {
    return this.routing.canAvoid(attempted);
  }

  /**
   * A host for a retry, as HAProxy redispatches: no session is asked, and only `previous` is passed by, in the policy's own
   * way. A policy that has none is asked a few times; the first other host has the request then.
   */
  redispatch(key: Key, previous: Host, worker = 0): Host | null {
    this.membership.catchUp();
    return this.admitted(this.chooser.askAnother(key, previous, worker, this.view.hosts));
  }

  /**
   * The host's answer goes to whoever sent the request with this key: where sessions stick to hosts, it sticks to this one from now
   * on. Until then requests with the key go where the policy says, and one that nobody answers leaves nothing; but cookies of nginx
   * and Envoy go out with their own error pages too, for whoever was tried last. Source: HAProxy's src/stream.c,
   * process_store_rules; nginx's ngx_http_upstream_sticky_free_peer; Envoy's stateful_session.cc, encodeHeaders; gRPC A55.
   */
  answered(key: Key, host: Host): void {
    if (key !== NO_KEY) this.sessions?.remember(key, host);
  }

  /** Whether the latest pick for this key was its session's host, and the strategy was not asked. */
  isOfSession(key: Key, worker: number): boolean {
    return key !== NO_KEY && this.sessions?.wasOfSession(worker) === true;
  }

  /** Lets go of its timers: where it has connections, priorities have theirs. */
  close(): void {
    this.routing.close();
  }

  /** Whether the policy hashes: it then draws once a send, however many hosts are turned down. */
  get hashes(): boolean {
    return this.chooser.hashes;
  }

  /** Whether the host is in slow start, be its weight lowered or not. */
  isEasedIn(host: Host): boolean {
    return this.weights.isEasedIn(host);
  }

  /** How long until a host that is eased in is looked at, as HAProxy does once a second. */
  untilLookMs(host: Host): number {
    return this.weights.untilLookMs(host);
  }

  /** An attempt is sent to the host, and nobody else is to hear of it. */
  acquire(host: Host): void {
    this.reserve(host);
    this.started(host);
    this.sent();
  }

  /** The first step of `acquire`: the attempt counts, but nobody has heard of it yet. `placeless`: it takes no place with the host. */
  reserve(host: Host, placeless = false): void {
    invariant(host.present, 'attempts go to hosts in the view, found one that has left');
    if (placeless) this.room.acquirePlaceless(host);
    else host.inFlight++;
    this.workers.reserve();
  }

  /** The second step. */
  started(host: Host): void {
    this.callerSubset?.started(this.clock.now());
    this.workers.started(host);
  }

  /** The last step, once everybody else has heard of the attempt: see `Strategy.onSent`. */
  sent(): void {
    this.workers.sent();
  }

  /** Instead of `release` and `acquire`: an attempt has failed, another is sent to the same host, and one was in flight all along. */
  repeat(host: Host, latencyMs: number, outcome: Outcome, reweighed: number): void {
    this.workers.ended(host, latencyMs, outcome, null, reweighed, host.forgotten);
    this.workers.reserve();
    this.workers.started(host);
  }

  /**
   * An attempt sent to the host has ended; the host may have left the view since. `placeless`: it held no place. `reweighed`:
   * `Host.reweighed` as it was sent, and `forgotten` likewise. Absent: as often as by now.
   */
  release(
    host: Host,
    latencyMs: number,
    outcome: Outcome,
    report: LoadReport | null = null,
    placeless = false,
    reweighed = host.reweighed,
    forgotten = host.forgotten,
  ): void {
    invariant((placeless ? host.placeless : host.inFlight) > 0, 'an attempt is released once, found none in flight');
    if (placeless) this.room.releasePlaceless(host);
    else host.inFlight--;
    this.callerSubset?.ended(this.clock.now());
    this.workers.ended(host, latencyMs, outcome, report, reweighed, forgotten);
    if (report !== null && this.weights.own !== null) {
      this.routing.catchUp();
      this.weights.own.observe(host, report);
    }
    if (!host.present && isIdle(host)) this.view.forget(host);
  }
}
