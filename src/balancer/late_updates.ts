import type { Instance } from '../core/instance.ts';
import { type Host, standing } from './host.ts';

/** Decides when a change of a priority reaches the hosts that are picked from: see `MergeWindow`. */
export interface UpdateGate {
  /** Whether it does so now; if not, it waits to be let through. `mergeable`: nobody has joined or left. */
  passes(priority: number, mergeable: boolean): boolean;
}

/** What of a change, or of several that have waited, reaches the hosts that are picked from. */
export interface DueUpdates {
  /** The priorities that are made anew. */
  readonly priorities: ReadonlySet<number>;
  /** Who is in them. */
  readonly members: readonly Host[];
  /** Of whose health something else is thought than they are picked by. */
  readonly outdated: readonly Host[];
  /** Whether something else is said of any. */
  readonly redescribed: boolean;
}

/**
 * Which changes of hosts wait, by priority. Hosts that join or leave come at once, and whatever of their priority has
 * waited with them; anything else when the gate lets it. Weights are read wherever they are, as Envoy's threads share its hosts.
 * Source: Envoy, source/common/upstream/cluster_manager_impl.cc, onClusterInit and postThreadLocalClusterUpdate.
 */
export class LateUpdates {
  private readonly gate: UpdateGate;
  /**
   * Envoy's policies that hash make their tables in the main thread, for all priorities (ThreadAwareLoadBalancerBase, refresh), and
   * workers take over all of them whichever is new to them (ClusterEntry::updateHosts).
   */
  private readonly together: boolean;
  private readonly remakesEmpty: boolean;
  /** Those that count, as of the last list. */
  private priorities: ReadonlyMap<Host, number> = new Map();
  /** As many as there ever were; Envoy's host sets stay. */
  private count = 0;
  /** Those that the last change of health has made anew. */
  private renewed: ReadonlySet<number> = new Set();
  /** Of whom something else is said than when they were last made anew. */
  private readonly redescribed = new Set<Host>();
  /** Of those that count: what was said of them when they were last made anew. */
  private readonly metadata = new Map<Host, Instance['metadata']>();

  /** `remakesEmpty`: new priorities without hosts are made anew at once. */
  constructor(gate: UpdateGate, together: boolean, remakesEmpty: boolean) {
    this.gate = gate;
    this.together = together;
    this.remakesEmpty = remakesEmpty;
  }

  /** A list has come: the hosts that count, with their priorities, and those of whom it says something else, or whose health it has turned. */
  list(priorities: ReadonlyMap<Host, number>, redescribed: Iterable<Host>, turned: readonly Host[]): DueUpdates {
    const { priorities: before, count: known } = this;
    this.priorities = priorities;
    for (const priority of priorities.values()) this.count = Math.max(this.count, priority + 1);
    for (const host of redescribed) this.redescribed.add(host);
    for (const host of this.redescribed) if (!priorities.has(host)) this.redescribed.delete(host);
    for (const host of this.metadata.keys()) if (!priorities.has(host)) this.metadata.delete(host);
    const due = new Set([...strangers(before, priorities), ...strangers(priorities, before)]);
    for (const priority of due) this.gate.passes(priority, false);
    if (this.remakesEmpty) {
      // The first change of a priority never waits.
      for (let priority = Math.max(known, 1); priority < this.count; priority++)
        if (!due.has(priority)) this.gate.passes(priority, true);
    }
    const others = new Set([...redescribed, ...turned].flatMap((host) => priorities.get(host) ?? []));
    for (const priority of others) if (!due.has(priority) && this.gate.passes(priority, true)) due.add(priority);
    return this.due(due);
  }

  /** A check or a detector has changed its mind about somebody: Envoy makes all priorities anew (ClusterImplBase::reloadHealthyHostsHelper). */
  healthChanged(): DueUpdates {
    const due = new Set<number>();
    for (let priority = 0; priority < this.count; priority++) if (this.gate.passes(priority, true)) due.add(priority);
    this.renewed = due;
    return this.due(due);
  }

  /** Whether the last change of health has made all of these anew. */
  wereRenewed(priorities: ReadonlySet<number>): boolean {
    return [...priorities].every((priority) => this.renewed.has(priority));
  }

  /** By what the host is in a subset or not: a change waits with its priority (Envoy's SubsetLoadBalancer::refreshSubsets). */
  metadataOf(host: Host): Instance['metadata'] {
    return this.metadata.has(host) ? this.metadata.get(host) : host.instance.metadata;
  }

  /** These are made anew now. */
  due(those: ReadonlySet<number>): DueUpdates {
    const priorities = this.together && those.size > 0 ? new Set(Array(this.count).keys()) : those;
    const members = [...this.priorities.keys()].filter((host) => priorities.has(this.priorities.get(host) ?? -1));
    const outdated = members.filter((host) => standing(host.latest) !== standing(host));
    const redescribed = members.filter((host) => this.redescribed.delete(host)).length > 0;
    for (const host of members) this.metadata.set(host, host.instance.metadata);
    return { priorities, members, outdated, redescribed };
  }
}

/** The priorities in which the first has somebody whom the second has not there. */
function strangers(some: ReadonlyMap<Host, number>, others: ReadonlyMap<Host, number>): number[] {
  return [...some].filter(([host, priority]) => others.get(host) !== priority).map(([, priority]) => priority);
}
