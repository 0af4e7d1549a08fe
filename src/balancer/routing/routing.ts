import { type Host, takeLatest } from '../host.ts';
import { type CallerPlace, type LoadBalancerSettings, zoneWeightOf, zoneWeightsOf } from '../load_balancer.ts';
import type { Strategy } from '../strategy.ts';
import type { Weights } from '../weights.ts';
import type { Workers } from '../workers.ts';
import { type Connecting, type ConnectingBy, connectingBy } from './connecting.ts';
import type { HostSource } from './host_source.ts';
import { prioritiesOf } from './instance_priorities.ts';
import { choosePriority, remakesEmpty } from './priority_load.ts';
import { PriorityPlan } from './priority_plan.ts';
import type { PrioritySet } from './priority_set.ts';
import { SourceSets, type SourcesByStage } from './source_sets.ts';
import { available, type HostGroup, isUsed, Tier, Use, zoneOf } from './tier.ts';
import { TierSources, type TierSourcesContext } from './tier_sources.ts';
import { zonesOf } from './zone_aware_tier.ts';

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
  /** Whether a list has come before. */
  listed = false;

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
  /** Whether loads go by weights. */
  private readonly weighs: boolean;
  /** Tiers of the others and of backups, by priority, and the sources that outlive them. */
  private tiers: readonly [readonly Tier[], readonly Tier[]] = [[], []];
  readonly sets: SourceSets;
  /** Those listed that are not balanced over, as the subset does not have them. */
  private outside: ReadonlySet<Host> = new Set();
  /** By slot. */
  private groups: (HostGroup | null)[] = [];
  private readonly priorities: PriorityPlan;
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
    this.priorities = new PriorityPlan(settings, this.connecting);
    const { locality, subset } = settings;
    const zoneWeights = zoneWeightsOf(settings);
    this.context = {
      pool: workers,
      ownZone: place.zone ?? '',
      weights,
      admits: (host) => this.priorities.admits(host),
      zoneWeight: zoneWeights === null ? null : (zone) => zoneWeightOf(zoneWeights, zone),
      scalesZones: subset?.scaleLocalityWeight === true,
      hashes,
      overprovisioningPercent: settings.overprovisioningPercent,
      soleBackup: settings.backups === 'first',
      // Envoy draws it also where subsets are not aware of weights.
      drawStart: locality?.kind === 'weighted' && !hashes ? (worker) => workers.random(worker).uint32() : null,
    };
    this.zoneRouting = locality?.kind === 'zone-aware' && !hashes;
    this.failsInPanic = settings.failTrafficOnPanic && !hashes;
    this.weighs = settings.weightedPriorityHealth || (locality?.kind === 'zone-aware' && locality.basis === 'weight');
    this.groupsByZone = this.zoneRouting || zoneWeights !== null;
    this.sets = new SourceSets(workers, subset !== null, this.context.drawStart);
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
    // No host set is asked, and none hears of hosts.
    const heard = this.sets.nowhere ? [] : listed;
    heard.forEach((host, i) => {
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
    this.outside = new Set(heard.filter(({ slot }) => (this.groups[slot] ?? null) === null));
    this.tiers = tiers;
    const reweighed = this.weights.own?.regroup(tiers.flat().map((tier) => tier.hosts));
    const { drawsAt, entered } = this.sets.followed();
    for (const stage of [0, 1] as const) this.attachSources(stage, entered ? null : redescribed, continues, drawsAt);
    if (reweighed === true) this.weightsMoved();
    this.plan();
  }

  /** Takes over what is made of the host's health, and lets all that follows from it follow. */
  change(host: Host): void {
    const counts = this.takeOver(host);
    if (!counts && (!host.present || !this.outside.has(host))) return;
    // Envoy makes the host sets of all priorities anew, and subsets of them (ClusterImplBase::reloadHealthyHostsHelper).
    for (const sources of this.sources[host.instance.backup === true ? 1 : 0]) this.renew(sources);
    this.reweigh();
    this.plan(host.priority);
    this.settle(host);
  }

  /** The same of several hosts at once, where changes may wait: these priorities are made anew. Weights do not wait. */
  changeTogether(hosts: readonly Host[], priorities: ReadonlySet<number>): void {
    for (const host of hosts) this.takeOver(host);
    for (const sources of this.sources.flat()) if (priorities.has(sources.tier.priority)) this.renew(sources);
    this.plan();
    for (const host of hosts) this.settle(host);
  }

  /** What is believed of a host has changed: so may weights of the system's own. */
  reweigh(): void {
    this.priorities.weightsMoved();
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
    const pickable = group !== null && isUsed(host, group.use) && this.priorities.admits(host);
    if (pickable === host.pickable) return;
    host.pickable = pickable;
    this.observer.onPickable(host, pickable);
  }

  /** See `Strategy.onNews`; after what the news changes. */
  news(host: Host | null, reconnected = false): void {
    if (host === null) for (const stage of this.sources) for (const sources of stage) sources.news(null, reconnected);
    if (host === null && !this.sets.nowhere && this.sources.every((stage) => stage.length === 0)) this.listsNobody();
    const group = host?.present ? (this.groups[host.slot] ?? null) : null;
    if (group !== null) this.sourcesOf(group.tier).news(host, reconnected);
  }

  /** There is nobody, and never was: strategies that hear of lists make something of such a one too (grpc-go's picker). */
  private listsNobody(): void {
    for (let worker = 0; worker < this.workers.workers; worker++) {
      const lead = this.workers.lead(worker);
      if (lead.onNews === undefined) continue;
      lead.rebuild([], [], () => 1);
      lead.onNews(null, false);
    }
  }

  /** Weights of the system's own that have fallen due. */
  catchUp(): void {
    if (this.weights.own?.catchUp()) this.weightsMoved();
  }

  weightsMoved(): void {
    this.priorities.weightsMoved();
    for (const stage of this.sources) for (const sources of stage) sources.weightsMoved();
  }

  /**
   * Before the first pick: Envoy's schedules are all there by then, of every worker and host set, so that what the first
   * requests have in flight is none of theirs.
   */
  begin(): void {
    const { workers } = this;
    if (!this.sets.nowhere && workers.lead(0).prompt !== 'everywhere') return;
    workers.used = true;
    this.told();
  }

  /** After changes: see `Strategy.prompt`. */
  told(): void {
    this.sole?.remember();
    for (const stage of this.sources) for (const sources of stage) sources.settle();
  }

  private get sources(): SourcesByStage {
    return this.sets.current;
  }

  /** Which of the two gets traffic: 1 is that of backups. */
  get stage(): 0 | 1 {
    return this.priorities.stage;
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
    if (this.connecting === null) return false;
    return this.connecting.mayWait(this.tiers[this.stage].filter((_, i) => this.priorities.loadOf(i) > 0));
  }

  /** Lets go of its timers. */
  close(): void {
    this.connecting?.close();
  }

  /** Whether a priority that was not attempted can take any load: a whole percent of it at least, as Envoy counts. */
  canAvoid(attempted: PrioritySet): boolean {
    return this.priorities.loadsWithout(attempted)?.restarted === false;
  }

  /** The set that this selector leads to; null: nobody. */
  choose(selector: number, worker: number, attempted: PrioritySet | null): HostSource | null {
    const loads = attempted === null ? this.priorities.loads : this.priorities.loadsWithout(attempted);
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
  private attachSources(
    stage: 0 | 1,
    redescribed: ReadonlySet<Host> | null,
    continues: boolean,
    drawsAt: (priority: number) => boolean,
  ): void {
    const sources = this.sources[stage];
    const tiers = this.tiers[stage];
    const replace = (one: TierSources, tier: Tier): void => {
      if (!tier.isNews(one.tier, redescribed, this.workers.heedOrder)) {
        tier.keep(one.tier);
        one.adopt(tier);
        return;
      }
      if (this.weighs) tier.weigh();
      one.replace(tier);
      if (!continues) one.drawStarts();
    };
    for (const tier of tiers) {
      if (tier.priority < sources.length) {
        replace(sources[tier.priority], tier);
        continue;
      }
      if (this.weighs) tier.weigh();
      const made = new TierSources(tier, this.context, stage === 1 ? this.sourcesBackedBy(tier) : null);
      const remade = this.listed && stage === 0 && tier.priority > 0 && remakesEmpty(this.settings);
      if ((tier.listed.length > 0 || remade) && drawsAt(tier.priority)) made.drawStarts();
      sources.push(made);
    }
    for (let i = tiers.length; i < sources.length; i++) replace(sources[i], new Tier(i, stage === 1));
  }

  /**
   * The sources of whom these are the backups; null: there are none. Others who all weigh 0, or are yet to come, are some as
   * well where one strategy has both from the start (HAProxy's lbprm of a backend: one lb_seq, one wmult, one rr_idx).
   */
  private sourcesBackedBy({ priority }: Tier): TierSources | null {
    const [others] = this.sources;
    const { forBackups, prompt } = this.workers.lead(0);
    if (priority === others.length && forBackups !== undefined && prompt === 'from the start') {
      others.push(new TierSources(new Tier(priority, false), this.context, null));
    }
    return others[priority] ?? null;
  }

  /** The same hosts, of whose health something else is thought. */
  private renew(sources: TierSources): void {
    if (this.weighs) sources.tier.weigh();
    sources.renew();
  }

  private sourcesOf(tier: Tier): TierSources {
    return this.sources[tier.backup ? 1 : 0][tier.priority];
  }

  /** Works out who gets load, and tells of what changed. `told`: the priority of a host that has just been changed; null: any. */
  private plan(told: number | null = null): void {
    const [others, backups] = this.tiers;
    const backupTurned = this.priorities.make(others, backups, told);
    const changed = new Set<HostGroup>(backupTurned ? backups.flatMap(({ groups }) => groups) : []);
    for (const { tier } of changed) this.sourcesOf(tier).touch();
    for (const tiers of this.tiers) for (const tier of tiers) this.planTier(tier, changed);
    this.simplify();
    this.tellPanic();
    for (const group of changed) for (const host of group.hosts) this.settle(host);
    this.connecting?.connect(others, backups);
  }

  private planTier(tier: Tier, changed: Set<HostGroup>): void {
    const { loads } = this.priorities;
    const serving = tier.backup === (this.stage === 1);
    const healthy = serving ? (loads?.healthy[tier.priority] ?? 0) : 0;
    const degraded = serving ? (loads?.degraded[tier.priority] ?? 0) : 0;
    tier.panic = serving && loads?.panic[tier.priority] === true;
    const sources = this.sourcesOf(tier);
    sources.prepare(
      this.zoneRouting && tier.priority === 0 && !tier.panic ? zonesOf(tier, this.settings, this.place) : null,
    );
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

  /** Finds the one set all picks are made from, where there is but one. */
  private simplify(): void {
    const { loads } = this.priorities;
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
    const { priorities } = this;
    const panic = priorities.loads?.panic.some((panics, i) => panics && priorities.loadOf(i) > 0) ?? false;
    if (panic === this.panic) return;
    this.panic = panic;
    this.observer.onPanic(panic);
  }

  /** Whether the host is one of those balanced over. */
  private takeOver(host: Host): boolean {
    const group = host.present ? (this.groups[host.slot] ?? null) : null;
    if (group !== null) group.tier.count(group, host, -1);
    takeLatest(host);
    if (group !== null) group.tier.count(group, host, 1);
    return group !== null;
  }
}
