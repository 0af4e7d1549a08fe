import { invariant } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import type { Instance } from '../core/instance.ts';
import type { Snapshot, Subscription } from './discovery.ts';

interface Watcher {
  readonly listener: (snapshot: Snapshot) => void;
  /** The version last given to the listener; -1 before its first call. */
  seen: number;
}

/**
 * The members of one service and whoever watches them.
 *
 * Snapshots are built when somebody is there to see them, so that thousands of registrations in a row cost no more than
 * a map entry each. Every id ever seen keeps its place in the order: some hundred bytes for good.
 */
export class ServiceRecord {
  private readonly clock: Pick<Clock, 'now'>;
  /** In order of first registration; null where the id has left. Setting a key again does not move it. */
  private readonly places = new Map<string, Instance | null>();
  /** Members that do not pass their checks: nobody is shown them, and what happens to them makes no version. */
  private readonly failing = new Set<string>();
  /** In order of subscription. A set may be added to and deleted from while it is walked. */
  private readonly watchers = new Set<Watcher>();
  private version = 0;
  private changedAtMs: number;
  private evidenceAtMs: number;
  private built: Snapshot | null = null;
  private delivering = false;

  /** `sinceMs` stamps version 0. */
  constructor(clock: Pick<Clock, 'now'>, sinceMs: number) {
    this.clock = clock;
    this.changedAtMs = sinceMs;
    this.evidenceAtMs = sinceMs;
  }

  /** Adds a member or replaces the one with its id. The same again is no change. */
  put(instance: Instance, passing: boolean): void {
    const { id } = instance;
    const present = this.places.get(id) ?? null;
    const shown = present !== null && !this.failing.has(id);
    if (present !== null && shown === passing && sameData(present, instance)) return;
    this.places.set(id, instance);
    this.mark(id, passing);
    if (shown || passing) this.changed(this.clock.now());
  }

  /** Says how the checks of a member stand, which must be present, by what arose at `evidenceAtMs`. The same again is no change. */
  setPassing(id: string, passing: boolean, evidenceAtMs: number): void {
    invariant((this.places.get(id) ?? null) !== null, () => `expected a member '${id}' to be checked, found none`);
    if (passing !== this.failing.has(id)) return;
    this.mark(id, passing);
    this.changed(evidenceAtMs);
  }

  /** Takes out a member, which must be present, for a reason that arose at `evidenceAtMs`. */
  remove(id: string, evidenceAtMs: number): void {
    invariant((this.places.get(id) ?? null) !== null, () => `expected a member '${id}' to remove, found none`);
    this.places.set(id, null);
    if (!this.failing.delete(id)) this.changed(evidenceAtMs);
  }

  watch(listener: (snapshot: Snapshot) => void): Subscription {
    const watcher: Watcher = { listener, seen: -1 };
    this.watchers.add(watcher);
    if (this.delivering) this.deliver(watcher);
    else this.catchUp();
    return { close: () => this.watchers.delete(watcher) };
  }

  private mark(id: string, passing: boolean): void {
    if (passing) this.failing.delete(id);
    else this.failing.add(id);
  }

  private changed(evidenceAtMs: number): void {
    this.version++;
    this.changedAtMs = this.clock.now();
    this.evidenceAtMs = evidenceAtMs;
    this.built = null;
    this.catchUp();
  }

  /**
   * Brings every watcher to the newest version, in order of subscription. A change made by a listener is not delivered
   * from inside that listener's call: it waits for this loop, so no listener is re-entered or sees versions out of order.
   */
  private catchUp(): void {
    if (this.delivering) return;
    this.delivering = true;
    try {
      for (let behind = true; behind; ) {
        behind = false;
        for (const watcher of this.watchers) {
          if (watcher.seen === this.version) continue;
          this.deliver(watcher);
          behind = true;
        }
      }
    } finally {
      this.delivering = false;
    }
  }

  private deliver(watcher: Watcher): void {
    invariant(watcher.seen < this.version, 'expected a version newer than the last one delivered');
    watcher.seen = this.version;
    watcher.listener(this.snapshot());
  }

  private snapshot(): Snapshot {
    if (this.built === null) {
      const members = [...this.places.values()].filter((instance) => instance !== null);
      const instances = Object.freeze(members.filter(({ id }) => !this.failing.has(id)));
      const { version, changedAtMs: atMs, evidenceAtMs } = this;
      this.built = Object.freeze({ version, atMs, evidenceAtMs, instances });
    }
    return this.built;
  }
}

function sameData(a: Instance, b: Instance): boolean {
  return a.address === b.address && a.zone === b.zone && a.weight === b.weight;
}
