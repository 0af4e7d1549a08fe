import type { Check } from './warnings.ts';

/** A crash by overload that no queue is long enough for. */
export const idleOverload: Check = ({ trial }) => {
  const longest = trial.instances.reduce((most, { queue }) => Math.max(most, queue), 0);
  for (const [i, { when }] of trial.faults.entries()) {
    if (when.kind !== 'overload' || when.queueAbove < longest) continue;
    return {
      cause: `faults.${i} crashes above ${when.queueAbove} waiting requests, and no queue holds more than ${longest}`,
      effect: 'a full queue rejects what would overload it, so nothing ever dies of it',
      next: 'lower queueAbove, or give instances a longer queue',
    };
  }
  return null;
};
