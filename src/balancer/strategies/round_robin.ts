import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';

/**
 * Envoy's round robin in its form for equal weights: `hosts[cursor++ % n]` over the eligible hosts. The cursor starts at
 * a random seed and keeps its value when the hosts change, so a change of n may jump anywhere in the list.
 *
 * Weights are ignored here; Envoy turns to its weighted form (EDF) once any weight differs. O(1) per pick, O(n) per
 * rebuild.
 */
export const roundRobin = defineStrategy({
  name: 'round-robin',
  doc: 'Eligible hosts in turn, from a random start; ignores weights.',
  options: {},
  variants: [
    {
      when: {},
      system: 'Envoy ROUND_ROBIN with equal weights',
      source: 'RoundRobinLoadBalancer, unweightedHostPick',
      traits: { evenness: 'exact', weighted: 'none', affinity: 'none', feedback: 'none', cost: 'O(1)' },
    },
  ],
  create: ({ random, seed }) => new RoundRobin(random, seed()),
});

class RoundRobin implements Strategy {
  private hosts: readonly Host[] = [];
  /** The cursor is `base + laps * n + index`, so that a pick needs small whole numbers only: no division, no boxed double. */
  private base: number;
  private laps = 0;
  private index = 0;
  private readonly random: Random;

  constructor(random: Random, seed: number) {
    this.random = random;
    this.base = seed;
  }

  /** Envoy draws for the priority before each pick, even where there is one. */
  selector(): number {
    return this.random.int32();
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    const cursor = this.base + this.laps * this.hosts.length + this.index;
    this.hosts = eligible.slice();
    this.laps = 0;
    this.index = eligible.length === 0 ? 0 : cursor % eligible.length;
    this.base = cursor - this.index;
  }

  pick(): Host {
    const host = this.hosts[this.index];
    if (++this.index === this.hosts.length) {
      this.index = 0;
      this.laps++;
    }
    return host;
  }

  explain({ host }: PickMade): PickReason {
    return ruled(`the next in turn, place ${this.hosts.indexOf(host) + 1} of ${this.hosts.length}`);
  }

  onStart(): void {}

  onEnd(): void {}
}
