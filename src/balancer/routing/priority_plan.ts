import type { Host } from '../host.ts';
import type { LoadBalancerSettings } from '../load_balancer.ts';
import type { Connecting } from './connecting.ts';
import {
  failoverLoads,
  type PriorityCounts,
  type PriorityLoads,
  previousPrioritiesLoads,
  priorityLoads,
  type RetryLoads,
} from './priority_load.ts';
import type { PrioritySet } from './priority_set.ts';
import { available, Tally, type Tier } from './tier.ts';

/** Which priorities get load, and how much of it: those of backups where none of the others can serve. */
export class PriorityPlan {
  /** null: nobody is there. */
  loads: PriorityLoads | null = null;
  /** Whose priorities get load: 1 is backups. */
  stage: 0 | 1 = 0;
  private readonly settings: LoadBalancerSettings;
  private readonly connecting: Connecting | null;
  private tiers: readonly Tier[] = [];
  /** Of retries that avoid priorities, since the last plan. */
  private readonly retryLoads = new Map<PrioritySet, RetryLoads>();
  private firstBackup: Host | null = null;

  constructor(settings: LoadBalancerSettings, connecting: Connecting | null) {
    this.settings = settings;
    this.connecting = connecting;
  }

  /**
   * Plans anew. `told`: the priority of a host that has just been changed; null: any. Says whether another backup is now
   * the only one that serves.
   */
  make(others: readonly Tier[], backups: readonly Tier[], told: number | null): boolean {
    this.stage = available(others) === 0 && available(backups) > 0 ? 1 : 0;
    this.tiers = this.stage === 1 ? backups : others;
    const backupTurned = this.planBackups(backups);
    this.loads = this.loadsOf(told);
    this.retryLoads.clear();
    return backupTurned;
  }

  /** Whether the host serves if its turn comes: of backups it may be the first usable one alone. */
  admits(host: Host): boolean {
    return this.settings.backups === 'all' || host.instance.backup !== true || host === this.firstBackup;
  }

  /** In percent of all requests. */
  loadOf(priority: number): number {
    const { loads } = this;
    return loads === null ? 0 : loads.healthy[priority] + loads.degraded[priority];
  }

  /** The loads of a retry that avoids priorities already attempted. */
  loadsWithout(attempted: PrioritySet): RetryLoads | null {
    const known = this.retryLoads.get(attempted);
    if (known !== undefined) return known;
    if (this.tiers.length === 0) return null;
    // Worked out for all priorities (PreviousPrioritiesRetryPriority::adjustForAttemptedPriorities).
    const counts = this.tiers.map((tier) => this.countsOf(tier, 'now'));
    const loads = previousPrioritiesLoads(counts, attempted, this.settings);
    this.retryLoads.set(attempted, loads);
    return loads;
  }

  /** Loads stand until the next plan; those of retries are worked out with the weights of their time. */
  weightsMoved(): void {
    this.retryLoads.clear();
  }

  private loadsOf(told: number | null): PriorityLoads | null {
    const { tiers } = this;
    if (tiers.length === 0) return null;
    if (this.connecting?.failsOver && this.stage === 0) return this.connecting.loads(tiers, told);
    const counts = tiers.map((tier) => this.countsOf(tier, 'kept'));
    return this.settings.failover === 'all-or-nothing' ? failoverLoads(counts) : priorityLoads(counts, this.settings);
  }

  /** What loads are worked out from. Where one backup serves alone, it is all there is. */
  private countsOf(tier: Tier, weights: 'kept' | 'now'): PriorityCounts {
    const { backups, weightedPriorityHealth } = this.settings;
    if (!tier.backup || backups === 'all') return tier.counts(weightedPriorityHealth ? weights : 'none');
    const alone = new Tally();
    if (this.firstBackup !== null && tier.hosts.includes(this.firstBackup)) alone.add(this.firstBackup, 1);
    return alone;
  }

  /** Where only the first usable backup serves: whether that is another one now. */
  private planBackups(backups: readonly Tier[]): boolean {
    if (this.settings.backups === 'all') return false;
    let first: Host | null = null;
    for (const { hosts } of backups) first ??= hosts.find((host) => host.healthy) ?? null;
    if (first === this.firstBackup) return false;
    this.firstBackup = first;
    return true;
  }
}
