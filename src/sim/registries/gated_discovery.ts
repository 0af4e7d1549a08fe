import type { Discovery, Snapshot } from '../../registry/discovery.ts';

/** A discovery whose news can be held back, so that its callers go on with the last view they had. */
export interface GatedDiscovery extends Discovery {
  /** Something may have changed: tells what was held back, where the gate is open now. */
  release(): void;
}

/**
 * News passes while `isOpen`; what comes meanwhile is kept, the newest only, and told by `release`. The first snapshot
 * always passes: a caller was there before the run. Of several versions told as one the oldest evidence counts.
 */
export function gatedDiscovery(discovery: Discovery, isOpen: () => boolean): GatedDiscovery {
  const releases = new Set<() => void>();
  return {
    watch(service, listener) {
      let held: Snapshot | null = null;
      let first = true;
      const release = (): void => {
        if (held === null || !isOpen()) return;
        const snapshot = held;
        held = null;
        listener(snapshot);
      };
      const subscription = discovery.watch(service, (snapshot) => {
        if (first || isOpen()) {
          first = false;
          held = null;
          listener(snapshot);
          return;
        }
        const evidenceAtMs = Math.min(snapshot.evidenceAtMs, held?.evidenceAtMs ?? Number.POSITIVE_INFINITY);
        held = evidenceAtMs === snapshot.evidenceAtMs ? snapshot : { ...snapshot, evidenceAtMs };
      });
      releases.add(release);
      return {
        close() {
          releases.delete(release);
          subscription.close();
        },
      };
    },
    release() {
      for (const release of releases) release();
    },
  };
}
