import { power } from '../core/power.ts';

export interface EnvoySlowStart {
  /** How long it lasts. 0: there is no slow start. */
  readonly windowMs: number;
  /** 1: linear; above 1: fast first, then slow. Default 1, which is also what 0, less or NaN count as. */
  readonly aggression?: number;
  /** Share of the weight a host has at least. Default 0.1. */
  readonly minWeightShare?: number;
}

/**
 * What a host's weight is multiplied by `elapsedMs` after it joined, or turned healthy: Envoy's
 * EdfLoadBalancerBase::applySlowStartFactor. 1 once the window is over.
 */
export function envoySlowStartFactor(elapsedMs: number, settings: EnvoySlowStart): number {
  const { windowMs, aggression = 1, minWeightShare = 0.1 } = settings;
  if (elapsedMs >= windowMs) return 1;
  // Envoy reads whole milliseconds. Its documentation has 1 s for the least elapsed time, its code 1 ms.
  const time = Math.max(1, Math.floor(elapsedMs)) / windowMs;
  const linear = aggression === 1 || !(aggression > 0);
  return Math.max(minWeightShare, linear ? time : power(time, 1 / aggression));
}

/** HAProxy's BE_WEIGHT_SCALE. */
const SIXTEENTHS = 16;

/**
 * What a HAProxy server weighs `elapsedS`, whole seconds, after it came back from being down (server_recalc_eweight, for
 * algorithms with dynamic weights): `weight` in sixteenths, one of them at first, more with each second, all of them once the
 * window, in whole seconds too, is over.
 */
export function haproxySlowStartWeight(weight: number, elapsedS: number, windowS: number): number {
  if (elapsedS >= windowS) return weight;
  return (weight * Math.trunc((SIXTEENTHS * elapsedS + windowS) / windowS)) / SIXTEENTHS;
}
