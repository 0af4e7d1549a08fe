import type { Host } from '../host.ts';
import type { HostCounts, PriorityCounts } from './priority_load.ts';

/** Which hosts of a group may be picked: any of these, or none of them. */
export const Use = { none: 0, healthy: 1, degraded: 2, all: 4 } as const;

/** How many hosts, or how much weight, are in which state. */
export class Tally implements HostCounts {
  hosts = 0;
  excluded = 0;
  healthy = 0;
  degraded = 0;

  /** Counts a host, or its weight, in (amount above 0) or out (below). */
  add(host: Host, amount: number): void {
    this.hosts += amount;
    if (!host.healthy) {
      if (host.excluded) this.excluded += amount;
    } else if (host.degraded) this.degraded += amount;
    else this.healthy += amount;
  }

  merge(other: Tally): void {
    this.hosts += other.hosts;
    this.excluded += other.excluded;
    this.healthy += other.healthy;
    this.degraded += other.degraded;
  }
}

/** The hosts of one priority in one zone: what zones are chosen among. Without zone routing a priority is one group. */
export interface HostGroup {
  readonly zone: string;
  readonly tier: Tier;
  readonly hosts: Host[];
  readonly tally: Tally;
  /** How much weight was in which state when `Tier.weigh` was last called. */
  weights: Tally;
  /** How many hosts the zone has, those outside the subset included: a zone without any in it is one all the same, as in Envoy. */
  listed: number;
  /** Bits of `Use`. */
  use: number;
}

/** The hosts of one priority. */
export class Tier {
  readonly priority: number;
  /** Whether these are backups, which have tiers of their own. */
  readonly backup: boolean;
  /** Those balanced over. */
  readonly hosts: Host[] = [];
  /** Those and the ones outside the subset. */
  readonly listed: Host[] = [];
  readonly groups: HostGroup[] = [];
  readonly tally = new Tally();
  private readonly groupByZone = new Map<string, HostGroup>();
  panic = false;

  constructor(priority: number, backup: boolean) {
    this.priority = priority;
    this.backup = backup;
  }

  /** Takes note that the zone has this host, which `place` may follow, and returns the zone's group. */
  list(host: Host, zone: string): HostGroup {
    let group = this.groupByZone.get(zone);
    if (group === undefined) {
      group = { zone, tier: this, hosts: [], tally: new Tally(), weights: new Tally(), listed: 0, use: Use.none };
      this.groupByZone.set(zone, group);
      this.groups.push(group);
    }
    group.listed++;
    this.listed.push(host);
    return group;
  }

  /** Puts the host in, in that group of this tier. */
  place(host: Host, group: HostGroup): void {
    this.hosts.push(host);
    group.hosts.push(host);
    this.count(group, host, 1);
  }

  /**
   * Whether this is anything new of that priority, `redescribed` being those of which something else is said, or null where
   * anything may have changed. Another order is only to strategies that heed it.
   */
  isNews(old: Tier, redescribed: ReadonlySet<Host> | null, heedOrder: boolean): boolean {
    if (redescribed === null || this.listed.some((host) => redescribed.has(host))) return true;
    return differ(old.listed, this.listed, heedOrder) || differ(old.hosts, this.hosts, heedOrder);
  }

  /** Of the same hosts, which are no news: puts them in the order of that tier, and lets weights count as they did there. */
  keep(old: Tier): void {
    for (const [i, host] of old.hosts.entries()) this.hosts[i] = host;
    for (const group of this.groups) {
      const was = old.groupOf(group.zone);
      if (was === undefined) continue;
      for (const [i, host] of was.hosts.entries()) group.hosts[i] = host;
      group.weights = was.weights;
    }
  }

  /**
   * Weights count as they are now, until this is called again: when the priority is made anew. Those of a priority that
   * waits have moved unnoticed (Envoy's recalculatePerPriorityState works out the one that was updated).
   */
  weigh(): void {
    for (const group of this.groups) group.weights = weighed(group.hosts);
  }

  /** Counts the host in (1) or out (-1): out before its state changes, in after. */
  count(group: HostGroup, host: Host, sign: 1 | -1): void {
    group.tally.add(host, sign);
    this.tally.add(host, sign);
  }

  groupOf(zone: string): HostGroup | undefined {
    return this.groupByZone.get(zone);
  }

  /** `weights`: what health goes by, where it goes by weight. */
  counts(weights: 'none' | 'kept' | 'now'): PriorityCounts {
    if (weights === 'none') return this.tally;
    const { hosts, excluded, healthy, degraded } = this.tally;
    return { hosts, excluded, healthy, degraded, weights: weights === 'now' ? weighed(this.hosts) : this.keptWeights };
  }

  private get keptWeights(): Tally {
    const sum = new Tally();
    for (const { weights } of this.groups) sum.merge(weights);
    return sum;
  }
}

/** How much weight of these hosts is in which state, now: weights may move by themselves (`HostWeights`). */
function weighed(hosts: readonly Host[]): Tally {
  const tally = new Tally();
  for (const host of hosts) tally.add(host, host.weight);
  return tally;
}

/** Whether the host may be picked where its group is used so. */
export function isUsed(host: Host, use: number): boolean {
  if ((use & Use.all) !== 0) return true;
  if (!host.healthy) return false;
  return (use & (host.degraded ? Use.degraded : Use.healthy)) !== 0;
}

/** The place without a name has the empty one. */
export function zoneOf(host: Host): string {
  return host.instance.zone ?? '';
}

/** Whether these are not the same hosts, or not in the same order where that counts. */
function differ(a: readonly Host[], b: readonly Host[], inOrder: boolean): boolean {
  if (a.length !== b.length) return true;
  if (a.every((host, i) => host === b[i])) return false;
  const hosts = new Set(a);
  return inOrder || b.some((host) => !hosts.has(host));
}

/** Hosts that can serve. */
export function available(tiers: readonly Tier[]): number {
  return tiers.reduce((sum, { tally }) => sum + tally.healthy + tally.degraded, 0);
}
