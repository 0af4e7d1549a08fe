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
  source: 'Envoy RANDOM (RandomLoadBalancer)',
  options: {},
  traits: { evenness: 'statistical', weighted: false, affinity: false, feedback: 'none', cost: 'O(1)' },
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

  pick(): Host {
    return this.hosts[this.random.int(this.hosts.length)];
  }

  onStart(): void {}

  onEnd(): void {}
}
