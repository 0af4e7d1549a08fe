import type { FaultConfig } from '../sim/config.ts';
import { meanRepairMs } from '../sim/faults/steps.ts';

/** Whether the instance does no work: what every detector is there to find. */
export function isOutage(kind: FaultConfig['action']['kind']): boolean {
  return kind === 'crash' || kind === 'blackhole' || kind === 'hang';
}

/** How long a fault lasts, on average where that is drawn. */
export function lengthMs(when: FaultConfig['when']): number {
  if ('forMs' in when) return when.forMs;
  return 'repair' in when && when.repair !== null ? meanRepairMs(when.repair) : Infinity;
}
