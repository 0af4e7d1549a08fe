import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';

/**
 * Envoy's least request in its form for equal weights: of `choiceCount` hosts drawn with replacement, the one with the
 * fewest attempts in flight from this caller; the first drawn among equals. With replacement even the busiest of n
 * hosts is drawn alone, and picked, once in n^choiceCount.
 *
 * Weights are ignored here; Envoy turns to its weighted form (EDF) once any weight differs. O(choiceCount) per pick,
 * O(n) per rebuild.
 */
export const leastRequest = defineStrategy({
  name: 'least-request',
  doc: 'The host with the fewest requests in flight among a few drawn at random; ignores weights.',
  options: {
    choiceCount: {
      type: 'integer',
      min: 2,
      default: 2,
      doc: 'Hosts drawn per pick, with replacement.',
    },
  },
  variants: [
    {
      when: {},
      system: 'Envoy LEAST_REQUEST with equal weights, gRPC least_request',
      source: 'LeastRequestLoadBalancer, unweightedHostPick; gRPC A48',
      traits: { evenness: 'statistical', weighted: 'none', affinity: 'none', feedback: 'leastInFlight', cost: 'O(1)' },
    },
  ],
  create: (context) => new LeastRequest(context.options.choiceCount, context.random),
});

class LeastRequest implements Strategy {
  private readonly choiceCount: number;
  private readonly random: Random;
  private hosts: readonly Host[] = [];

  constructor(choiceCount: number, random: Random) {
    this.choiceCount = choiceCount;
    this.random = random;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = eligible.slice();
  }

  /** Envoy draws for the priority before each pick, even where there is one. */
  selector(): number {
    return this.random.uint32();
  }

  pick(): Host {
    const { hosts, random } = this;
    let best = hosts[random.int(hosts.length)];
    for (let choice = 1; choice < this.choiceCount; choice++) {
      const other = hosts[random.int(hosts.length)];
      if (other.inFlight < best.inFlight) best = other;
    }
    return best;
  }

  onStart(): void {}

  onEnd(): void {}
}
