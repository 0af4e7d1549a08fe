import type { SubsetBalancers } from '../subsets.ts';
import type { Crew, Workers } from '../workers.ts';
import type { TierSources } from './tier_sources.ts';

/** Of the others, and of backups. */
export type SourcesByStage = readonly [TierSources[], TierSources[]];

interface SubsetSources {
  readonly sources: SourcesByStage;
  readonly crew: Crew;
  readonly from: number;
}

/** The sources that picks are made from; where there are subsets, those of each, with strategies of their own. */
export class SourceSets implements SubsetBalancers {
  /** Those in use. */
  current: SourcesByStage = [[], []];
  private readonly workers: Workers;
  private readonly hasSubsets: boolean;
  private readonly drawStart: ((worker: number) => number) | null;
  private readonly subsets = new Map<string, SubsetSources>();
  private entered: string | null = null;
  private isOther = false;
  /** Of those in use, the priority of the first host. */
  private from = 0;
  private changed: ReadonlySet<number> = new Set();

  /** `drawStart`: draws where the schedule of zones starts; null: there is none. */
  constructor(workers: Workers, hasSubsets: boolean, drawStart: ((worker: number) => number) | null) {
    this.workers = workers;
    this.hasSubsets = hasSubsets;
    this.drawStart = drawStart;
    if (!hasSubsets) this.makeLeads();
  }

  /** Whether there is none that could be asked, since no host is in a subset that requests come to. */
  get nowhere(): boolean {
    return this.hasSubsets && this.entered === null;
  }

  make(name: string, priority: number): void {
    const { workers, subsets, entered } = this;
    const crew = workers.newCrew();
    subsets.set(name, { sources: [[], []], crew, from: priority });
    workers.enter(crew);
    this.makeLeads();
    const before = entered === null ? undefined : subsets.get(entered);
    if (before !== undefined) workers.enter(before.crew);
  }

  unmake(name: string, changes: number): void {
    const subset = this.subsets.get(name);
    if (subset === undefined) return;
    const { workers, drawStart } = this;
    for (let worker = 0; worker < workers.workers; worker++)
      for (let change = 0; change < changes; change++) drawStart?.(worker);
    workers.dismiss(subset.crew);
    this.subsets.delete(name);
    if (this.entered === name) this.leave();
  }

  enter(name: string | null, changed: ReadonlySet<number>): void {
    this.changed = changed;
    if (name === this.entered) return;
    this.leave();
    const subset = name === null ? undefined : this.subsets.get(name);
    if (subset === undefined) return;
    this.entered = name;
    this.from = subset.from;
    this.current = subset.sources;
    this.workers.enter(subset.crew);
  }

  /**
   * Whether others are in use than when this was asked last, and at which priorities a new host set draws: of a subset that was
   * just made, those that the list has changed from that of its first host on.
   */
  followed(): { readonly entered: boolean; readonly drawsAt: (priority: number) => boolean } {
    const { isOther: entered, from, changed } = this;
    this.isOther = false;
    return { entered, drawsAt: (priority) => !entered || (priority >= from && changed.has(priority)) };
  }

  private leave(): void {
    this.entered = null;
    this.current = [[], []];
    this.isOther = true;
  }

  /** The first strategies of workers. */
  private makeLeads(): void {
    const { workers, drawStart } = this;
    for (let worker = 0; worker < workers.workers; worker++) {
      // Envoy makes a policy over a priority without hosts (ClusterEntry): where its zones start is drawn before its seed.
      drawStart?.(worker);
      workers.lead(worker);
      // And that of a subset is told once more of its hosts, who are none yet (PrioritySubsetImpl, triggerCallbacks).
      if (this.hasSubsets) drawStart?.(worker);
    }
  }
}
