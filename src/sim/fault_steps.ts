import { maximumOf } from './curve.ts';
import { meanOf } from './distribution.ts';
import type { FaultWhen } from './fault_when.ts';

/**
 * About how many failures, ticks and draws one target of a fault costs over a run: what guards against a mistyped digit.
 * An overload strikes once a request at most, so it is not counted.
 */
export function faultSteps(when: FaultWhen, durationMs: number): number {
  switch (when.kind) {
    case 'at':
      return 1;
    case 'repeated':
      return Math.min(when.times, 1 + Math.max(0, durationMs - when.atMs) / when.everyMs);
    case 'lifetime':
      if (when.repair === null) return 1;
      return (
        1 +
        durationMs /
          (meanOf(when.lifetime) + meanOf(when.repair.kind === 'backoff' ? when.repair.startup : when.repair))
      );
    case 'hazard':
      return 1 + maximumOf(when.perMs) * durationMs;
    case 'probability':
      return 1 + durationMs / when.everyMs;
    case 'overload':
      return 1;
    case 'trace':
      return 1;
  }
}
