import { getOrMake } from '../../scenario/memo.ts';
import type { BeliefChange, BeliefEvent, PanicEvent, TruthChange, TruthEvent } from './events.ts';

/** Names of what a run knows by numbers. */
export interface Names {
  readonly callers: readonly string[];
  readonly instances: readonly string[];
}

/**
 * Gathers what changes at one moment and tells of what is alike as one event: twelve instances that enter the views of
 * ten callers are one line, not a hundred and twenty.
 */
export class ChangeBundle {
  private readonly names: Names;
  private atMs = 0;
  /** By caller and instance, in the order of their first change. */
  private beliefs = new Map<number, Map<number, BeliefChange[]>>();
  private truths = new Map<number, TruthChange[]>();
  /** By whether it begins. */
  private panics = new Map<boolean, string[]>();

  constructor(names: Names) {
    this.names = names;
  }

  /** Whether something of another moment is in hand. */
  isBefore(atMs: number): boolean {
    return atMs !== this.atMs && (this.beliefs.size > 0 || this.truths.size > 0 || this.panics.size > 0);
  }

  belief(atMs: number, caller: number, instance: number, change: BeliefChange): void {
    this.atMs = atMs;
    listAt(
      getOrMake(this.beliefs, caller, () => new Map()),
      instance,
    ).push(change);
  }

  truth(atMs: number, instance: number, change: TruthChange): void {
    this.atMs = atMs;
    listAt(this.truths, instance).push(change);
  }

  panic(atMs: number, caller: number, panic: boolean): void {
    this.atMs = atMs;
    getOrMake(this.panics, panic, (): string[] => []).push(this.names.callers[caller]);
  }

  /** All that is in hand, truths first, then panics. It is empty then. */
  take(): (TruthEvent | PanicEvent | BeliefEvent)[] {
    const { atMs } = this;
    const truths = alike(this.truths).map(({ instances, changes }): TruthEvent => {
      const named = instances.filter((instance) => instance >= 0).map((instance) => this.names.instances[instance]);
      return { kind: 'truth', atMs, instances: named, changes };
    });
    const beliefs = new Map<string, { callers: string[]; instances: readonly number[]; changes: BeliefChange[] }>();
    for (const [caller, byInstance] of this.beliefs) {
      for (const { instances, changes } of alike(byInstance)) {
        const identity = JSON.stringify([instances, changes]);
        const name = this.names.callers[caller];
        getOrMake(beliefs, identity, () => ({ callers: [], instances, changes })).callers.push(name);
      }
    }
    const panics = [...this.panics].map(([panic, callers]): PanicEvent => ({ kind: 'panic', atMs, callers, panic }));
    this.beliefs = new Map();
    this.truths = new Map();
    this.panics = new Map();
    return [
      ...truths,
      ...panics,
      ...[...beliefs.values()].map(
        ({ callers, instances, changes }): BeliefEvent => ({
          ...{ kind: 'belief', atMs, callers },
          instances: instances.map((instance) => this.names.instances[instance]),
          changes,
        }),
      ),
    ];
  }
}

/** Instances with the same changes. */
function alike<C>(byInstance: ReadonlyMap<number, C[]>): { instances: number[]; changes: C[] }[] {
  const groups = new Map<string, { instances: number[]; changes: C[] }>();
  for (const [instance, changes] of byInstance) {
    getOrMake(groups, JSON.stringify(changes), () => ({ instances: [], changes })).instances.push(instance);
  }
  return [...groups.values()];
}

function listAt<C>(lists: Map<number, C[]>, at: number): C[] {
  return getOrMake(lists, at, () => []);
}
