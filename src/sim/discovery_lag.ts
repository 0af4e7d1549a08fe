import type { Discovery, Snapshot, Subscription } from '../registry/discovery.ts';
import type { Engine } from './engine.ts';

/**
 * A registry as seen from afar: every version takes a drawn time to arrive. Versions arrive in order; one that is
 * overtaken is never delivered (callers see states, not changes). A caller was there before the run: it has the current
 * version at once.
 */
export function laggedDiscovery(discovery: Discovery, engine: Engine, lagMs: () => number): Discovery {
  return {
    watch(service, listener) {
      let delivered = -1;
      let closed = false;
      /** On their way, in order. */
      let underWay: Snapshot[] = [];
      const deliver = (snapshot: Snapshot): void => {
        if (closed || snapshot.version <= delivered) return;
        delivered = snapshot.version;
        // What was overtaken arrives with this one, and so does the age of what it rested on.
        const arriving = underWay.filter(({ version }) => version <= delivered);
        underWay = underWay.filter(({ version }) => version > delivered);
        const evidenceAtMs = Math.min(snapshot.evidenceAtMs, ...arriving.map((other) => other.evidenceAtMs));
        listener(evidenceAtMs === snapshot.evidenceAtMs ? snapshot : { ...snapshot, evidenceAtMs });
      };
      let first = true;
      const subscription: Subscription = discovery.watch(service, (snapshot) => {
        if (first) deliver(snapshot);
        else {
          underWay.push(snapshot);
          engine.schedule(lagMs(), () => deliver(snapshot), 0);
        }
        first = false;
      });
      return {
        close() {
          closed = true;
          subscription.close();
        },
      };
    },
  };
}
