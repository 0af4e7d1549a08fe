import { type Clock, NO_TIMER, type TimerId } from '../../../core/clock.ts';
import type { Random } from '../../../core/random.ts';
import { noLeaderMs } from './queries.ts';
import type { ConsulSettings } from './settings.ts';

/** A full sync that failed is tried again after this, and as much again at random (agent/ae/ae.go, retryFailIntv). */
const RETRY_MS = 15_000;
/** Above so many nodes the random part of every wait grows with the logarithm (ae.go, scaleThreshold). */
const SCALE_THRESHOLD = 128;

export interface AntiEntropyOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Pick<ConsulSettings, 'syncLatencyMs' | 'syncIntervalMs'>;
  readonly nodes: number;
  readonly canReach: () => boolean;
  /** Makes the catalog what the agent knows. */
  readonly push: () => void;
  /** Begins with a full sync, as an agent does that starts; otherwise the agent has been there, and it is due at random. */
  readonly atOnce: boolean;
}

export interface AntiEntropy {
  /** Something has changed: sync it soon. */
  changed(): void;
  /** Servers can be reached again. */
  reachable(): void;
  stop(): void;
}

/**
 * How an agent keeps the servers' copy in step (agent/ae/ae.go): a change is pushed at once, everything once in a while,
 * one push at a time. A push that finds no leader is held for 7 s and fails then. A change whose push failed is not tried
 * again by itself: it waits for the next change, or for the next full sync. After a full sync that failed nothing is
 * pushed until it is tried again.
 */
export function createAntiEntropy(options: AntiEntropyOptions): AntiEntropy {
  const { clock, random, settings, nodes, canReach, push, atOnce } = options;
  const { syncLatencyMs, syncIntervalMs } = settings;
  const scale = syncScale(nodes);
  /** idle; a push on its way; one that waits for a leader; waiting for another try at a full sync. */
  let state: 'idle' | 'pushing' | 'held' | 'retrying' = 'idle';
  let isFull = false;
  /** Of the state. */
  let timer: TimerId = NO_TIMER;
  let nextFull: TimerId = NO_TIMER;
  // What has come up since the push under way began.
  let isFullDue = false;
  let hasChanged = false;

  const jittered = (ms: number): number => ms + random.unit() * scale * ms;

  function begin(full: boolean): void {
    state = 'pushing';
    isFull = full;
    timer = clock.schedule(syncLatencyMs, arrive, 0);
  }
  function beginFull(): void {
    isFullDue = false;
    clock.cancel(nextFull);
    nextFull = clock.schedule(jittered(syncIntervalMs), fullDue, 0);
    begin(true);
  }
  function fullDue(): void {
    if (state === 'idle') beginFull();
    else isFullDue = true;
  }
  function arrive(): void {
    if (!canReach()) {
      state = 'held';
      timer = clock.schedule(noLeaderMs(random), failed, 0);
      return;
    }
    // What is pushed is what holds now.
    hasChanged = false;
    push();
    goOn();
  }
  function failed(): void {
    if (!isFull) {
      goOn();
      return;
    }
    state = 'retrying';
    timer = clock.schedule(jittered(RETRY_MS), beginFull, 0);
  }
  function goOn(): void {
    state = 'idle';
    if (isFullDue) beginFull();
    else if (hasChanged) {
      hasChanged = false;
      begin(false);
    }
  }

  if (atOnce) beginFull();
  else nextFull = clock.schedule(random.unit() * jittered(syncIntervalMs), fullDue, 0);
  return {
    changed() {
      if (state === 'idle') begin(false);
      else hasChanged = true;
    },
    reachable() {
      if (state !== 'held' || !canReach()) return;
      clock.cancel(timer);
      arrive();
    },
    stop() {
      clock.cancel(timer);
      clock.cancel(nextFull);
      state = 'idle';
    },
  };
}

/** By how much the random part of a wait is multiplied (ae.go, scaleFactor): 1 up to 128 nodes, 2 up to 256, and so on. */
export function syncScale(nodes: number): number {
  if (nodes <= SCALE_THRESHOLD) return 1;
  return Math.ceil(Math.log2(nodes) - Math.log2(SCALE_THRESHOLD)) + 1;
}
