import type { Clock } from '../../../core/clock.ts';
import type { Discovery, Snapshot } from '../../../registry/discovery.ts';
import type { CatalogAnswer } from './catalog.ts';
import type { Ask } from './queries.ts';

/** After the n-th failure in a row: n² times 5 s, at most 3 min (api/watch/plan.go, retryInterval and maxBackoffTime). */
export function retryMs(failures: number): number {
  return Math.min(5000 * failures * failures, 180_000);
}

/** Queries a limited caller may make at once (agent/cache, DefaultEntryFetchMaxBurst). */
const BURST = 2;

export interface ConsulWatchOptions {
  readonly clock: Clock;
  readonly ask: Ask;
  /** What a caller that was there before the run knows. */
  readonly first: () => CatalogAnswer;
  /** One leg between the caller and its servers; drawn anew for each. */
  readonly latencyMs: () => number;
  /** null: none. */
  readonly queryRatePerMs: number | null;
}

/**
 * A caller's loop of blocking queries (Consul's documentation, blocking queries): asks for what is newer than its index;
 * keeps index and view where that fails, and tries again ever later; starts over at 0 where the index went backwards;
 * says something new only where the result differs, since a wake is no proof of a change.
 */
export function consulDiscovery({ clock, ask, first, latencyMs, queryRatePerMs }: ConsulWatchOptions): Discovery {
  return {
    watch(_service, listener) {
      let index = 0;
      let version = -1;
      let failures = 0;
      let closed = false;
      const allow = tokenBucket(clock, queryRatePerMs);

      function tell(snapshot: Snapshot): void {
        if (snapshot.version === version) return;
        version = snapshot.version;
        listener(snapshot);
      }
      function query(): void {
        clock.schedule(allow() + latencyMs(), () => ask(index, version, answered), 0);
      }
      function answered(answer: CatalogAnswer | null): void {
        clock.schedule(latencyMs(), () => heard(answer), 0);
      }
      function heard(answer: CatalogAnswer | null): void {
        if (closed) return;
        if (answer === null) {
          failures++;
          clock.schedule(retryMs(failures), query, 0);
          return;
        }
        failures = 0;
        const next = Math.max(1, answer.index);
        index = next < index ? 0 : next;
        // A server that lost its data speaks of another history: what it says counts once it is asked from the start.
        if (index > 0) tell(answer.snapshot);
        query();
      }

      const known = first();
      index = known.index;
      tell(known.snapshot);
      query();
      return {
        close() {
          closed = true;
        },
      };
    },
  };
}

/** How long the next query has to wait. A query may be made at once while there are tokens; they come back at the rate. */
function tokenBucket(clock: Clock, ratePerMs: number | null): () => number {
  if (ratePerMs === null) return () => 0;
  let tokens = BURST;
  let atMs = clock.now();
  return () => {
    const now = clock.now();
    tokens = Math.min(BURST, tokens + (now - atMs) * ratePerMs) - 1;
    atMs = now;
    return tokens >= 0 ? 0 : -tokens / ratePerMs;
  };
}
