import { meanOf } from '../distribution.ts';
import { maximumOf } from './curve.ts';
import type { FaultWhen, Repair } from './when.ts';

/**
 * About how many failures, ticks and draws one target of a fault costs over a run: what guards against a mistyped digit.
 * An overload strikes once a request at most, a trace once a row, so neither is counted. `cycleMs` is `meanCycleMs(when)`.
 */
export function faultSteps(when: FaultWhen, cycleMs: number, durationMs: number): number {
  if (when.kind === 'repeated') return Math.min(when.times, 1 + Math.max(0, durationMs - when.atMs) / when.everyMs);
  if (when.kind === 'hazard') return 1 + maximumOf(when.perMs) * durationMs;
  if (when.kind === 'probability') return 1 + durationMs / when.everyMs;
  return 1 + durationMs / cycleMs;
}

/** The mean time from one failure to the next, where lives and repairs alternate. */
export function meanCycleMs(when: FaultWhen): number {
  if (when.kind !== 'lifetime' || when.repair === null) return Infinity;
  return meanOf(when.lifetime) + meanRepairMs(when.repair);
}

/** The mean of a repair; of a back-off at least, after a first failure. */
export function meanRepairMs(repair: Repair): number {
  return meanOf(repair.kind === 'backoff' ? repair.startup : repair);
}
