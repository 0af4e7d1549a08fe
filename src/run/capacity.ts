import type { TrialConfig } from '../sim/config.ts';
import { meanOf } from '../sim/distribution.ts';

/** Requests per millisecond all instances together can serve while all are up; Infinity where service takes no time. */
export function capacityPerMs({ instances }: TrialConfig): number {
  return instances
    .filter(({ weight }) => weight > 0)
    .reduce((total, { concurrency, serviceTime }) => total + concurrency / meanOf(serviceTime), 0);
}
