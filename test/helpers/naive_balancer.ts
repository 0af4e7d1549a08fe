import { type CallerPlace, type LoadBalancerSettings, SOLE_CALLER } from '../../src/balancer/load_balancer.ts';
import type { Instance } from '../../src/core/instance.ts';
import { canTakeAny, naiveLoads } from './naive_loads.ts';
import { naiveSubset } from './naive_subset.ts';
import { type NaiveZone, usedZones } from './naive_zones.ts';

export interface NaiveHost {
  instance: Instance;
  healthy: boolean;
  degraded: boolean;
  excluded: boolean;
  inFlight: number;
}

/** A set of hosts that gets traffic: what a strategy is to be told, and who may be picked. */
export interface NaiveSet {
  readonly priority: number;
  readonly kind: 'healthy' | 'degraded' | 'all';
  /** null: all zones of the priority. */
  readonly zone: string | null;
  /** Percentage of all traffic that its priority gets. */
  readonly load: number;
  readonly members: readonly NaiveHost[];
  readonly eligible: readonly NaiveHost[];
}

/**
 * What a Balancer should be, in as few words as possible: everything is computed anew from plain lists, as the rules of
 * Envoy (and gRPC, Istio, nginx and HAProxy, where settings are theirs) read. No subsetting, no slow start.
 */
export class NaiveBalancer {
  members: NaiveHost[] = [];
  private readonly settings: LoadBalancerSettings;
  private readonly place: CallerPlace;
  private readonly initiallyHealthy: boolean;
  private readonly hashes: boolean;
  private readonly asNginx: boolean;

  constructor(
    settings: LoadBalancerSettings,
    place = SOLE_CALLER,
    initiallyHealthy = true,
    hashes = false,
    asNginx = false,
  ) {
    this.asNginx = asNginx;
    this.settings = settings;
    this.place = place;
    this.initiallyHealthy = initiallyHealthy;
    this.hashes = hashes;
  }

  update(instances: readonly Instance[]): void {
    const before = this.members;
    const listed = instances.map((instance): NaiveHost => {
      const known = before.find((member) => member.instance.id === instance.id);
      const { address, zone, weight, backup = false } = known?.instance ?? {};
      const isSame = address === instance.address && zone === instance.zone;
      const isPeer = !this.asNginx || (weight === instance.weight && backup === (instance.backup ?? false));
      if (known !== undefined && isSame && isPeer) {
        known.instance = instance;
        return known;
      }
      return { instance, healthy: this.initiallyHealthy, degraded: false, excluded: false, inFlight: 0 };
    });
    const others = listed.filter((host) => !before.includes(host));
    this.members = this.asNginx ? [...before.filter((host) => listed.includes(host)), ...others] : listed;
  }

  /** Whether a priority that gets traffic disregards health. */
  get panic(): boolean {
    return this.priorities().some(({ panic, healthyLoad, degradedLoad }) => panic && healthyLoad + degradedLoad > 0);
  }

  /** The ids of those that may be picked, in the registry's order. */
  get eligible(): string[] {
    const pickable = new Set(this.sets().flatMap((set) => set.eligible));
    return this.members.filter((host) => pickable.has(host)).map((host) => host.instance.id);
  }

  /** Whether it is of those that priorities are made of. */
  isBalanced(host: NaiveHost): boolean {
    return this.balanced().includes(host);
  }

  /** The priority of a host that is balanced over. */
  priorityOf(host: NaiveHost): number {
    return this.priorityIn(this.weighty(), host);
  }

  /** Every set that picks are made from. `attempted`: priorities that are avoided. Empty sets are those of lost requests. */
  sets(attempted: readonly boolean[] | null = null): NaiveSet[] {
    // Hash policies do not hear of retries.
    return this.priorities(this.hashes ? null : attempted).flatMap(
      ({ priority, hosts: registered, panic, healthyLoad, degradedLoad }) => {
        const hosts = this.inOrder(registered);
        if (panic) {
          const failed = this.settings.failTrafficOnPanic && !this.hashes;
          const load = healthyLoad + degradedLoad;
          const all = { priority, kind: 'all' as const, zone: null, load, members: hosts };
          const eligible = hosts.filter((host) => !failed && this.admits(host) && this.hasWeight(host));
          return load > 0 ? [{ ...all, eligible }] : [];
        }
        return [
          ...this.setsOf(priority, hosts, 'healthy', healthyLoad),
          ...this.setsOf(priority, hosts, 'degraded', degradedLoad),
        ];
      },
    );
  }

  /** Whether nobody but priorities that were attempted can take a whole percent of the load. */
  allAttempted(attempted: readonly boolean[]): boolean {
    return !this.tiers().some((hosts, priority) => attempted[priority] !== true && canTakeAny(hosts, this.settings));
  }

  private setsOf(
    priority: number,
    hosts: readonly NaiveHost[],
    quality: 'healthy' | 'degraded',
    load: number,
  ): NaiveSet[] {
    if (load === 0) return [];
    // Hash policies know healthy hosts only, whoever the load was meant for.
    const kind = this.hashes ? 'healthy' : quality;
    const set = (members: readonly NaiveHost[], zone: string | null): NaiveSet => ({
      priority,
      kind,
      zone,
      load,
      members,
      eligible: members.filter((host) => is(host, kind) && this.admits(host) && this.hasWeight(host)),
    });
    const zones = zonesOf(this.beside(hosts, priority)).map(({ zone }): NaiveZone => {
      const there = hosts.filter((host) => zoneOf(host) === zone);
      return {
        zone,
        zoneWeight: this.zoneWeight(zone, priority),
        hosts: there.length,
        excluded: there.filter(({ excluded, healthy }) => excluded && !healthy).length,
        eligible: there.filter((host) => is(host, kind)).length,
        healthy: there.filter((host) => is(host, 'healthy')).length,
        weight: there.filter((host) => is(host, 'healthy')).reduce((sum, host) => sum + host.instance.weight, 0),
      };
    });
    const { overprovisioningPercent } = this.settings;
    const { locality } = this;
    const used = this.hashes
      ? null
      : usedZones(zones, { locality, place: this.place, overprovisioningPercent, priority });
    if (used === null) return [set(hosts, null)];
    return used.map((zone) =>
      zone === null
        ? set(hosts, null)
        : set(
            hosts.filter((host) => zoneOf(host) === zone),
            zone,
          ),
    );
  }

  /** Hash policies list hosts by zone where zones have weights: the own one first, the others by region, zone and sub-zone. */
  private inOrder(hosts: readonly NaiveHost[]): readonly NaiveHost[] {
    if (!this.hashes || this.locality?.kind !== 'weighted') return hosts;
    const names = [...new Set(hosts.map(zoneOf))].toSorted((a, b) => {
      const [first, second] = [a, b].map((name) => name.replaceAll('/', '\u0000'));
      return first < second ? -1 : 1;
    });
    const own = this.place.zone ?? '';
    const ordered = names.includes(own) ? [own, ...names.filter((name) => name !== own)] : names;
    return ordered.flatMap((name) => hosts.filter((host) => zoneOf(host) === name));
  }

  /** Hash policies leave out the hosts of zones without weight. */
  private hasWeight(host: NaiveHost): boolean {
    if (!this.hashes || this.locality?.kind !== 'weighted') return true;
    return this.zoneWeight(zoneOf(host), this.priorityOf(host)) > 0;
  }

  /** Weights of zones count in subsets only where that is asked for. */
  private get locality(): LoadBalancerSettings['locality'] {
    const { locality, subset } = this.settings;
    const unaware = subset !== null && subset.localityWeightAware !== true;
    return locality?.kind === 'weighted' && unaware ? null : locality;
  }

  /** What a zone weighs, scaled by the part of its hosts that is in the subset where that is asked for. */
  private zoneWeight(zone: string, priority: number): number {
    const { locality, subset } = this.settings;
    const weight = locality?.kind === 'weighted' ? (locality.weights[zone] ?? 1) : 0;
    if (subset?.scaleLocalityWeight !== true) return weight;
    const inZone = (host: NaiveHost): boolean => zoneOf(host) === zone && this.priorityOf(host) === priority;
    const all = this.beside(this.staged(), priority).filter(inZone).length;
    return Math.round((weight * this.staged().filter(inZone).length) / all);
  }

  /** All hosts of the priority, those outside the subset too; backups beside backups. */
  private beside(hosts: readonly NaiveHost[], priority: number): NaiveHost[] {
    const backup = hosts[0]?.instance.backup ?? false;
    return this.weighty().filter(
      (host) => (host.instance.backup ?? false) === backup && this.priorityOf(host) === priority,
    );
  }

  private all(): NaiveHost[][] {
    const staged = this.staged();
    const count = staged.reduce((most, host) => Math.max(most, this.priorityOf(host) + 1), 0);
    return Array.from({ length: count }, (_, priority) => staged.filter((host) => this.priorityOf(host) === priority));
  }

  /** Those of each priority that count: where one backup serves alone, it is all there is. */
  private tiers(): NaiveHost[][] {
    const alone = this.staged()[0]?.instance.backup === true && this.settings.backups === 'first';
    const first = alone ? this.firstBackup() : null;
    return first === null ? this.all() : this.all().map((hosts) => hosts.filter((host) => host === first));
  }

  private priorities(attempted: readonly boolean[] | null = null) {
    const loads = naiveLoads(this.tiers(), this.settings, attempted);
    return this.all().map((hosts, priority) => ({
      priority,
      hosts,
      panic: loads.panic[priority],
      healthyLoad: loads.healthy[priority],
      degradedLoad: loads.degraded[priority],
    }));
  }

  private weighty(): NaiveHost[] {
    return this.members.filter(({ instance }) => instance.weight > 0);
  }

  /** Those that count: of the subset, and of some weight. */
  private balanced(): NaiveHost[] {
    const { subset } = this.settings;
    const matching = subset === null ? this.members : naiveSubset(this.members, subset);
    return matching.filter(({ instance }) => instance.weight > 0);
  }

  /** Of those the ones whose turn it is: backups once nobody else can serve, if any of them can. */
  private staged(): NaiveHost[] {
    const [others, backups] = [false, true].map((backup) =>
      this.balanced().filter(({ instance }) => (instance.backup ?? false) === backup),
    );
    const canServe = ({ healthy }: NaiveHost): boolean => healthy;
    return !others.some(canServe) && backups.some(canServe) ? backups : others;
  }

  private firstBackup(): NaiveHost | null {
    const usable = this.balanced().filter(({ instance, healthy }) => instance.backup === true && healthy);
    // By priority first; among equals the registry's order, which sorting keeps.
    return usable.toSorted((a, b) => this.priorityOf(a) - this.priorityOf(b))[0] ?? null;
  }

  private admits(host: NaiveHost): boolean {
    return host.instance.backup !== true || this.settings.backups === 'all' || host === this.firstBackup();
  }

  private priorityIn(hosts: readonly NaiveHost[], host: NaiveHost): number {
    const { locality } = this.settings;
    if (locality?.kind !== 'failover') return host.instance.priority ?? 0;
    const to = locality.failover.find(({ from }) => from === regionOf(this.place.zone))?.to ?? null;
    const distance = (other: NaiveHost): number => distanceBetween(this.place.zone, other.instance.zone, to);
    const nearer = hosts.map(distance).filter((other) => other < distance(host));
    return new Set(nearer).size;
  }
}

function zoneOf(host: NaiveHost): string {
  return host.instance.zone ?? '';
}

function zonesOf(hosts: readonly NaiveHost[]): { zone: string; hosts: NaiveHost[] }[] {
  const names = [...new Set(hosts.map(zoneOf))];
  return names.map((zone) => ({ zone, hosts: hosts.filter((host) => zoneOf(host) === zone) }));
}

function is({ healthy, degraded }: NaiveHost, kind: 'healthy' | 'degraded'): boolean {
  return healthy && degraded === (kind === 'degraded');
}

const regionOf = (place: string | null): string => (place ?? '').split('/')[0];

/** How many of region, zone and sub-zone differ, from the left: Istio's order of preference. */
function distanceBetween(own: string | null, other: string | null, failoverTo: string | null): number {
  const [a, b] = [own, other].map((place) => [...(place ?? '').split('/'), '', '', ''].slice(0, 3));
  if (a[0] !== b[0]) return failoverTo === null || failoverTo === b[0] ? 3 : 4;
  if (a[1] !== b[1]) return 2;
  return a[2] === b[2] ? 0 : 1;
}
