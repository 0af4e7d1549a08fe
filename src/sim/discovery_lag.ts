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
      const deliver = (snapshot: Snapshot): void => {
        if (closed || snapshot.version <= delivered) return;
        delivered = snapshot.version;
        listener(snapshot);
      };
      let first = true;
      const subscription: Subscription = discovery.watch(service, (snapshot) => {
        if (first) deliver(snapshot);
        else engine.schedule(lagMs(), () => deliver(snapshot), 0);
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
