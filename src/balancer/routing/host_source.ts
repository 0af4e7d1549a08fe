import type { Host } from '../host.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/** Makes the strategies of one balancer: one for each worker and host set. */
export interface StrategyPool {
  readonly workers: number;
  /** Whether strategies learn from attempts, so that they must be there before the first pick of their set. */
  readonly learning: boolean;
  /** Whether strategies have somebody to pick wherever there are members, eligible or not. */
  readonly beyond: boolean;
  /** Whether any strategy has picked. */
  used: boolean;
  /** A strategy as those of this worker are. */
  lead(worker: number): Strategy;
  create(worker: number): Strategy;
  /** See `Strategy.forBackups`; null: the others' strategy has no such. */
  createForBackups(others: Strategy, sole: boolean): Strategy | null;
}

/** How a host set sees its hosts. */
export interface HostSourceRules {
  /** Whether the host is one of those whose turn it is at all: of backups perhaps one only. */
  readonly admits: (host: Host) => boolean;
  readonly accepts: (host: Host) => boolean;
  /** The weights of these eligible hosts, until they change. */
  readonly weigh: (eligible: readonly Host[], members: readonly Host[]) => WeightOf;
  /** The order in which the system lists these hosts. Absent: that of the registry. */
  readonly order?: (hosts: readonly Host[]) => readonly Host[];
  /** Whether weights move by themselves just now. */
  readonly easingIn: () => boolean;
  /** Where its hosts are backups: those of whom, and whether only the first of them that is up serves. */
  readonly backs?: { readonly others: HostSource; readonly sole: boolean };
}

/**
 * A set of hosts that picks are made from (Envoy's HostsSource: all hosts of a priority, its healthy or degraded ones,
 * or those of one locality), with one strategy a worker. It catches up with changes at the next pick, so a storm of
 * changes costs one rebuild, but where `Strategy.prompt` says otherwise.
 */
export class HostSource {
  private members: readonly Host[] = [];
  private readonly rules: HostSourceRules;
  private readonly pool: StrategyPool;
  private readonly strategies: (Strategy | null)[];
  private readonly stale: Uint8Array;
  /** Whether any worker has picked. */
  private used = false;
  private inhabited = false;
  /** Its backups, where they are told as soon as it is. */
  private backups: HostSource | null = null;
  /** Whether picks would have been made from it at some time. */
  private remembered = false;

  constructor(pool: StrategyPool, rules: HostSourceRules) {
    this.pool = pool;
    this.rules = rules;
    const { backs } = rules;
    const strategies = Array.from({ length: pool.workers }, (_, worker) =>
      backs?.others.forBackups(worker, backs.sole),
    );
    if (backs !== undefined && strategies.some((strategy) => strategy)) backs.others.backups = this;
    this.strategies = strategies.map((strategy, worker) => strategy ?? (pool.learning ? pool.create(worker) : null));
    this.stale = new Uint8Array(pool.workers).fill(1);
  }

  /** From now on these are its hosts, the unavailable ones included. */
  replace(members: readonly Host[]): void {
    this.members = members;
    this.touch();
  }

  /** Somebody's eligibility or weight has changed. */
  touch(): void {
    this.stale.fill(1);
  }

  /** See `Strategy.onNews`: of interest to strategies that have it, and have picked or learnt. */
  news(host: Host | null, reconnected: boolean): void {
    if (host !== null && !this.members.includes(host)) return;
    this.strategies.forEach((strategy, worker) => {
      if (strategy?.onNews === undefined) return;
      strategy.onNews(host, reconnected);
      this.stale[worker] = 1;
    });
  }

  /** Weights have moved by themselves: of interest to those that do not follow them. */
  weightsMoved(): void {
    this.strategies.forEach((strategy, worker) => {
      if (strategy?.followsWeights !== true) this.stale[worker] = 1;
    });
  }

  /** After changes: those that cannot wait for the next pick are told. */
  settle(): void {
    const { pool, strategies, used, remembered } = this;
    const anyUsed = pool.used || this.movesBefore();
    if (!anyUsed && !remembered) return;
    for (let worker = 0; worker < strategies.length; worker++) {
      const { prompt } = strategies[worker] ?? pool.lead(worker);
      if (this.stale[worker] === 1 && isDue(prompt, anyUsed, used, remembered)) this.rebuild(worker);
    }
  }

  /** Whether what is made of a change depends on its time before anybody has picked: Envoy's schedules have the weights of then. */
  private movesBefore(): boolean {
    return this.pool.lead(0).prompt === 'everywhere' && this.rules.easingIn();
  }

  /** After changes before its first pick, where this is what picks will be made from. */
  remember(): void {
    const { pool, strategies, stale } = this;
    this.remembered = true;
    for (let worker = 0; worker < strategies.length; worker++) {
      const { prompt, onNews } = strategies[worker] ?? pool.lead(worker);
      if (prompt !== 'from the start' || stale[worker] === 0) continue;
      // gRPC's pickers are made, and draw, whether or not there is anybody to pick.
      if (onNews !== undefined) strategies[worker] ??= pool.create(worker);
      this.rebuild(worker);
    }
    this.backups?.remember();
  }

  /** The worker's strategy, up to date; null where there is nobody to pick. */
  ready(worker: number): Strategy | null {
    this.used = true;
    this.pool.used = true;
    if (this.stale[worker] === 1) this.rebuild(worker);
    this.backups?.ready(worker);
    return this.inhabited ? this.strategies[worker] : null;
  }

  /** The same, also where there is nobody to pick. */
  strategyOf(worker: number): Strategy {
    const strategy = this.strategies[worker];
    if (strategy !== null && this.stale[worker] === 0) return strategy;
    const made = strategy ?? this.pool.create(worker);
    this.strategies[worker] = made;
    this.rebuild(worker);
    return made;
  }

  /** A strategy for its backups; null: theirs is as any. */
  private forBackups(worker: number, sole: boolean): Strategy | null {
    const { pool, strategies } = this;
    if (pool.lead(worker).forBackups === undefined) return null;
    strategies[worker] ??= pool.create(worker);
    return pool.createForBackups(strategies[worker], sole);
  }

  private rebuild(worker: number): void {
    this.stale[worker] = 0;
    const { accepts, admits, order, weigh, easingIn } = this.rules;
    const all = order === undefined ? this.members : order(this.members);
    const eligible = all.filter(accepts);
    // To go beyond those that can serve is not to take in backups that are held back.
    const members = this.pool.beyond ? all.filter(admits) : all;
    this.inhabited = (this.pool.beyond ? members : eligible).length > 0;
    // A strategy is told that its set is empty, so that it lets go of hosts that have left; a new one need not hear.
    if (!this.inhabited && this.strategies[worker] === null) return;
    this.strategies[worker] ??= this.pool.create(worker);
    this.strategies[worker].rebuild(members, eligible, weigh(eligible, members), easingIn());
  }
}

/** Whether a strategy is told of a change at once: see `Strategy.prompt`. */
function isDue(prompt: Strategy['prompt'], anyUsed: boolean, used: boolean, remembered: boolean): boolean {
  if (prompt === 'from the start') return used || remembered;
  return prompt === 'everywhere' ? anyUsed : used && prompt === true;
}
