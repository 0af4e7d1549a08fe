import type { Random } from '../../src/core/random.ts';
import { type DrawnWhen, failureProcess } from '../../src/sim/faults/processes.ts';

/** A stretch of time in which something is up. */
export interface Life {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** From when until when something that fails and comes back by this law is up: a world of its own, without one around it. */
export function lives(when: DrawnWhen, random: Random, horizonMs: number): Life[] {
  const { first, failsAfterMs, repair } = failureProcess(when, random, horizonMs);
  const found: Life[] = [];
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

/** How many of so many of them are up at each of these moments. */
export function upAt(when: DrawnWhen, random: Random, momentsMs: readonly number[], count: number): number[] {
  const horizonMs = Math.max(...momentsMs) + 1;
  const up = momentsMs.map(() => 0);
  for (let i = 0; i < count; i++) {
    const lived = lives(when, random, horizonMs);
    for (const [m, atMs] of momentsMs.entries()) {
      if (lived.some(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs)) up[m]++;
    }
  }
  return up;
}

/** How much of a window they are up, as a share of it. */
export function upWithin(lived: readonly Life[], fromMs: number, toMs: number): number {
  const upMs = lived.reduce(
    (sum, life) => sum + Math.max(0, Math.min(life.untilMs, toMs) - Math.max(life.fromMs, fromMs)),
    0,
  );
  return upMs / (toMs - fromMs);
}
