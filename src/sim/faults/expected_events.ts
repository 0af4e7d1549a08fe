import { meanOf } from '../distribution.ts';
import { integralOf } from './curve.ts';
import type { DrawnWhen } from './processes.ts';
import { upModel } from './up_model.ts';
import type { Repair } from './when.ts';

/**
 * About how many failures of one process fall between two moments: what a reader may expect of a run before it is run.
 * Without repair it is the probability of the one there can be, by `upModel`; otherwise lives and repairs alternate at
 * their means, and hazards and ticks count by their integral.
 */
export function expectedFailures(when: DrawnWhen, fromMs: number, toMs: number): number {
  const { repair } = when;
  if (repair === null) {
    const up = upModel(when);
    return up === null ? 0 : up(fromMs)(0) - up(toMs)(0);
  }
  return alternating(meanUpMs(when, fromMs, toMs), repair, fromMs, toMs);
}

/** From a repair to the next failure. */
function meanUpMs(when: DrawnWhen, fromMs: number, toMs: number): number {
  if (when.kind === 'lifetime') return meanOf(when.lifetime);
  const [curve, unitMs] = when.kind === 'hazard' ? [when.perMs, 1] : [when.share, when.everyMs];
  return (unitMs * (toMs - fromMs)) / (integralOf(curve, toMs) - integralOf(curve, fromMs));
}

function alternating(upMs: number, repair: Repair, fromMs: number, toMs: number): number {
  if (repair.kind !== 'backoff') return (toMs - fromMs) / (upMs + meanOf(repair));
  const startupMs = meanOf(repair.startup);
  if (upMs > repair.resetAfterMs) return (toMs - fromMs) / (upMs + startupMs);
  // The first comes back at once, and each wait is longer than the one before: they are walked through.
  let failures = 0;
  let waitMs = 0;
  for (let atMs = upMs; atMs < toMs; ) {
    if (atMs >= fromMs) failures++;
    atMs += waitMs + startupMs + upMs;
    waitMs = waitMs === 0 ? repair.initialMs : Math.min(waitMs * repair.factor, repair.maxMs);
  }
  return failures;
}
