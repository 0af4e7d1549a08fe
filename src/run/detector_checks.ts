import { detectorNamed } from '../health/heartbeat/index.ts';
import { suspicionTimeoutMs } from '../health/swim/timing.ts';
import type { TrialConfig } from '../sim/config.ts';
import { meanOf } from '../sim/distribution.ts';
import { isOutage, lengthMs } from './outages.ts';
import type { Check } from './warnings.ts';

/** As many heartbeats settle what a detector makes of regular ones; only windows longer than that could tell. */
const SETTLED = 2000;

const doubtsTheRegular: Check = ({ trial }) => {
  const { heartbeat } = trial;
  const trustedMs = heartbeatTrustMs(trial);
  if (heartbeat === null || trustedMs === null) return null;
  const nextMs = heartbeat.intervalMs + meanLatencyMs(trial);
  // Where the two fall on one instant, the heartbeat comes first.
  if (trustedMs >= nextMs * (1 - ROUNDING)) return null;
  return {
    cause: `heartbeat.detector ${heartbeat.detector.name} trusts a host for ${seconds(trustedMs)} from the send of a heartbeat, and the next is heard after ${seconds(nextMs)}`,
    effect: 'callers suspect instances that are well between one heartbeat and the next',
    next: "raise the detector's slack or threshold, or lower network.latency",
  };
};

const doubtsEverybody: Check = ({ trial }) => {
  const { gossip } = trial;
  if (gossip === null) return null;
  const { probeIntervalMs, probeTimeoutMs } = gossip.settings;
  const roundTripMs = 2 * meanLatencyMs(trial);
  if (probeIntervalMs < roundTripMs) {
    return {
      cause: `gossip.probeInterval, ${seconds(probeIntervalMs)}, is shorter than a round trip of ${seconds(roundTripMs)}`,
      effect: 'no answer to a probe is in time, and members that are well suspect one another',
      next: 'raise probeInterval and probeTimeout above a round trip, or lower network.latency',
    };
  }
  if (probeTimeoutMs >= roundTripMs) return null;
  return {
    cause: `gossip.probeTimeout, ${seconds(probeTimeoutMs)}, is shorter than a round trip of ${seconds(roundTripMs)}`,
    effect: 'others are asked to probe whoever is probed, before it can have answered, and their answers come too late',
    next: 'raise probeTimeout above a round trip, or lower network.latency',
  };
};

const slowerThanTheRun: Check = ({ trial }) => {
  const found = detectorPaces(trial).find(({ leastMs }) => leastMs >= trial.durationMs);
  if (found === undefined) return null;
  return {
    cause: `${found.name} takes ${seconds(found.leastMs)} at least to find an instance dead, and a run lasts ${seconds(trial.durationMs)}`,
    effect: 'it never finds one',
    next: `${found.next}, or make duration longer`,
  };
};

/** An outage that is over before its silence is long enough. */
const slowerThanFaults: Check = ({ trial }) => {
  for (const [entry, { action, when }] of trial.faults.entries()) {
    const lastsMs = lengthMs(when);
    const found = detectorPaces(trial).find(({ leastMs }) => leastMs > lastsMs && leastMs < trial.durationMs);
    if (found === undefined || !isOutage(action.kind)) continue;
    const lasts = 'forMs' in when ? 'lasts' : 'lasts on average';
    return {
      cause: `${found.name} takes ${seconds(found.leastMs)} at least to find an instance dead, and ${action.kind}#${entry} ${lasts} ${seconds(lastsMs)}`,
      effect: 'it is over before an instance can have been silent for long enough',
      next: `${found.next}, or make the fault last longer`,
    };
  }
  return null;
};

/** About heartbeats and gossip that can never act here, or that always err. */
export const detectorChecks: readonly Check[] = [doubtsTheRegular, doubtsEverybody, slowerThanTheRun, slowerThanFaults];

/** How fast a detector of silence can be at best. */
export interface DetectorPace {
  readonly name: string;
  /** From an instance's death to the first caller that holds it dead, where nothing is lost. */
  readonly leastMs: number;
  /** What makes it faster. */
  readonly next: string;
}

export function detectorPaces(trial: TrialConfig): DetectorPace[] {
  const paces: DetectorPace[] = [];
  const { heartbeat, gossip } = trial;
  const trustedMs = heartbeatTrustMs(trial);
  if (heartbeat !== null && trustedMs !== null) {
    // It dies as it would have sent the next.
    const leastMs = Math.max(0, trustedMs - heartbeat.intervalMs);
    const next = "lower heartbeat.interval, or the detector's slack or threshold";
    paces.push({ name: `heartbeat.detector ${heartbeat.detector.name}`, leastMs, next });
  }
  if (gossip !== null) {
    const members = trial.instances.length + trial.callers.length;
    const { suspicionMult, probeIntervalMs } = gossip.settings;
    // A ping that it dies too early to answer is known to be in vain at the next turn.
    const suspectMs = Math.max(0, probeIntervalMs - meanLatencyMs(trial));
    const deadMs = suspicionMult === 0 ? 0 : suspicionTimeoutMs(gossip.settings, members);
    paces.push({ name: 'gossip', leastMs: suspectMs + deadMs, next: 'lower gossip.probeInterval or suspicionMult' });
  }
  return paces;
}

/** From the send of a heartbeat, with regular ones before; null where there are none. */
function heartbeatTrustMs(trial: TrialConfig): number | null {
  const { heartbeat, durationMs } = trial;
  if (heartbeat === null) return null;
  const { intervalMs, detector } = heartbeat;
  const heard = Math.max(1, Math.min(SETTLED, Math.floor(durationMs / intervalMs)));
  return detectorNamed(detector.name).trustedForMs(detector.options, intervalMs, meanLatencyMs(trial), heard);
}

function meanLatencyMs({ networkLatency }: TrialConfig): number {
  return networkLatency === null ? 0 : meanOf(networkLatency);
}

/** Times are sums of doubles. */
const ROUNDING = 1e-9;

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(4))} s`;
}
