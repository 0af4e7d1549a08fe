import { invariant } from '../../core/assert.ts';
import type { Random } from '../../core/random.ts';
import { meanOf, sampler } from '../distribution.ts';
import { type Curve, maximumOf, valueAt } from './curve.ts';
import { residualSampler } from './equilibrium.ts';
import { type RepairSampler, repairSampler } from './repair.ts';
import type { FaultWhen } from './when.ts';

/** A moment that is drawn, and not written. */
export type DrawnWhen = Extract<FaultWhen, { kind: 'lifetime' | 'hazard' | 'probability' }>;

/** One thing that fails and comes back again and again. Times in ms; Infinity: not any more. */
export interface FailureProcess {
  /** Up at time 0 and failing after so long, or down already and back after so long. */
  readonly first: { readonly up: boolean; readonly afterMs: number };
  /** How long until it fails, from `nowMs`, at which it has just come up. */
  readonly failsAfterMs: (nowMs: number) => number;
  /** null: never back. */
  readonly repair: RepairSampler | null;
}

/** `horizonMs`: failures after it need not be found. */
export function failureProcess(when: DrawnWhen, random: Random, horizonMs: number): FailureProcess {
  const repair = when.repair === null ? null : repairSampler(when.repair, random);
  if (when.kind === 'lifetime') {
    const lifetime = sampler(when.lifetime, random);
    const stationary = when.start === 'stationary';
    return { first: stationary ? inEquilibrium(when, random) : newAtZero(lifetime), failsAfterMs: lifetime, repair };
  }
  const failsAfterMs =
    when.kind === 'hazard'
      ? thinned(when.perMs, random, horizonMs)
      : byTicks(when.everyMs, when.share, random, horizonMs);
  return { first: newAtZero(failsAfterMs), failsAfterMs, repair };
}

function newAtZero(failsAfterMs: (nowMs: number) => number): FailureProcess['first'] {
  return { up: true, afterMs: failsAfterMs(0) };
}

/** Up with probability MTTF / (MTTF + MTTR), and what is left of that life or repair by its equilibrium law. */
function inEquilibrium(
  { lifetime, repair }: DrawnWhen & { kind: 'lifetime' },
  random: Random,
): FailureProcess['first'] {
  invariant(repair !== null && repair.kind !== 'backoff', 'a stationary start needs a repair that is a law');
  const mttfMs = meanOf(lifetime);
  const up = random.unit() * (mttfMs + meanOf(repair)) < mttfMs;
  return { up, afterMs: residualSampler(up ? lifetime : repair, random)() };
}

/**
 * The next point of a Poisson process of varying rate, by thinning: points at the greatest rate, each kept with the
 * probability that the rate there has of it (Lewis & Shedler, Naval Research Logistics Quarterly 26, 1979).
 */
function thinned(perMs: Curve, random: Random, horizonMs: number): (nowMs: number) => number {
  const greatest = maximumOf(perMs);
  if (greatest === 0) return () => Infinity;
  return (nowMs) => {
    for (let atMs = nowMs; ; ) {
      atMs += random.exponential(1 / greatest);
      if (atMs > horizonMs) return Infinity;
      if (random.unit() * greatest < valueAt(perMs, atMs)) return atMs - nowMs;
    }
  };
}

/**
 * A coin for every tick that begins while it is up; where it falls, the failure is at a uniform moment of that tick. Ticks
 * begin at 0, `everyMs`, 2 `everyMs`, ...; one that comes up within a tick has its first coin at the next.
 */
function byTicks(everyMs: number, share: Curve, random: Random, horizonMs: number): (nowMs: number) => number {
  return (nowMs) => {
    let tick = Math.floor(nowMs / everyMs);
    while (tick * everyMs < nowMs) tick++;
    for (let startMs = tick * everyMs; startMs <= horizonMs; startMs = ++tick * everyMs) {
      if (random.unit() < valueAt(share, startMs)) return startMs + random.unit() * everyMs - nowMs;
    }
    return Infinity;
  };
}
