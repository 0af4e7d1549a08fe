import type { Host } from './host.ts';
import { askedFor, type Metadata, type SubsetSettings, subsetOf } from './subset.ts';

/** The balancers of subsets, which are known by name. */
export interface SubsetBalancers {
  /** Makes one, with draws of its own; `priority`: that of its first host. */
  make(name: string, priority: number): void;
  /** Whatever it has learnt is lost; it has heard of so many changes of priorities before. */
  unmake(name: string, changes: number): void;
  /** From now on picks are made by this one; null: nobody is picked. `changed`: the priorities that the list has changed. */
  enter(name: string | null, changed: ReadonlySet<number>): void;
}

interface Known {
  readonly name: string;
  readonly match: Metadata;
  /** The place of its selector. */
  readonly selector: number;
  /** How many of its hosts each priority had. */
  counts: number[];
}

/**
 * Envoy has a balancer for each subset, which is made with its first host and unmade with the last, so that it begins anew where
 * the subset comes back; those of fallbacks are there from the start (SubsetLoadBalancer: its constructor, processSubsets,
 * purgeEmptySubsets). Those that no request comes to are only made, for their draws; what they and those not in use just now draw
 * with each change where zones have weights, in an order that a hash map makes, is left out.
 */
export class Subsets {
  private readonly settings: SubsetSettings;
  private readonly balancers: SubsetBalancers;
  private readonly asked: ReadonlySet<string>;
  private known = new Map<string, Known>();
  private priorities: ReadonlyMap<Host, number> = new Map();
  /** How many priorities there ever were. */
  private count = 0;

  constructor(settings: SubsetSettings, balancers: SubsetBalancers) {
    this.settings = settings;
    this.balancers = balancers;
    this.asked = new Set(askedFor(settings).map(nameOf));
    const fallbacks = [settings.fallback, ...settings.selectors.map(({ fallback }) => fallback)];
    for (const name of new Set(fallbacks)) if (name === 'any' || name === 'default') balancers.make(name, 0);
    this.choose([], () => undefined, new Map(), null);
  }

  /** These are the hosts now: those to balance over. */
  choose(
    hosts: readonly Host[],
    metadataOf: (host: Host) => Metadata | undefined,
    priorities: ReadonlyMap<Host, number>,
    redescribed: ReadonlySet<Host> | null,
  ): readonly Host[] {
    const changed = changedPriorities(this.priorities, priorities, redescribed);
    this.priorities = priorities;
    // Those that are new are made, whether or not anybody is in them.
    for (const priority of priorities.values()) for (; this.count <= priority; this.count++) changed.add(this.count);
    const priorityOf = (host: Host): number => priorities.get(host) ?? 0;
    // In the order in which Envoy comes to hosts: a priority after the other.
    const inOrder = hosts.toSorted((a, b) => priorityOf(a) - priorityOf(b));
    const known = new Map(this.known);
    const members = new Map<string, number[]>();
    inOrder.forEach((host, at) => {
      const metadata = metadataOf(host) ?? {};
      this.settings.selectors.forEach(({ keys }, selector) => {
        if (keys.length === 0 || !keys.every((key) => metadata[key] !== undefined)) return;
        const match = Object.fromEntries(keys.map((key) => [key, metadata[key]]));
        const name = nameOf(match);
        if (!known.has(name)) known.set(name, { name, match, selector, counts: [] });
        const places = members.get(name) ?? [];
        // Two selectors may have the same keys.
        if (places.at(-1) !== at) places.push(at);
        members.set(name, places);
      });
    });
    const made: { one: Known; first: number }[] = [];
    for (const one of known.values()) {
      const places = members.get(one.name) ?? [];
      const first = this.turn(
        one,
        places,
        places.map((at) => priorityOf(inOrder[at])),
        changed,
      );
      if (first >= 0) made.push({ one, first });
      if (places.length === 0) known.delete(one.name);
    }
    this.known = known;
    made.sort((a, b) => a.first - b.first || a.one.selector - b.one.selector);
    for (const { one, first } of made) {
      this.balancers.make(one.name, priorityOf(inOrder[first]));
      if (!this.asked.has(one.name)) this.balancers.unmake(one.name, 0);
    }
    const found = subsetOf(hosts, metadataOf, this.settings);
    const name = found.by === 'match' ? nameOf(found.match) : found.by === 'none' ? null : found.by;
    this.balancers.enter(name, changed);
    return found.hosts;
  }

  /** The place of the host with which it is made, or -1; unmakes it where some priority leaves it without hosts. */
  private turn(
    one: Known,
    places: readonly number[],
    priorities: readonly number[],
    changed: ReadonlySet<number>,
  ): number {
    const before = one.counts;
    let count = before.reduce((sum, each) => sum + each, 0);
    let made = -1;
    one.counts = [];
    for (let priority = 0, at = 0; priority < before.length || at < places.length; priority++) {
      const first = at;
      while (at < places.length && priorities[at] === priority) at++;
      if (count === 0 && at > first) made = places[first];
      one.counts.push(at - first);
      const was = count;
      count += at - first - (before[priority] ?? 0);
      if (was === 0 || count > 0) continue;
      const last = priority;
      this.balancers.unmake(one.name, [...changed].filter((each) => each <= last).length);
      made = -1;
    }
    return made;
  }
}

function nameOf(match: Metadata): string {
  return JSON.stringify(Object.entries(match).sort());
}

/** The priorities of which a list has changed anything. `redescribed`: of whom it says something else; null: of anybody. */
function changedPriorities(
  before: ReadonlyMap<Host, number>,
  now: ReadonlyMap<Host, number>,
  redescribed: ReadonlySet<Host> | null,
): Set<number> {
  const changed = new Set<number>();
  for (const [host, priority] of now)
    if (before.get(host) !== priority || redescribed === null || redescribed.has(host)) changed.add(priority);
  for (const [host, priority] of before) if (now.get(host) !== priority) changed.add(priority);
  return changed;
}
