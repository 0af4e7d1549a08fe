import type { Random } from '../../../core/random.ts';

/** How a group of agents finds a dead member: memberlist's LAN settings. */
export interface SerfSettings {
  readonly nodes: number;
  readonly probeIntervalMs: number;
  readonly suspicionMult: number;
}

/** The timeout of a suspicion nobody confirms is this many times that of one that enough do (SuspicionMaxTimeoutMult). */
const MAX_TIMEOUT_MULT = 6;
/** Gossip goes to three nodes, five times a second (GossipNodes, GossipInterval). */
const GOSSIP_NODES = 3;
const GOSSIP_MS = 200;

export interface NodeDeath {
  /** From the death to the probe that first finds no answer. */
  readonly suspectedMs: number;
  /** From the death until the servers hold the node for dead. */
  readonly declaredMs: number;
}

/**
 * A law of how long a dead node is taken for alive, drawn. Each of the others probes one member per interval, in shuffled
 * rounds, so that its next probe of the dead one comes after U(0, (n - 1) intervals); a probe without an answer, direct or
 * through others, ends with its interval in a suspicion. The first starts a timer of 6 x suspicionMult x max(1, log10 n)
 * intervals; each confirmation by another node shortens it, and with suspicionMult - 2 it is down to a sixth
 * (memberlist state.go, probeNode and suspectNode; util.go, suspicionTimeout; suspicion.go, remainingSuspicionTime).
 * What is not modelled: Lifeguard's awareness of an agent's own slowness. News reaches everybody after as many rounds of
 * gossip as it takes for each to tell three others.
 */
export function drawNodeDeath({ nodes, probeIntervalMs, suspicionMult }: SerfSettings, random: Random): NodeDeath {
  const others = Math.max(1, nodes - 1);
  const wanted = nodes - 2 < suspicionMult - 2 ? 0 : Math.max(0, suspicionMult - 2);
  const leastMs = suspicionMult * Math.max(1, Math.log10(Math.max(1, nodes))) * probeIntervalMs;
  const rangeMs = others * probeIntervalMs;
  // The first few of `others` uniform times, one after the other: each is the least of those left, beyond the one before.
  let unitSoFar = 0;
  const probes: number[] = [];
  for (let k = 0; k < Math.min(others, wanted + 1); k++) {
    unitSoFar += (1 - unitSoFar) * (1 - (1 - random.unit()) ** (1 / (others - k)));
    probes.push(unitSoFar * rangeMs);
  }
  const [firstMs = 0] = probes;
  let timeoutMs = wanted === 0 ? leastMs : MAX_TIMEOUT_MULT * leastMs;
  probes.slice(1).forEach((probeMs, i) => {
    const elapsedMs = probeMs - firstMs;
    if (elapsedMs >= timeoutMs) return;
    timeoutMs = Math.max(elapsedMs, suspicionTimeoutMs(i + 1, wanted, leastMs, MAX_TIMEOUT_MULT * leastMs));
  });
  const rounds = Math.ceil(Math.log(Math.max(2, nodes)) / Math.log(GOSSIP_NODES + 1));
  return { suspectedMs: firstMs, declaredMs: firstMs + probeIntervalMs + timeoutMs + rounds * GOSSIP_MS };
}

/** Whole milliseconds, from the most without a confirmation to the least with all that are wanted (remainingSuspicionTime). */
export function suspicionTimeoutMs(confirmations: number, wanted: number, leastMs: number, maxMs: number): number {
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1);
  return Math.max(leastMs, Math.floor(maxMs - share * (maxMs - leastMs)));
}
