import type { SwimSettings } from './settings.ts';

/** How long a suspect has to say that it lives, where others suspect it too. memberlist util.go, suspicionTimeout. */
export function suspicionTimeoutMs({ suspicionMult, probeIntervalMs }: SwimSettings, members: number): number {
  const scale = Math.max(1, Math.log10(Math.max(1, members)));
  return (suspicionMult * Math.floor(scale * 1000) * probeIntervalMs) / 1000;
}

/** memberlist util.go, retransmitLimit. */
export function retransmitLimit({ retransmitMult }: SwimSettings, members: number): number {
  return retransmitMult * Math.ceil(Math.log10(members + 1));
}

/** In groups up to this size the interval of exchanges is as written; doubling it adds one. memberlist util.go, pushPullScale. */
const UNSCALED = 32;

export function pushPullDelayMs({ pushPullIntervalMs }: SwimSettings, members: number): number {
  if (members <= UNSCALED) return pushPullIntervalMs;
  return pushPullIntervalMs * (Math.ceil(Math.log2(members) - Math.log2(UNSCALED)) + 1);
}
