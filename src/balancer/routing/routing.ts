import { type Host, takeLatest } from '../host.ts';
import { type CallerPlace, type LoadBalancerSettings, zoneWeightOf, zoneWeightsOf } from '../load_balancer.ts';
import type { Strategy } from '../strategy.ts';
import type { Weights } from '../weights.ts';
import type { Workers } from '../workers.ts';
import { type Connecting, type ConnectingBy, connectingBy } from './connecting.ts';
import type { HostSource } from './host_source.ts';
import { prioritiesOf } from './instance_priorities.ts';
import {
  choosePriority,
  failoverLoads,
  type PriorityCounts,
  type PriorityLoads,
  previousPrioritiesLoads,
  priorityLoads,
  type RetryLoads,
} from './priority_load.ts';
import type { PrioritySet } from './priority_set.ts';
import { available, type HostGroup, isUsed, Tally, Tier, Use, weighed, zoneOf } from './tier.ts';
import { TierSources, type TierSourcesContext } from './tier_sources.ts';
import { planZones, type ZonePlan } from './zone_aware.ts';

/** What routing tells its balancer: see `BalancerObserver`. */
export interface RoutingObserver {
  onPanic(panic: boolean): void;
  onPickable(host: Host, pickable: boolean): void;
}

/**
 * Who may be picked, and from which set each pick is made: priorities, backups, panic and zones. It follows every change
 * at once, so that the observer hears of it when it happens; strategies follow at the next pick.
 */
export class Routing {
  /** The one set all picks are made from; null: it must be chosen. */
  sole: HostSource | null = null;
  /** Whether choosing takes a draw: more than one priority gets load. */
  needsDraw = false;
  panic = false;

  private readonly settings: LoadBalancerSettings;
  private readonly place: CallerPlace;
  private readonly workers: Workers;
  private readonly weights: Weights;
  private readonly observer: RoutingObserver;
  private readonly context: TierSourcesContext;
  private readonly zoneRouting: boolean;
  /** Envoy's policies that hash know nothing of failing in panic (ThreadAwareLoadBalancerBase). */
  private readonly failsInPanic: boolean;
  private readonly groupsByZone: boolean;
  /** Tiers of the others and of backups, by priority, and the sources that outlive them. */
  private tiers: readonly [readonly Tier[], readonly Tier[]] = [[], []];
  private readonly sources: readonly [TierSources[], TierSources[]] = [[], []];
  /** By slot. */
  private groups: (HostGroup | null)[] = [];
  /** Which of the two gets traffic: 1 is that of backups. */
  stage: 0 | 1 = 0;
  private loads: PriorityLoads | null = null;
  /** Of retries that avoid priorities, since the last plan. */
  private readonly retryLoads = new Map<PrioritySet, RetryLoads>();
  private firstBackup: Host | null = null;
  /** null: connections are no matter. */
  private readonly connecting: Connecting | null;

  constructor(
    settings: LoadBalancerSettings,
    place: CallerPlace,
    workers: Workers,
    weights: Weights,
    hashes: boolean,
    observer: RoutingObserver,
    connects: ConnectingBy | null = null,
  ) {
    this.settings = settings;
    this.place = place;
    this.workers = workers;
    this.weights = weights;
    this.observer = observer;
    this.connecting = connectingBy(connects, settings, () => {
      this.plan();
      this.told();
    });
    const { locality, subset } = settings;
    const zoneWeights = zoneWeightsOf(settings);
    this.context = {
      pool: workers,
      ownZone: place.zone ?? '',
      weights,
      admits: (host) => this.admits(host),
      zoneWeight: zoneWeights === null ? null : (zone) => zoneWeightOf(zoneWeights, zone),
      scalesZones: subset?.scaleLocalityWeight === true,
      hashes,
      overprovisioningPercent: settings.overprovisioningPercent,
      soleBackup: settings.backups === 'first',
      draw: (worker) => workers.random(worker).uint32(),
    };
    this.zoneRouting = locality?.kind === 'zone-aware' && !hashes;
    this.failsInPanic = settings.failTrafficOnPanic && !hashes;
    this.groupsByZone = this.zoneRouting || zoneWeights !== null;
    for (let worker = 0; worker < workers.workers; worker++) {
      // Envoy makes a policy over a priority without hosts (ClusterEntry): where its zones start is drawn before its seed.
      if (zoneWeights !== null && !hashes) this.context.draw(worker);
      workers.lead(worker);
    }
  }

  /**
   * These hosts are balanced over from now on: each of weight above 0, in the registry's order or the subset's. Pickability follows in
   * `settle`. `redescribed`: those of which something else is said than before, or null where anything may have changed.
   * `listed`: these and the hosts outside the subset. `continues`: a change of health has drawn where zones start from now on.
   */
  regroup(hosts: readonly Host[], redescribed: ReadonlySet<Host> | null, listed = hosts, continues = false): void {
    const tiers: [Tier[], Tier[]] = [[], []];
    const priorities = prioritiesOf(listed, this.settings, this.place);
    const groups: HostGroup[] = [];
    listed.forEach((host, i) => {
      const backup = host.instance.backup === true;
      const list = tiers[backup ? 1 : 0];
      while (list.length <= priorities[i]) list.push(new Tier(list.length, backup));
      groups[host.slot] = list[priorities[i]].list(host, this.groupsByZone ? zoneOf(host) : '');
    });
    this.groups = [];
    for (const host of hosts) {
      const group = groups[host.slot];
      group.tier.place(host, group);
      while (this.groups.length < host.slot) this.groups.push(null);
      this.groups[host.slot] = group;
      host.priority = group.tier.priority;
    }
    this.tiers = tiers;
    const reweighed = this.weights.own?.regroup(tiers.flat().map((tier) => tier.hosts));
    for (const stage of [0, 1] as const) this.attachSources(stage, redescribed, continues);
    if (reweighed === true) this.weightsMoved();
    this.plan();
  }

  /** Takes over what is made of the host's health, and lets all that follows from it follow. */
  change(host: Host): void {
    const counts = this.takeOver(host);
    if (!counts && (!host.present || host.weight === 0 || this.settings.subset === null)) return;
    // Envoy makes the host sets of all priorities anew, and subsets of them (ClusterImplBase::reloadHealthyHostsHelper).
    for (const sources of this.sources[host.instance.backup === true ? 1 : 0]) sources.renew();
    this.reweigh();
    this.plan(host.priority);
    this.settle(host);
  }

  /** The same of several hosts at once, where changes may wait: these priorities are made anew. Weights do not wait. */
  changeTogether(hosts: readonly Host[], priorities: ReadonlySet<number>): void {
    for (const host of hosts) this.takeOver(host);
    for (const sources of this.sources.flat()) if (priorities.has(sources.tier.priority)) sources.renew();
    this.plan();
    for (const host of hosts) this.settle(host);
  }

  /** What is believed of a host has changed: so may weights of the system's own. */
  reweigh(): void {
    if (this.weights.own?.update()) this.weightsMoved();
  }

  /** The priority of each of these. */
  prioritiesOf(hosts: readonly Host[]): ReadonlyMap<Host, number> {
    const priorities = prioritiesOf(hosts, this.settings, this.place);
    return new Map(hosts.map((host, i) => [host, priorities[i]]));
  }

  /** Brings the host's pickability up to date. */
  settle(host: Host): void {
    const group = host.present ? (this.groups[host.slot] ?? null) : null;
    const pickable = group !== null && isUsed(host, group.use) && this.admits(host);
    if (pickable === host.pickable) return;
    host.pickable = pickable;
    this.observer.onPickable(host, pickable);
  }

  /** See `Strategy.onNews`; after what the news changes. */
  news(host: Host | null, reconnected = false): void {
    if (host === null) for (const stage of this.sources) for (const sources of stage) sources.news(null, reconnected);
    const group = host?.present ? (this.groups[host.slot] ?? null) : null;
    if (group !== null) this.sourcesOf(group.tier).news(host, reconnected);
  }

  /** Weights of the system's own that have fallen due. */
  catchUp(): void {
    if (this.weights.own?.catchUp()) this.weightsMoved();
  }

  weightsMoved(): void {
    for (const stage of this.sources) for (const sources of stage) sources.weightsMoved();
  }

  /** After changes: see `Strategy.prompt`. */
  told(): void {
    if (!this.workers.used) this.sole?.remember();
    for (const stage of this.sources) for (const sources of stage) sources.settle();
  }

  /** The worker's strategy for the others, be they all down; null: there are none. */
  othersOf(worker: number): Strategy | null {
    const [tier] = this.tiers[0];
    return tier === undefined ? null : (this.sourcesOf(tier).sole?.strategyOf(worker) ?? null);
  }

  /** The backups, whether or not they get traffic; null: none can serve. */
  get backups(): HostSource | null {
    const tier = this.tiers[1].find((each) => available([each]) > 0);
    return tier === undefined ? null : this.sourcesOf(tier).sole;
  }

  /** Whether the request that is picked for was sent to a backup before. */
  get triedBackup(): boolean {
    for (const { hosts } of this.tiers[1]) for (const { tried } of hosts) if (tried) return true;
    return false;
  }

  /** Whether a request for which nobody is found may wait, since somebody may yet be connected to. */
  get mayWait(): boolean {
    const { loads } = this;
    if (this.connecting === null) return false;
    const used = this.tiers[this.stage].filter((_, i) => loads !== null && loads.healthy[i] + loads.degraded[i] > 0);
    return this.connecting.mayWait(used);
  }

  /** Lets go of its timers. */
  close(): void {
    this.connecting?.close();
  }

  /** Whether a priority that was not attempted can take any load: a whole percent of it at least, as Envoy counts. */
  canAvoid(attempted: PrioritySet): boolean {
    return this.loadsWithout(attempted)?.restarted === false;
  }

  /** The set that this selector leads to; null: nobody. */
  choose(selector: number, worker: number, attempted: PrioritySet | null): HostSource | null {
    const loads = attempted === null ? this.loads : this.loadsWithout(attempted);
    if (loads === null) return null;
    const choice = choosePriority(selector, loads);
    if (choice < 0) return null;
    const tier = this.tiers[this.stage][choice >> 1];
    const sources = this.sourcesOf(tier);
    if (tier.panic) return this.failsInPanic ? null : sources.all;
    return sources.choose((choice & 1) === 1, worker, this.workers.random(worker));
  }

  /**
   * Gives the sources their hosts; those of priorities that are gone let go of theirs. The same hosts keep the order they
   * had: another one is no news to a priority in Envoy, and forgotten (BaseDynamicClusterImpl::updateDynamicHostList).
   */
  private attachSources(stage: 0 | 1, redescribed: ReadonlySet<Host> | null, continues: boolean): void {
    const sources = this.sources[stage];
    const tiers = this.tiers[stage];
    const replace = (one: TierSources, tier: Tier): void => {
      if (!tier.isNews(one.tier, redescribed, this.workers.heedOrder)) {
        tier.keepOrder(one.tier);
        one.adopt(tier);
        return;
      }
      one.replace(tier);
      if (!continues) one.drawStarts();
    };
    for (const tier of tiers) {
      if (tier.priority < sources.length) {
        replace(sources[tier.priority], tier);
        continue;
      }
      const made = new TierSources(tier, this.context, (stage === 1 && this.sources[0][tier.priority]) || null);
      if (tier.listed.length > 0) made.drawStarts();
      sources.push(made);
    }
    for (let i = tiers.length; i < sources.length; i++) replace(sources[i], new Tier(i, stage === 1));
  }

  private sourcesOf(tier: Tier): TierSources {
    return this.sources[tier.backup ? 1 : 0][tier.priority];
  }

  /** Works out who gets load, and tells of what changed. `told`: the priority of a host that has just been changed; null: any. */
  private plan(told: number | null = null): void {
    const [others, backups] = this.tiers;
    this.stage = available(others) === 0 && available(backups) > 0 ? 1 : 0;
    const changed = new Set<HostGroup>(this.planBackups() ? backups.flatMap(({ groups }) => groups) : []);
    for (const { tier } of changed) this.sourcesOf(tier).touch();
    this.loads = this.loadsOf(this.tiers[this.stage], told);
    this.retryLoads.clear();
    for (const tiers of this.tiers) for (const tier of tiers) this.planTier(tier, changed);
    this.simplify();
    this.tellPanic();
    for (const group of changed) for (const host of group.hosts) this.settle(host);
    this.connecting?.connect(others, backups);
  }

  private loadsOf(tiers: readonly Tier[], told: number | null): PriorityLoads | null {
    if (tiers.length === 0) return null;
    if (this.connecting?.failsOver && this.stage === 0) return this.connecting.loads(tiers, told);
    const counts = tiers.map((tier) => this.countsOf(tier));
    return this.settings.failover === 'all-or-nothing' ? failoverLoads(counts) : priorityLoads(counts, this.settings);
  }

  /** What loads are worked out from. Where one backup serves alone, it is all there is. */
  private countsOf(tier: Tier): PriorityCounts {
    const { backups, weightedPriorityHealth } = this.settings;
    if (!tier.backup || backups === 'all') return tier.counts(weightedPriorityHealth);
    const alone = new Tally();
    if (this.firstBackup !== null && tier.hosts.includes(this.firstBackup)) alone.add(this.firstBackup, 1);
    return alone;
  }

  /** Where only the first usable backup serves: whether that is another one now. */
  private planBackups(): boolean {
    if (this.settings.backups === 'all') return false;
    let first: Host | null = null;
    for (const { hosts } of this.tiers[1]) first ??= hosts.find((host) => host.healthy) ?? null;
    if (first === this.firstBackup) return false;
    this.firstBackup = first;
    return true;
  }

  private planTier(tier: Tier, changed: Set<HostGroup>): void {
    const serving = tier.backup === (this.stage === 1);
    const healthy = serving ? (this.loads?.healthy[tier.priority] ?? 0) : 0;
    const degraded = serving ? (this.loads?.degraded[tier.priority] ?? 0) : 0;
    tier.panic = serving && this.loads?.panic[tier.priority] === true;
    const sources = this.sourcesOf(tier);
    sources.prepare(this.zoneRouting && tier.priority === 0 && !tier.panic ? this.planZones(tier) : null);
    for (const group of tier.groups) {
      const use = tier.panic
        ? healthy + degraded > 0 && !this.failsInPanic
          ? sources.usesZoneInPanic(group)
          : Use.none
        : (healthy > 0 ? sources.usesZone(group, 'healthy') : 0) |
          (degraded > 0 ? sources.usesZone(group, 'degraded') : 0);
      if (use === group.use) continue;
      group.use = use;
      changed.add(group);
    }
  }

  private planZones(tier: Tier): ZonePlan | null {
    const { locality } = this.settings;
    const { zone, peersByZone } = this.place;
    if (locality?.kind !== 'zone-aware' || zone === null) return null;
    const callers = [...peersByZone].map(([name, healthy]) => ({ zone: name, healthy }));
    const upstream = tier.groups.map(({ zone, tally, hosts }) => ({
      zone,
      healthy: tally.healthy,
      weight: (locality.basis === 'weight' ? weighed(hosts) : tally).healthy,
    }));
    return planZones(zone, callers, upstream, locality);
  }

  /** Finds the one set all picks are made from, where there is but one. */
  private simplify(): void {
    const { loads } = this;
    const shares = loads === null ? [] : [...loads.healthy, ...loads.degraded].filter((share) => share > 0);
    this.needsDraw = shares.length > 1;
    this.sole = null;
    const priority = loads === null ? -1 : loads.healthy.indexOf(100);
    if (loads === null || priority < 0) return;
    const tier = this.tiers[this.stage][priority];
    const sources = this.sourcesOf(tier);
    if (tier.panic) this.sole = this.failsInPanic ? null : sources.all;
    else this.sole = sources.sole;
  }

  private tellPanic(): void {
    const { loads } = this;
    const gets = (priority: number): number =>
      loads === null ? 0 : loads.healthy[priority] + loads.degraded[priority];
    const panic = loads?.panic.some((panics, priority) => panics && gets(priority) > 0) ?? false;
    if (panic === this.panic) return;
    this.panic = panic;
    this.observer.onPanic(panic);
  }

  /** The loads of a retry that avoids priorities already attempted. */
  private loadsWithout(attempted: PrioritySet): RetryLoads | null {
    const known = this.retryLoads.get(attempted);
    if (known !== undefined) return known;
    const tiers = this.tiers[this.stage];
    if (tiers.length === 0) return null;
    const counts = tiers.map((tier) => this.countsOf(tier));
    const loads = previousPrioritiesLoads(counts, attempted, this.settings);
    this.retryLoads.set(attempted, loads);
    return loads;
  }

  /** Whether the host is one of those balanced over. */
  private takeOver(host: Host): boolean {
    const group = host.present ? (this.groups[host.slot] ?? null) : null;
    if (group !== null) group.tier.count(group, host, -1);
    takeLatest(host);
    if (group !== null) group.tier.count(group, host, 1);
    return group !== null;
  }

  private admits(host: Host): boolean {
    return this.settings.backups === 'all' || host.instance.backup !== true || host === this.firstBackup;
  }
}
