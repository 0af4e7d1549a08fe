import type { Key } from '../../core/key.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';

/**
 * Envoy's random: `hosts[rnd % n]`, one draw a pick. Remembers nothing, so it cannot herd; over m picks a host's share
 * scatters as 1/sqrt(m). Weights are ignored. O(1) per pick, O(n) per rebuild.
 */
export const random = defineStrategy({
  name: 'random',
  doc: 'An eligible host drawn uniformly; ignores weights.',
  options: {},
  variants: [
    {
      when: {},
      system: 'Envoy RANDOM',
      source: 'RandomLoadBalancer',
      traits: { evenness: 'statistical', weighted: 'none', affinity: 'none', feedback: 'none', cost: 'O(1)' },
    },
  ],
  create: (context) => new UniformRandom(context.random),
});

class UniformRandom implements Strategy {
  private readonly random: Random;
  private hosts: readonly Host[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = eligible.slice();
  }

  /** One draw chooses the priority and the host. */
  selector(): number {
    return this.random.uint32();
  }

  pick(_key: Key, _attempt: number, draw: number): Host {
    return this.hosts[draw % this.hosts.length];
  }

  onStart(): void {}

  onEnd(): void {}
}
