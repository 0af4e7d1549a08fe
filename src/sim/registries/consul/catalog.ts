import type { Clock } from '../../../core/clock.ts';
import type { Instance } from '../../../core/instance.ts';
import type { Snapshot } from '../../../registry/discovery.ts';
import { ServiceRecord } from '../../../registry/service_record.ts';

/** One instance as its agent knows it. */
export interface ConsulEntry {
  readonly instance: Instance;
  /** Whether all its checks pass. Warning is not passing. */
  readonly passing: boolean;
  /** When what decided that arose. */
  readonly evidenceAtMs: number;
}

/** A moment of the catalog, as an answer carries it. */
export interface CatalogAnswer {
  readonly index: number;
  /** Those whose checks all pass and whose node is alive: `?passing`. */
  readonly snapshot: Snapshot;
}

/**
 * The servers' copy of what agents say, for one service. Its index rises with every change of the service, those of
 * instances that nobody is shown included, so queries wake to find nothing new (registries.md, section 1.1).
 */
export interface ConsulCatalog {
  /** What it says now. `sinceVersion`: the version the asker has, so that the answer is as old as the oldest change since. */
  read(sinceVersion: number): CatalogAnswer;
  index(): number;
  /** An agent says how it is; null: that there is no such service. The same again is no change. */
  sync(id: string, entry: ConsulEntry | null): void;
  /** The node's health by gossip (serfHealth). */
  setNode(id: string, alive: boolean, evidenceAtMs: number): void;
  /** Called with every change of the index, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

export function createConsulCatalog(clock: Clock): ConsulCatalog {
  const record = new ServiceRecord(clock, clock.now());
  const entries = new Map<string, ConsulEntry>();
  const deadNodes = new Set<string>();
  const listeners = new Set<() => void>();
  /** The evidence of each version, by its number. */
  const evidence: number[] = [];
  let current: Snapshot | null = null;
  // The lowest index is 1: 0 asks for an answer at once.
  let index = 1;

  record.watch((snapshot) => {
    current = snapshot;
    evidence[snapshot.version] = snapshot.evidenceAtMs;
  });
  function changed(): void {
    index++;
    for (const listener of listeners) listener();
  }
  return {
    index: () => index,
    read(sinceVersion) {
      const snapshot = current as Snapshot;
      let evidenceAtMs = snapshot.evidenceAtMs;
      for (let v = snapshot.version - 1; v > sinceVersion && v > 0; v--) {
        evidenceAtMs = Math.min(evidenceAtMs, evidence[v] ?? evidenceAtMs);
      }
      return { index, snapshot: evidenceAtMs === snapshot.evidenceAtMs ? snapshot : { ...snapshot, evidenceAtMs } };
    },
    sync(id, entry) {
      const known = entries.get(id);
      if (entry === null) {
        if (known === undefined) return;
        entries.delete(id);
        record.remove(id, clock.now());
      } else {
        if (known !== undefined && known.passing === entry.passing && known.instance === entry.instance) return;
        entries.set(id, entry);
        const shown = entry.passing && !deadNodes.has(id);
        if (known === undefined) record.put(entry.instance, shown);
        else record.setPassing(id, shown, entry.evidenceAtMs);
      }
      changed();
    },
    setNode(id, alive, evidenceAtMs) {
      if (alive !== deadNodes.has(id)) return;
      if (alive) deadNodes.delete(id);
      else deadNodes.add(id);
      const entry = entries.get(id);
      if (entry === undefined) return;
      record.setPassing(id, alive && entry.passing, evidenceAtMs);
      changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
