import type { LoadReport } from '../core/load_report.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import type { Host } from './host.ts';
import type { StrategyPool } from './routing/host_source.ts';
import { portsOf, type Strategy, type StrategyFactory, type StrategyPorts } from './strategy.ts';

/** The ports that all workers share. */
export type SharedPorts = Omit<StrategyPorts, 'random' | 'seed' | 'keyless' | 'attempts'>;

/** The strategies of one balancer: of the only one, or that of a subset. */
export interface Crew {
  readonly ports: readonly StrategyPorts[];
  /** By worker, the first strategy made, and whether a host set has taken it. */
  readonly leads: (Strategy | null)[];
  readonly taken: boolean[];
  readonly listeners: Strategy[];
}

/**
 * The workers of one caller, as Envoy's threads: each has a stream, a seed and strategies of its own; hosts, and what is
 * learnt of them, they share: every strategy hears of every attempt, whichever worker sent it.
 */
export class Workers implements StrategyPool {
  readonly workers: number;
  private readonly factory: StrategyFactory;
  private readonly randoms: readonly Random[];
  private readonly shared: Omit<StrategyPorts, 'random' | 'seed' | 'keyless'>;
  /** Whose strategies are asked for. */
  private crew: Crew;
  /** Those that want to hear of attempts. */
  private readonly listeners: Strategy[] = [];
  /** Those of them that have `onSent`. */
  private readonly lookers: Strategy[] = [];
  used = false;
  readonly learning: boolean;
  readonly beyond: boolean;
  /** Attempts in flight, to whomever. */
  attempts = 0;

  constructor(factory: StrategyFactory, workers: number, random: Random, shared: SharedPorts) {
    this.workers = workers;
    this.factory = factory;
    this.learning = factory.traits.feedback !== 'none' || factory.traits.hearsOfFailures === true;
    this.beyond = factory.traits.beyond !== undefined;
    this.randoms = Array.from({ length: workers }, (_, worker) =>
      workers === 1 ? random : random.fork(`worker-${worker}`),
    );
    this.shared = { ...shared, attempts: () => this.attempts };
    this.crew = this.newCrew();
  }

  /** Strategies with seeds of their own. */
  newCrew(): Crew {
    const { workers } = this;
    return {
      ports: this.randoms.map((random) => portsOf({ ...this.shared, random })),
      leads: Array(workers).fill(null),
      taken: Array(workers).fill(false),
      listeners: [],
    };
  }

  enter(crew: Crew): void {
    this.crew = crew;
  }

  /** Its strategies are told of nothing from now on. */
  dismiss({ listeners }: Crew): void {
    for (const strategies of [this.listeners, this.lookers]) {
      const others = strategies.filter((strategy) => !listeners.includes(strategy));
      strategies.splice(0, strategies.length, ...others);
    }
  }

  /** Whether another order of the same hosts is news to strategies, as lists of the registry are to gRPC's. */
  get heedOrder(): boolean {
    return this.crew.leads.some((lead) => lead?.onNews !== undefined);
  }

  random(worker: number): Random {
    return this.randoms[worker];
  }

  /** Some strategy of the worker, to ask for a selector before the host set is known. */
  lead(worker: number): Strategy {
    return this.crew.leads[worker] ?? this.makeLead(worker);
  }

  createForBackups(others: Strategy, sole: boolean): Strategy | null {
    return others.forBackups === undefined ? null : this.heard(others.forBackups(sole));
  }

  create(worker: number): Strategy {
    const lead = this.lead(worker);
    if (this.crew.taken[worker]) return this.make(worker);
    this.crew.taken[worker] = true;
    return lead;
  }

  /** An attempt counts from now on. */
  reserve(): void {
    this.attempts++;
  }

  /** After `reserve`. */
  started(host: Host): void {
    for (let i = 0; i < this.listeners.length; i++) this.listeners[i].onStart(host);
  }

  /** After `started`, once everybody has heard of it. */
  sent(): void {
    for (let i = 0; i < this.lookers.length; i++) this.lookers[i].onSent?.();
  }

  ended(
    host: Host,
    latencyMs: number,
    outcome: Outcome,
    report: LoadReport | null,
    reweighed: number,
    forgotten: number,
  ): void {
    this.attempts--;
    for (let i = 0; i < this.listeners.length; i++)
      this.listeners[i].onEnd(host, latencyMs, outcome, report, reweighed, forgotten);
  }

  private makeLead(worker: number): Strategy {
    const lead = this.make(worker);
    this.crew.leads[worker] = lead;
    return lead;
  }

  private make(worker: number): Strategy {
    return this.heard(this.factory.create(this.crew.ports[worker]));
  }

  private heard(strategy: Strategy): Strategy {
    if (!this.learning || this.listeners.includes(strategy)) return strategy;
    this.listeners.push(strategy);
    this.crew.listeners.push(strategy);
    if (strategy.onSent !== undefined) this.lookers.push(strategy);
    return strategy;
  }
}
