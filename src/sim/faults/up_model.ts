import type { Distribution } from '../config.ts';
import { meanOf } from '../distribution.ts';
import { type Curve, integralOf, valueAt } from './curve.ts';
import { survival } from './survival.ts';
import type { FaultWhen, RecordedOutage, Repair } from './when.ts';

/** The probability that a fault whose target this instance is leaves it up at t. */
export type UpModel = (tMs: number) => (instance: number) => number;

/**
 * Where that has a closed form; null where it has none.
 * - Scheduled, repeated, recorded: 0 or 1.
 * - Lives and repairs from equilibrium: MTTF / (MTTF + MTTR) at every t, for any laws; from new, where both are exponential,
 *   A + (1 - A) exp(-t (1/MTTF + 1/MTTR)) (Barlow & Proschan, Mathematical Theory of Reliability, 1965, ch. 3).
 * - Without repair: the survival function of any law; exp(-integral of the hazard); the product over ticks of 1 - p, the
 *   failure being uniform within its tick.
 * - A hazard of level stretches with exponential repair: A' = repair rate (1 - A) - hazard A, stretch by stretch.
 */
export function upModel(when: FaultWhen): UpModel | null {
  switch (when.kind) {
    case 'at':
      return scheduled((tMs) => tMs >= when.atMs && tMs < when.atMs + when.forMs);
    case 'repeated':
      return scheduled((tMs) => {
        const turn = Math.floor((tMs - when.atMs) / when.everyMs);
        return turn >= 0 && turn < when.times && tMs - when.atMs - turn * when.everyMs < when.forMs;
      });
    case 'trace':
      return recorded(when.outages);
    case 'lifetime':
      return lived(when);
    case 'hazard':
      if (when.repair === null) return alike((tMs) => Math.exp(-integralOf(when.perMs, tMs)));
      return repairedByRate(when.perMs, when.repair);
    case 'probability':
      return when.repair === null ? alike(ticksSurvived(when.everyMs, when.share)) : null;
    case 'overload':
      return null;
  }
}

/** The same for all targets. */
function alike(up: (tMs: number) => number): UpModel {
  return (tMs) => {
    const probability = up(tMs);
    return () => probability;
  };
}

function scheduled(isDown: (tMs: number) => boolean): UpModel {
  return alike((tMs) => (isDown(tMs) ? 0 : 1));
}

function recorded(outages: readonly RecordedOutage[]): UpModel {
  const byInstance = new Map<number, RecordedOutage[]>();
  for (const outage of outages) {
    const others = byInstance.get(outage.instance);
    if (others === undefined) byInstance.set(outage.instance, [outage]);
    else others.push(outage);
  }
  return (tMs) => (instance) =>
    byInstance.get(instance)?.some(({ downMs, upMs }) => tMs >= downMs && tMs < upMs) ? 0 : 1;
}

function lived({ lifetime, repair, start }: FaultWhen & { kind: 'lifetime' }): UpModel | null {
  if (repair === null) return alike((tMs) => survival(lifetime, tMs));
  if (start === 'stationary' && repair.kind !== 'backoff') {
    const mttfMs = meanOf(lifetime);
    const limit = mttfMs / (mttfMs + meanOf(repair));
    return alike(() => limit);
  }
  return lifetime.kind === 'exponential'
    ? repairedByRate({ kind: 'constant', value: 1 / lifetime.meanMs }, repair)
    : null;
}

/** Failing with a hazard that is level, or level between jumps, and coming back at a constant rate. */
function repairedByRate(hazard: Curve, repair: Repair): UpModel | null {
  if (!isExponential(repair)) return null;
  const stretches = levelStretches(hazard);
  if (stretches === null) return null;
  const backRate = 1 / repair.meanMs;
  return alike((tMs) => {
    let up = 1;
    for (const [i, { fromMs, value }] of stretches.entries()) {
      if (fromMs >= tMs) break;
      const untilMs = Math.min(tMs, stretches[i + 1]?.fromMs ?? Infinity);
      const limit = backRate / (value + backRate);
      up = limit + (up - limit) * Math.exp(-(untilMs - fromMs) * (value + backRate));
    }
    return up;
  });
}

function isExponential(repair: Repair): repair is Extract<Distribution, { kind: 'exponential' }> {
  return repair.kind === 'exponential';
}

/** The stretches of a curve that is level but for jumps, or null where it is not. */
function levelStretches(curve: Curve): { fromMs: number; value: number }[] | null {
  if (curve.kind === 'constant') return [{ fromMs: 0, value: curve.value }];
  if (curve.kind === 'sine') return null;
  const { points } = curve;
  const isLevel = points.every(
    ([atMs, value], i) => i === 0 || atMs === points[i - 1][0] || value === points[i - 1][1],
  );
  if (!isLevel) return null;
  return [{ fromMs: 0, value: points[0][1] }, ...points.map(([fromMs, value]) => ({ fromMs, value }))];
}

/** The product over whole ticks of 1 - p, times what is left of the tick that t is in. */
function ticksSurvived(everyMs: number, share: Curve): (tMs: number) => number {
  // Before tick k. Grows as far as it is asked for.
  const survived = [1];
  return (tMs) => {
    const tick = Math.floor(tMs / everyMs);
    for (let k = survived.length; k <= tick; k++)
      survived.push(survived[k - 1] * (1 - valueAt(share, (k - 1) * everyMs)));
    return survived[tick] * (1 - valueAt(share, tick * everyMs) * (tMs / everyMs - tick));
  };
}
