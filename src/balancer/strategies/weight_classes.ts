import type { Key } from '../../core/key.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { FinagleDraw } from '../parts/finagle_draw.ts';
import { beginning, type PickMade, type PickReason } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/** A balancer of a class. */
export interface ClassStrategy extends Strategy {
  /** Whether it draws as attempts end that it sent. */
  readonly draws?: boolean;
  /** An attempt has ended, perhaps one that it sent, and nobody is of its class any more. */
  onEndOfClosed?(host: Host, reweighed: number): void;
}

interface WeightClass {
  readonly weight: number;
  readonly strategy: ClassStrategy;
  readonly size: number;
  /** Whether anybody of it can be picked. */
  readonly open: boolean;
}

export interface WeightClassesParts {
  readonly random: Random;
  readonly create: () => ClassStrategy;
  /** Told of all hosts as often as they may have changed. */
  readonly nodes: { begin(hosts: readonly Host[]): unknown };
  /** Whether there are hosts of weight 0, which are not among the members. */
  readonly weightless: () => boolean;
}

/**
 * Finagle's traffic distributor, around its balancers that know nothing of weights: hosts of equal weight are a class with
 * a balancer of its own. Each pick draws a class by weight x hosts, and then as that balancer does. It draws even where
 * there is one class. Of a class nobody can be picked from, the next one that can takes its place, from the lighter to the
 * heavier and round again. The balancer of a class that nobody is left of is closed; a heap draws even then as requests end
 * that it sent.
 *
 * Hosts of weight 0 are a class as well, which is drawn among and never drawn. In Finagle it serves where there is no other,
 * and in the place of one nobody can be picked from: the heaviest, or any where all that are heavier are so, too. Here hosts
 * of weight 0 are never picked, by any policy: that is what `Instance.weight` promises to whoever takes one out.
 * O(1) on top of the class's balancer, O(n) per rebuild.
 * Source: finagle-core loadbalancer/TrafficDistributor.scala and LoadBalancerFactory.scala.
 */
export class WeightClasses implements Strategy {
  /** Hosts are another class's, and nodes of their own, as soon as their weights change; heaps remember who came when. */
  readonly prompt = 'from the start';
  private readonly parts: WeightClassesParts;
  /** The lightest first. */
  private classes: readonly WeightClass[] = [];
  private byWeight: ReadonlyMap<number, WeightClass> = new Map();
  /** Balancers of classes that nobody is of any more: Finagle closes them, and their heaps draw even so as attempts end. */
  private closed: readonly ClassStrategy[] = [];
  private table = new FinagleDraw(new Float64Array(0));
  /** Whether its first column is that of weight 0. */
  private withWeightless = false;
  /** The class of the latest pick, which may have had the set made anew. */
  private picked: WeightClass | null = null;

  constructor(parts: WeightClassesParts) {
    this.parts = parts;
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf, easingIn: boolean = false): void {
    const { create, nodes } = this.parts;
    nodes.begin(members);
    const weights = [...new Set(members.map(({ weight }) => weight))].sort((a, b) => a - b);
    this.classes = weights.map((weight) => {
      const strategy = this.byWeight.get(weight)?.strategy ?? create();
      const own = members.filter((host) => host.weight === weight);
      const able = eligible.filter((host) => host.weight === weight);
      strategy.rebuild(own, able, weightOf, easingIn);
      return { weight, strategy, size: own.length, open: able.length > 0 };
    });
    // The set may be made anew amid a pick of a class that nobody is of any more.
    const left = [...this.byWeight.values()].filter(({ weight }) => !weights.includes(weight));
    this.closed = [...this.closed, ...left.map(({ strategy }) => strategy)].filter(({ draws }) => draws);
    for (const { strategy } of left) if (!this.closed.includes(strategy)) strategy.rebuild([], [], weightOf, easingIn);
    this.byWeight = new Map(this.classes.map((each) => [each.weight, each]));
    this.tabulate();
  }

  pick(key: Key, attempt: number, draw: number): Host | null {
    const { classes, parts } = this;
    // Those of weight 0 come and go without a rebuild.
    if (parts.weightless() !== this.withWeightless) this.tabulate();
    const drawn = this.table.draw(parts.random) - (this.withWeightless ? 1 : 0);
    let at = drawn;
    if (classes.length > 1) {
      for (let looked = 1; !classes[at].open && looked <= classes.length; looked++)
        at = (drawn + looked) % classes.length;
    }
    this.picked = classes[at];
    return this.picked.strategy.pick(key, attempt, draw);
  }

  /** In Finagle there is a balancer of nobody then. */
  nobody(): void {
    this.parts.random.int(1);
  }

  explain(pick: PickMade): PickReason | null {
    if (this.picked === null) return null;
    const { weight, strategy } = this.picked;
    return beginning(`of those of weight ${weight}`, (made) => strategy.explain?.(made) ?? null)(pick);
  }

  onStart(host: Host): void {
    this.byWeight.get(host.weight)?.strategy.onStart(host);
  }

  onEnd(host: Host, latencyMs: number, outcome: Outcome, report: LoadReport | null, reweighed: number): void {
    for (let i = 0; i < this.closed.length; i++) this.closed[i].onEndOfClosed?.(host, reweighed);
    this.byWeight.get(host.weight)?.strategy.onEnd(host, latencyMs, outcome, report, reweighed);
  }

  private tabulate(): void {
    this.withWeightless = this.parts.weightless();
    const columns = this.classes.map(({ weight, size }) => weight * size);
    this.table = new FinagleDraw(Float64Array.from(this.withWeightless ? [0, ...columns] : columns));
  }
}
