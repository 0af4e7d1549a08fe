import { randomStream } from '../../src/core/random.ts';
import { type DrawnWhen, failureProcess } from '../../src/sim/faults/processes.ts';

/** From when until when something that fails and comes back by this law is up: a world of its own, without one around it. */
export function lives(when: DrawnWhen, stream: string, horizonMs: number): { fromMs: number; untilMs: number }[] {
  const { first, failsAfterMs, repair } = failureProcess(when, randomStream(stream), horizonMs);
  const found: { fromMs: number; untilMs: number }[] = [];
  let { up, afterMs } = first;
  for (let nowMs = 0; ; ) {
    const untilMs = Math.min(nowMs + afterMs, horizonMs);
    if (up) found.push({ fromMs: nowMs, untilMs });
    if (untilMs === horizonMs || (up && repair === null)) return found;
    nowMs = untilMs;
    up = !up;
    // `afterMs` is now how long the life has been that ends here.
    afterMs = up ? failsAfterMs(nowMs) : (repair?.(afterMs) ?? Infinity);
  }
}
