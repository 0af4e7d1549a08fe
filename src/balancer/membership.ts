import type { BeliefCause } from '../core/belief_cause.ts';
import { Connectivity } from '../core/connectivity.ts';
import type { Instance } from '../core/instance.ts';
import type { BalancerObserver } from './balancer_settings.ts';
import { type Host, type HostHealth, isIdle, standing, takeLatest, turns } from './host.ts';
import type { DueUpdates, LateUpdates } from './late_updates.ts';
import type { LoadBalancerSettings } from './load_balancer.ts';
import type { Routing } from './routing/routing.ts';
import { Subsets } from './subsets.ts';
import type { CallerSubset } from './subsetting/caller_subset.ts';
import type { View, ViewChange } from './view.ts';
import type { Weights } from './weights.ts';

export interface MembershipParts {
  readonly subset: LoadBalancerSettings['subset'];
  readonly observer: BalancerObserver;
  readonly view: View;
  readonly weights: Weights;
  readonly routing: Routing;
  /** null: it uses all hosts. */
  readonly callerSubset: CallerSubset | null;
  /** Changes that wait; null: none does. */
  readonly late: LateUpdates | null;
  /** Whether hosts are connected to as they are picked. */
  readonly lazily: boolean;
  /** Whether a connection is told of once, but for one that fails again (grpc-go: pickfirst.go, updateBalancerState). */
  readonly tellsOnce: boolean;
}

/**
 * Who the hosts are and what is made of them: takes over what registry, checks and passive health say, and lets routing
 * and strategies know.
 */
export class Membership {
  private readonly subsets: Subsets | null;
  private readonly observer: BalancerObserver;
  private readonly view: View;
  private readonly weights: Weights;
  private readonly routing: Routing;
  private readonly callerSubset: CallerSubset | null;
  private readonly late: LateUpdates | null;
  private readonly lazily: boolean;
  private readonly tellsOnce: boolean;
  /** Who has had no connection since it was last ready: one made amid an ejection is new as that ends. */
  private readonly unmade = new Set<Host>();
  /** Whose connection was lost, and who has not begun to connect again. */
  private readonly lost = new Set<Host>();
  /** While an update judges hosts: those whose health has turned. */
  private turned: Host[] | null = null;
  /** How many lists that differ there were: in who is there, or in what is said of them. */
  lists = 0;
  /** Hosts of weight above 0. */
  weighty = 0;
  /** Whether there are hosts of weight 0. */
  weightless = false;

  constructor(parts: MembershipParts) {
    this.subsets = parts.subset === null ? null : new Subsets(parts.subset, parts.routing.sets);
    this.observer = parts.observer;
    this.view = parts.view;
    this.weights = parts.weights;
    this.routing = parts.routing;
    this.callerSubset = parts.callerSubset;
    this.late = parts.late;
    this.lazily = parts.lazily;
    this.tellsOnce = parts.tellsOnce;
  }

  /** What moves with time or load, brought up to date before a pick. */
  catchUp(): void {
    this.routing.catchUp();
    if (this.callerSubset?.hasMoved) this.regroup();
    while (this.weights.dueForRefresh()) {
      this.routing.weightsMoved();
      if (this.weights.isDueAgain) this.routing.told();
    }
  }

  /**
   * Takes over a snapshot of the registry: see `View.replace`. `judge`: sets the health that came with it, which is part of
   * the same change, as in Envoy (BaseDynamicClusterImpl::updateDynamicHostList). `continues`: so is the health that was set
   * just before, and what that has drawn stands.
   */
  update(instances: readonly Instance[], judge: (() => void) | null, continues: boolean): void {
    this.routing.catchUp();
    const change = this.view.replace(instances);
    const { added, removed, changed, redescribed } = change;
    if (added.length > 0 || removed.length > 0 || redescribed.size > 0) this.lists++;
    // Those with attempts in flight give their slots back with the last one, in release.
    const idle = removed.filter(isIdle);
    for (const host of removed) {
      this.lost.delete(host);
      this.unmade.delete(host);
      this.observer.onRemoved(host);
      this.routing.settle(host);
    }
    this.weights.join(added);
    this.weights.redescribed(redescribed);
    for (const host of added) this.observer.onAdded(host);
    let turned = judge === null ? [] : this.turnedBy(judge);
    if (this.late !== null) turned = this.listLate(this.late, change, turned, continues);
    else if (changed || turned.length > 0) {
      this.regroup(new Set([...redescribed, ...turned]), continues);
      this.weights.notice([...added, ...turned]);
    }
    this.routing.listed = true;
    this.routing.news(null);
    this.tell(turned);
    // Last, so that no host that joins takes over the slot of one that leaves within the same update.
    for (const host of idle) this.view.forget(host);
  }

  /**
   * What this caller makes of the host from now on; what is not said stays. One change, however much turns: O(1), and
   * O(hosts) where that begins or ends panic, or moves load. `cause`: whose word it is. Slow start eases in a host that an
   * active check finds well again, Envoy's does not after an ejection. `renews`: host sets are made anew even where it is
   * of no consequence to them.
   */
  setHealth(host: Host, health: Partial<HostHealth>, cause: BeliefCause, renews: boolean): void {
    const { latest } = host;
    const before = standing(latest);
    const wasHealthy = latest.healthy;
    const was = latest.connection;
    Object.assign(latest, health);
    // Of those connected to as they are picked a connection may turn out to stand, and nobody thinks worse of the host before.
    const speaks =
      cause === 'connection' ? this.isNewsOfConnection(host, was) : this.lazily && latest.connection !== was;
    const turned = latest.healthy !== wasHealthy;
    if (turned && wasHealthy && host.present) this.weights.fall(host);
    if (this.turned !== null || (!renews && standing(latest) === before)) {
      if (this.late === null) takeLatest(host);
      if (turned) this.turned?.push(host);
      // Of connections each word is news, be it what was said before.
      if (speaks) this.newsOf(host, cause);
      return;
    }
    this.routing.catchUp();
    if (turned && latest.healthy && host.present && cause === 'activeCheck') this.weights.recover(host);
    if (this.late === null) this.weights.notice([host]);
    const counts = host.present && host.weight > 0;
    if (this.late === null || !counts) this.routing.change(host);
    else this.routing.reweigh();
    if (this.late !== null && counts) {
      this.changeTogether(this.late.healthChanged());
      return;
    }
    if (this.callerSubset?.followsLoad && host.present) this.regroup();
    if (turned || speaks) this.newsOf(host, cause);
    else this.routing.told();
  }

  /** What has waited of this priority is picked by from now on: for whoever owns the gate. */
  letThrough(priority: number): void {
    this.routing.catchUp();
    if (this.late !== null) this.changeTogether(this.late.due(new Set([priority])));
  }

  /** Works out anew over which hosts to balance, and tells of who may be picked now. */
  regroup(redescribed: ReadonlySet<Host> | null = null, continues = false): void {
    const { subsets, late, view, routing } = this;
    const metadataOf = (host: Host): Instance['metadata'] =>
      late === null ? host.instance.metadata : late.metadataOf(host);
    const matching =
      subsets?.choose(view.hosts, metadataOf, routing.prioritiesOf(view.hosts), redescribed) ?? view.hosts;
    const weighs = (host: Host): boolean => host.weight > 0;
    const candidates = matching.filter(weighs);
    this.weightless = candidates.length < matching.length;
    this.weighty = candidates.length;
    // Parts of a caller's subset may move without a host.
    if (this.callerSubset !== null) routing.regroup(this.callerSubset.choose(matching), null);
    else {
      const listed = subsets === null ? candidates : view.hosts.filter(weighs);
      routing.regroup(candidates, redescribed, listed, continues);
    }
    for (const host of view.hosts) routing.settle(host);
  }

  /** What a list changes, where changes may wait; whose health turns with it. */
  private listLate(
    late: LateUpdates,
    { changed, redescribed }: ViewChange,
    turned: readonly Host[],
    continues: boolean,
  ): readonly Host[] {
    const priorities = this.routing.prioritiesOf(this.view.hosts.filter((host) => host.weight > 0));
    for (const host of this.view.hosts) if (!priorities.has(host)) takeLatest(host);
    const { priorities: due, members, outdated } = late.list(priorities, redescribed, turned);
    const turning = outdated.filter(turns);
    for (const host of outdated) takeLatest(host);
    // Another order by itself is for strategies to heed or not.
    if (due.size > 0 || (changed && redescribed.size === 0))
      this.regroup(new Set(members), continues && late.wereRenewed(due));
    else if (changed || turned.length > 0) this.routing.reweigh();
    if (due.size > 0) this.weights.notice(members);
    return turning;
  }

  private changeTogether({ priorities, members, outdated, redescribed }: DueUpdates): void {
    if (priorities.size === 0) return;
    const turning = outdated.filter(turns);
    if (redescribed) {
      for (const host of outdated) takeLatest(host);
      this.regroup(new Set(members));
    } else this.routing.changeTogether(outdated, priorities);
    this.weights.notice(members);
    if (this.callerSubset?.followsLoad) this.regroup();
    this.tell(turning);
  }

  /** Tells strategies of hosts whose health has turned. */
  private tell(turned: readonly Host[]): void {
    for (const host of turned) this.routing.news(host, host.healthy);
    this.routing.told();
  }

  /**
   * That a host has begun to connect is part of the list that named it (grpc-go: endpointsharding.go, UpdateClientConnState;
   * core: OnStateUpdate of an endpoint's first state), but where one that was lost begins anew, or hosts connect as they are picked.
   */
  private isNewsOfConnection(host: Host, was: Connectivity): boolean {
    const { connection } = host.latest;
    if (connection === Connectivity.idle || connection === Connectivity.connecting) this.unmade.add(host);
    if (this.tellsOnce && connection === was && connection !== Connectivity.transientFailure) return false;
    if (connection === Connectivity.idle && was !== Connectivity.idle) this.lost.add(host);
    return connection !== Connectivity.connecting || was !== Connectivity.idle || this.lazily || this.lost.delete(host);
  }

  private newsOf(host: Host, cause: BeliefCause): void {
    const isReady = host.healthy && host.connection === Connectivity.ready;
    const reconnected = isReady && (cause !== 'ejection' || this.unmade.has(host));
    if (isReady) this.unmade.delete(host);
    this.routing.news(host, reconnected);
    this.routing.told();
  }

  /** Lets `judge` set the health of hosts, from which nothing follows yet; whose has turned. */
  private turnedBy(judge: () => void): readonly Host[] {
    const turned: Host[] = [];
    this.turned = turned;
    judge();
    this.turned = null;
    return turned;
  }
}
