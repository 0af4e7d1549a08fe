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

  /** Counts a host in (amount above 0) or out (below). */
  add(host: Host, amount: number): void {
    this.hosts += amount;
    if (!host.healthy) {
      if (host.excluded) this.excluded += amount;
    } else if (host.degraded) this.degraded += amount;
    else this.healthy += amount;
  }
}

/** The hosts of one priority in one zone: what zones are chosen among. Without zone routing a priority is one group. */
export interface HostGroup {
  readonly zone: string;
  readonly tier: Tier;
  readonly hosts: Host[];
  readonly tally: Tally;
  readonly weights: Tally;
  /** Bits of `Use`. */
  use: number;
}

/** The hosts of one priority. */
export class Tier {
  readonly priority: number;
  /** Whether these are backups, which have tiers of their own. */
  readonly backup: boolean;
  readonly hosts: Host[] = [];
  readonly groups: HostGroup[] = [];
  readonly tally = new Tally();
  private readonly weights = new Tally();
  private readonly groupByZone = new Map<string, HostGroup>();
  panic = false;

  constructor(priority: number, backup: boolean) {
    this.priority = priority;
    this.backup = backup;
  }

  /** Puts the host in, in the group of that zone, and returns the group. */
  place(host: Host, zone: string): HostGroup {
    let group = this.groupByZone.get(zone);
    if (group === undefined) {
      group = { zone, tier: this, hosts: [], tally: new Tally(), weights: new Tally(), use: Use.none };
      this.groupByZone.set(zone, group);
      this.groups.push(group);
    }
    this.hosts.push(host);
    group.hosts.push(host);
    this.count(group, host, 1);
    return group;
  }

  /** Counts the host in (1) or out (-1): out before its state changes, in after. */
  count(group: HostGroup, host: Host, sign: 1 | -1): void {
    group.tally.add(host, sign);
    this.tally.add(host, sign);
    group.weights.add(host, sign * host.weight);
    this.weights.add(host, sign * host.weight);
  }

  counts(byWeight: boolean): PriorityCounts {
    const { hosts, excluded, healthy, degraded } = this.tally;
    return byWeight ? { hosts, excluded, healthy, degraded, weights: this.weights } : this.tally;
  }
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
