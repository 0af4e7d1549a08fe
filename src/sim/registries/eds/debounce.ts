import { type Clock, NO_TIMER, type TimerId } from '../../../core/clock.ts';

/** Calls `push` once nothing was asked for `afterMs`, at the latest `maxMs` after the first time since the last push. */
export function debounced(clock: Clock, afterMs: number, maxMs: number, push: () => void): () => void {
  let timer: TimerId = NO_TIMER;
  let firstAtMs = 0;
  const run = (): void => {
    timer = NO_TIMER;
    push();
  };
  return () => {
    const now = clock.now();
    if (timer === NO_TIMER) firstAtMs = now;
    clock.cancel(timer);
    timer = clock.schedule(Math.max(0, Math.min(afterMs, firstAtMs + maxMs - now)), run, 0);
  };
}
