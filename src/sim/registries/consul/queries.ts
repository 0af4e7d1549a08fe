import { type Clock, NO_TIMER, type TimerId } from '../../../core/clock.ts';
import type { Random } from '../../../core/random.ts';
import type { CatalogAnswer, ConsulCatalog } from './catalog.ts';

/** How long a request is tried again while there is no leader: RPCHoldTimeout (agent/consul/config.go). */
const RPC_HOLD_MS = 7000;
/** A query's wait is made longer by up to a sixteenth, and so is the hold by its last pause (agent/consul/rpc.go, client.go). */
const JITTER_FRACTION = 16;

/** From a request that finds no leader to its failure: measured 7.1 to 7.4 s (registries.md, section 1.1). */
export function noLeaderMs(random: Random): number {
  return RPC_HOLD_MS + (random.unit() * RPC_HOLD_MS) / JITTER_FRACTION;
}

/** A blocking query: answers with the catalog once its index is above `index`, or when it has waited long enough; null: it failed. */
export type Ask = (index: number, sinceVersion: number, done: (answer: CatalogAnswer | null) => void) => void;

export interface ConsulQueriesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly catalog: ConsulCatalog;
  readonly waitMs: number;
  /** The asker's agent finds no leader. */
  readonly isCutOff: () => boolean;
  /** It is answered, if at all, by a server that hears nothing new. */
  readonly isStale: () => boolean;
}

export interface ConsulQueries {
  readonly ask: Ask;
  /** One of `isCutOff` and `isStale` may have changed. */
  outageChanged(): void;
}

/**
 * One caller's blocking queries at the servers, one at a time. One that finds no leader, or loses it, is tried again for
 * 7 s by the agent that passed it on, and fails then. A stale server keeps it waiting like one where nothing changes.
 */
export function createConsulQueries(options: ConsulQueriesOptions): ConsulQueries {
  const { clock, random, catalog, waitMs, isCutOff, isStale } = options;
  let open: {
    readonly index: number;
    readonly version: number;
    readonly done: (a: CatalogAnswer | null) => void;
  } | null = null;
  let deadline: TimerId = NO_TIMER;
  let failure: TimerId = NO_TIMER;
  let isDue = false;
  let stopListening: (() => void) | null = null;
  /** What a stale server knows. */
  let frozen: CatalogAnswer | null = null;

  function end(answer: CatalogAnswer | null): void {
    const query = open;
    open = null;
    clock.cancel(deadline);
    clock.cancel(failure);
    deadline = failure = NO_TIMER;
    isDue = false;
    stopListening?.();
    stopListening = null;
    query?.done(answer);
  }
  const read = (): CatalogAnswer => frozen ?? catalog.read(open?.version ?? -1);
  function look(): void {
    if (open === null) return;
    if (isCutOff()) {
      if (failure === NO_TIMER) failure = clock.schedule(noLeaderMs(random), () => end(null), 0);
      return;
    }
    clock.cancel(failure);
    failure = NO_TIMER;
    // 0 asks for whatever there is.
    const { index } = frozen ?? { index: catalog.index() };
    if (isDue || open.index === 0 || index > open.index) end(read());
  }
  return {
    ask(index, version, done) {
      open = { index, version, done };
      stopListening = catalog.onChange(look);
      const holdMs = waitMs + (random.unit() * waitMs) / JITTER_FRACTION;
      const onDue = (): void => {
        isDue = true;
        look();
      };
      deadline = clock.schedule(holdMs, onDue, 0);
      look();
    },
    outageChanged() {
      if (!isStale()) frozen = null;
      else frozen ??= catalog.read(open?.version ?? -1);
      look();
    },
  };
}
