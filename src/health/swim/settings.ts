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
