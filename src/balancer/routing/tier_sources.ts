import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { EdfSchedule } from '../parts/edf.ts';
import type { Weights } from '../weights.ts';
import { foldedWeights } from './folded_weights.ts';
import { HostSource, type StrategyPool } from './host_source.ts';
import { effectiveLocalityWeight, scaledLocalityWeight } from './locality_weights.ts';
import { type HostGroup, isUsed, type Tier, Use, zoneOf } from './tier.ts';
import { chooseZone, compareZones, type ZonePlan } from './zone_aware.ts';

/** What the sources of a tier need of their balancer. */
export interface TierSourcesContext {
  readonly pool: StrategyPool;
  readonly weights: Weights;
  /** Whether the host may serve besides its health: of backups perhaps one only. */
  readonly admits: (host: Host) => boolean;
  /** The caller's. */
  readonly ownZone: string;
  /** Weight of a zone; null: zones are not chosen by weight. */
  readonly zoneWeight: ((zone: string) => number) | null;
  /** Whether a zone weighs as much less as there are fewer of its hosts in the subset. */
  readonly scalesZones: boolean;
  /** The policy hashes: it looks at healthy hosts only, and weights of zones are folded into those of hosts. */
  readonly hashes: boolean;
  readonly overprovisioningPercent: number;
  /** Whether only the first backup that is up serves. */
  readonly soleBackup: boolean;
  /** Where a schedule of zones starts: the next number of 32 bits of the worker's stream; null: there never is one. */
  readonly drawStart: ((worker: number) => number) | null;
}

type Quality = 'healthy' | 'degraded';

/** Everything picks of one priority can be made from, and the choice among its zones. Outlives changes of membership, as cursors must. */
export class TierSources {
  /** Zone routing, in the first priority only. */
  private zonePlan: ZonePlan | null = null;
  /** Whether any zone is in the schedule. */
  private zonesWeigh: Record<Quality, boolean> = { healthy: false, degraded: false };
  /** All hosts, for panic. */
  readonly all: HostSource;
  private current: Tier;
  private readonly context: TierSourcesContext;
  private readonly healthy: HostSource;
  /** Made when there is a degraded host to pick. */
  private degraded: HostSource | null = null;
  /**
   * By the place of the zone in `zones`, as in Envoy: a zone that comes or goes moves those after it to other cursors. They
   * stay for zones to come.
   */
  private readonly byZone: Record<Quality, HostSource[]> = { healthy: [], degraded: [] };
  private zones: readonly HostGroup[] = [];
  private readonly schedules: Record<Quality, (ZoneSchedule | null)[]>;
  /** By worker, where both its schedules start (Envoy, rebuildLocalityWrrForPriority). */
  private readonly starts: number[];

  /** `others`: those of whom these hosts are the backups; null: they are not, or there are none. */
  constructor(tier: Tier, context: TierSourcesContext, others: TierSources | null) {
    this.current = tier;
    this.context = context;
    this.all = this.newSource(Use.all);
    this.healthy = this.newSource(Use.healthy, others?.healthy);
    const none = (): null[] => Array(context.pool.workers).fill(null);
    this.schedules = { healthy: none(), degraded: none() };
    this.starts = Array(context.pool.workers).fill(0);
    this.replace(tier);
  }

  get tier(): Tier {
    return this.current;
  }

  /** The same hosts in the same order, told of by another tier. */
  adopt(tier: Tier): void {
    this.current = tier;
    this.zones = tier.groups.toSorted((a, b) => compareZones(this.context.ownZone, a.zone, b.zone));
  }

  /** The hosts of this priority are these from now on. */
  replace(tier: Tier): void {
    this.adopt(tier);
    for (const source of [this.all, this.healthy, this.degraded]) source?.replace(tier.hosts);
    for (const quality of ['healthy', 'degraded'] as const) {
      for (const [place, source] of this.byZone[quality].entries()) source.replace(this.zones[place]?.hosts ?? []);
    }
    // Strategies that learn must hear of attempts from the first.
    if (this.context.pool.learning) this.makeZones('healthy');
    this.touch();
  }

  /** Eligibility or a weight has changed. */
  touch(): void {
    this.forEachSource((source) => source.touch());
    this.schedules.healthy.fill(null);
    this.schedules.degraded.fill(null);
  }

  /** After each change of hosts or of their health: draws where schedules of zones start from now on. */
  drawStarts(): void {
    const { drawStart } = this.context;
    if (drawStart === null) return;
    for (let worker = 0; worker < this.starts.length; worker++) this.starts[worker] = drawStart(worker);
  }

  /** The same hosts, of whose health something else is thought. */
  renew(): void {
    this.touch();
    this.drawStarts();
  }

  /** See `Strategy.onNews`. */
  news(host: Host | null, reconnected: boolean): void {
    this.forEachSource((source) => source.news(host, reconnected));
  }

  weightsMoved(): void {
    this.forEachSource((source) => source.weightsMoved());
  }

  /** See `HostSource.settle`. */
  settle(): void {
    const { pool, weights } = this.context;
    if ((pool.used || weights.easingIn()) && pool.lead(0).prompt === 'everywhere') {
      this.makeZones('healthy');
      if (this.tier.tally.degraded > 0) {
        this.ofDegraded();
        this.makeZones('degraded');
      }
    }
    this.forEachSource((source) => source.settle());
  }

  /** The set this pick is made from. `random` is the worker's stream. */
  choose(degraded: boolean, worker: number, random: Random): HostSource {
    const { zoneWeight, hashes } = this.context;
    // Envoy's hash policies keep tables of healthy hosts only (ThreadAwareLoadBalancerBase::refresh).
    if (hashes) return this.healthy;
    const quality = degraded ? 'degraded' : 'healthy';
    if (zoneWeight !== null) {
      const schedule = this.schedule(quality, worker);
      // Where no zone has weight and anybody to pick, zones are disregarded, as in Envoy.
      if (schedule.places.length > 0) return this.ofZone(quality, schedule.places[schedule.edf.pick()]);
    } else if (this.zonePlan !== null) {
      // Of a zone without degraded hosts Envoy picks nobody, though others have some (hostSourceToUse).
      const place = chooseZone(this.zonePlan, random);
      if (place >= 0) return this.ofZone(quality, place);
    }
    return degraded ? this.ofDegraded() : this.healthy;
  }

  /** The one set all picks of healthy hosts are made from; null where zones are chosen among. */
  get sole(): HostSource | null {
    const { zoneWeight, hashes } = this.context;
    if (zoneWeight !== null && !hashes) return null;
    return this.zonePlan === null || this.zonePlan.mode === 'all' ? this.healthy : null;
  }

  /** Before `usesZone` is asked about groups whose health has changed. */
  prepare(zonePlan: ZonePlan | null): void {
    this.zonePlan = zonePlan;
    if (this.context.zoneWeight === null || this.context.hashes) return;
    const weigh = (quality: Quality): boolean => this.tier.groups.some((group) => this.zoneShare(group, quality) > 0);
    this.zonesWeigh = { healthy: weigh('healthy'), degraded: weigh('degraded') };
  }

  /** Which hosts of this quality may be picked in the group's zone: the bit of `Use`, or 0. */
  usesZone(group: HostGroup, quality: Quality): number {
    const { zoneWeight, hashes } = this.context;
    if (hashes && quality === 'degraded') return Use.none;
    if (zoneWeight !== null) {
      if (hashes) return this.weightOfZone(group) > 0 ? Use[quality] : Use.none;
      return this.zonesWeigh[quality] && this.zoneShare(group, quality) === 0 ? Use.none : Use[quality];
    }
    return this.zonePlan === null || getsTraffic(this.zonePlan, group.zone) ? Use[quality] : Use.none;
  }

  /** Which hosts of the group's zone may be picked in panic: the bit of `Use`, or 0. */
  usesZoneInPanic(group: HostGroup): number {
    const { zoneWeight, hashes } = this.context;
    return hashes && zoneWeight !== null && this.weightOfZone(group) <= 0 ? Use.none : Use.all;
  }

  private weightOfZone({ zone, hosts, listed }: HostGroup): number {
    const { zoneWeight, scalesZones } = this.context;
    const weight = zoneWeight?.(zone) ?? 0;
    return scalesZones ? scaledLocalityWeight(weight, hosts.length, listed) : weight;
  }

  /** What the group's zone weighs in the schedule of zones now. */
  private zoneShare(group: HostGroup, quality: Quality): number {
    const { hosts, excluded, [quality]: eligible } = group.tally;
    const { overprovisioningPercent } = this.context;
    return effectiveLocalityWeight(this.weightOfZone(group), { eligible, hosts, excluded }, overprovisioningPercent);
  }

  private schedule(quality: Quality, worker: number): ZoneSchedule {
    const known = this.schedules[quality][worker];
    if (known !== null) return known;
    const weighted = this.zones
      .map((group, place) => ({ place, weight: this.zoneShare(group, quality) }))
      .filter(({ weight }) => weight > 0);
    const edf = new EdfSchedule();
    edf.rebuild(weighted.length, (index) => weighted[index].weight, this.starts[worker]);
    const schedule = { places: weighted.map(({ place }) => place), edf };
    this.schedules[quality][worker] = schedule;
    return schedule;
  }

  /** Those that will be chosen among, where there are zones. */
  private makeZones(quality: Quality): void {
    const { zoneWeight, hashes } = this.context;
    if (hashes || (zoneWeight === null && this.zones.every(({ zone }) => zone === ''))) return;
    for (const place of this.zones.keys()) this.ofZone(quality, place);
  }

  private ofDegraded(): HostSource {
    if (this.degraded === null) {
      this.degraded = this.newSource(Use.degraded);
      this.degraded.replace(this.tier.hosts);
    }
    return this.degraded;
  }

  private ofZone(quality: Quality, place: number): HostSource {
    const sources = this.byZone[quality];
    while (sources.length <= place) {
      const source = this.newSource(Use[quality]);
      source.replace(this.zones[sources.length].hosts);
      sources.push(source);
    }
    return sources[place];
  }

  private newSource(use: number, others?: HostSource): HostSource {
    const { pool, admits, weights, hashes, zoneWeight, soleBackup } = this.context;
    const weightOf = weights.of;
    const easingIn = (): boolean => weights.easingIn(this.tier.priority);
    const accepts = (host: Host): boolean => admits(host) && isUsed(host, use);
    const backs = others === undefined ? {} : { backs: { others, sole: soleBackup } };
    if (!hashes || zoneWeight === null)
      return new HostSource(pool, { admits, accepts, easingIn, weigh: () => weightOf, ...backs });
    return new HostSource(pool, {
      admits,
      easingIn,
      accepts: (host) => accepts(host) && this.weightOfZone(this.tier.groupOf(zoneOf(host)) as HostGroup) > 0,
      weigh: (eligible, members) => {
        const zones = this.tier.groups.map((group) => ({ zone: group.zone, weight: this.weightOfZone(group) }));
        return foldedWeights(eligible, members, weightOf, zones);
      },
      order: (hosts) => hosts.toSorted((a, b) => compareZones(this.context.ownZone, zoneOf(a), zoneOf(b))),
    });
  }

  private forEachSource(act: (source: HostSource) => void): void {
    act(this.all);
    act(this.healthy);
    if (this.degraded !== null) act(this.degraded);
    this.byZone.healthy.forEach(act);
    this.byZone.degraded.forEach(act);
  }
}

/** Whether zone routing ever sends a request to that zone. The own one comes first, if it has hosts. */
function getsTraffic(plan: ZonePlan, zone: string): boolean {
  const { mode, routingEnabledPercent, zones, localPer10000, residual } = plan;
  if (mode === 'all' || routingEnabledPercent < 100) return true;
  const at = zones.indexOf(zone);
  if (mode === 'direct') return at === 0;
  if (at === 0 && localPer10000 > 0) return true;
  // Where no zone has room, one is drawn uniformly, the own one too.
  return residual[residual.length - 1] === 0 || residual[at] > (at === 0 ? 0 : residual[at - 1]);
}

interface ZoneSchedule {
  /** Of the zones in it. */
  readonly places: readonly number[];
  readonly edf: EdfSchedule;
}
