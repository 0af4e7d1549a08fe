/** How a SWIM group watches itself, in memberlist's words. Times in milliseconds. */
export interface SwimSettings {
  /** From one probe of a member to its next. A probe that has no answer by then makes its target suspect. */
  readonly probeIntervalMs: number;
  /** After so long without an answer others are asked to probe the target. */
  readonly probeTimeoutMs: number;
  /** So many others. */
  readonly indirectChecks: number;
  /** Whom to probe: all in turn, in an order drawn anew each round (memberlist), or anybody (the model of the SWIM paper). */
  readonly targets: 'round-robin' | 'random';
  /** A suspect is dead after this many probe intervals, times log10 of the group above 10; 0: at once. */
  readonly suspicionMult: number;
  /** Until others suspect it too, so many times longer (Lifeguard); 1: no longer. */
  readonly suspicionMaxTimeoutMult: number;
  readonly gossipIntervalMs: number;
  /** To how many others what is new is told, each time. */
  readonly gossipNodes: number;
  /** How long the dead are told too, so that one who is not can say so. */
  readonly gossipToTheDeadMs: number;
  /** Each rumour is told this many times, times log10 of the group, rounded up. */
  readonly retransmitMult: number;
  /** From one exchange of all that is known with somebody to the next; longer in groups above 32. */
  readonly pushPullIntervalMs: number;
  /** How often somebody tries to reach one of the dead. */
  readonly reconnectIntervalMs: number;
}

/**
 * memberlist's DefaultLANConfig (config.go). Its members know of no way back for those dead for longer than
 * `gossipToTheDead`; Serf, which Consul runs, has one, and from there is the last (serf/config.go, ReconnectInterval).
 */
export const SWIM: SwimSettings = {
  probeIntervalMs: 1000,
  probeTimeoutMs: 500,
  indirectChecks: 3,
  targets: 'round-robin',
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  gossipToTheDeadMs: 30_000,
  retransmitMult: 4,
  pushPullIntervalMs: 30_000,
  reconnectIntervalMs: 30_000,
};

/** Throws a RangeError naming a setting out of range. */
export function requireInRange(settings: SwimSettings): void {
  const { targets, ...numbers } = settings;
  for (const [name, value] of Object.entries(numbers)) {
    const isTime = name.endsWith('Ms');
    const least = isTime ? Number.MIN_VALUE : name === 'suspicionMaxTimeoutMult' ? 1 : 0;
    const fits = value >= least && value < Infinity && (isTime || Number.isInteger(value));
    const expected = isTime ? 'a positive time' : `a whole number from ${least}`;
    if (!fits) throw new RangeError(`gossip.${name} must be ${expected}, found ${value}`);
  }
  if (settings.probeTimeoutMs > settings.probeIntervalMs) {
    const { probeTimeoutMs, probeIntervalMs } = settings;
    throw new RangeError(
      `gossip.probeTimeoutMs must be at most probeIntervalMs, ${probeIntervalMs}, found ${probeTimeoutMs}`,
    );
  }
  if (targets !== 'round-robin' && targets !== 'random') {
    throw new RangeError(`gossip.targets must be round-robin or random, found ${String(targets)}`);
  }
}

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
