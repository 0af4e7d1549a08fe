import type { Random } from '../../core/random.ts';
import { sampler } from '../distribution.ts';
import type { BackOff, Repair } from './when.ts';

/** How long this repair takes of something that had been up for `upMs` when it failed. */
export type RepairSampler = (upMs: number) => number;

export function repairSampler(repair: Repair, random: Random): RepairSampler {
  return repair.kind === 'backoff' ? backOff(repair, random) : sampler(repair, random);
}

function backOff({ initialMs, factor, maxMs, resetAfterMs, startup }: BackOff, random: Random): RepairSampler {
  const startupMs = sampler(startup, random);
  let waitMs = 0;
  return (upMs) => {
    if (upMs > resetAfterMs) waitMs = 0;
    const repairMs = waitMs + startupMs();
    waitMs = waitMs === 0 ? initialMs : Math.min(waitMs * factor, maxMs);
    return repairMs;
  };
}
