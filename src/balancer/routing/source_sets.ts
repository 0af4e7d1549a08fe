import type { SubsetBalancers } from '../subsets.ts';
import type { Crew, Workers } from '../workers.ts';
import type { TierSources } from './tier_sources.ts';

/** Of the others, and of backups. */
export type SourcesByStage = readonly [TierSources[], TierSources[]];

/** The sources that picks are made from; where there are subsets, those of each, with strategies of their own. */
export class SourceSets implements SubsetBalancers {
  /** Those in use. */
  current: SourcesByStage = [[], []];
  private readonly workers: Workers;
  private readonly hasSubsets: boolean;
  private readonly drawStart: ((worker: number) => number) | null;
  private readonly subsets = new Map<string, { readonly sources: SourcesByStage; readonly crew: Crew }>();
  private entered: string | null = null;

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

  make(name: string): void {
    const { workers, subsets, entered } = this;
    const crew = workers.newCrew();
    subsets.set(name, { sources: [[], []], crew });
    workers.enter(crew);
    this.makeLeads();
    const before = entered === null ? undefined : subsets.get(entered);
    if (before !== undefined) workers.enter(before.crew);
  }

  unmake(name: string): void {
    const subset = this.subsets.get(name);
    if (subset !== undefined) this.workers.dismiss(subset.crew);
    this.subsets.delete(name);
    if (this.entered === name) this.entered = null;
  }

  enter(name: string | null): boolean {
    // One that was unmade and made again is another.
    const subset = name === null ? undefined : this.subsets.get(name);
    if (name === this.entered && subset?.sources === (name === null ? undefined : this.current)) return false;
    this.entered = name;
    this.current = subset?.sources ?? [[], []];
    if (subset !== undefined) this.workers.enter(subset.crew);
    return true;
  }

  /** The first strategies of workers. */
  private makeLeads(): void {
    const { workers, drawStart } = this;
    for (let worker = 0; worker < workers.workers; worker++) {
      // Envoy makes a policy over a priority without hosts (ClusterEntry): where its zones start is drawn before its seed.
      drawStart?.(worker);
      workers.lead(worker);
    }
  }
}
