import type { Key } from '../../core/key.ts';
import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { failOnErrorsOption, maxFailsOption } from '../parts/nginx_failures.ts';
import { type PickMade, type PickReason, ruled } from '../pick_reason.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';
import { NginxRandom } from './nginx_random.ts';

/**
 * A host drawn at random. Remembers nothing, so it cannot herd; over m picks a host's share scatters as 1/sqrt(m).
 *
 * - By default Envoy's: `hosts[rnd % n]`. The draw that chose the priority chooses the host. Weights are ignored.
 *   O(1) per pick, O(n) per rebuild.
 * - `weighted`: nginx's, by weight; see `NginxRandom`.
 */
export const random = defineStrategy({
  name: 'random',
  doc: 'An eligible host drawn at random, uniformly or by weight.',
  options: {
    weighted: {
      type: 'boolean',
      default: false,
      doc: "Whether hosts are drawn in proportion to their weights, as nginx does, or uniformly, as Envoy does. It is nginx's pick for pick, but for a request that a backup has failed where there are several beside a server alone: nginx reads beyond a table there, may go back to that server or crash, and here the next backup has it.",
    },
    maxFails: { ...maxFailsOption, for: [{ weighted: [true] }] },
    failOnErrors: { ...failOnErrorsOption, for: [{ weighted: [true], maxFails: { above: 0 } }] },
  },
  variants: [
    {
      when: {},
      system: 'Envoy RANDOM',
      source: 'RandomLoadBalancer::peekOrChoose',
      traits: { evenness: 'statistical', weighted: 'none', affinity: 'none', feedback: 'none', cost: 'O(1)' },
    },
    {
      when: { weighted: true },
      system: 'nginx random',
      source: 'ngx_http_upstream_random_module.c, ngx_http_upstream_get_random_peer',
      traits: {
        limits: 'skips',
        evenness: 'statistical',
        weighted: 'proportional',
        affinity: 'none',
        feedback: 'none',
        // Failures lower weights of its round robin, which takes over after 21 draws in vain: O(n).
        hearsOfFailures: true,
        cost: 'O(n)',
      },
    },
  ],
  create: ({ options, ...ports }) =>
    options.weighted ? new NginxRandom(ports, options) : new UniformRandom(ports.random),
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
    return this.random.int32();
  }

  pick(_key: Key, _attempt: number, draw: number): Host {
    // As 32-bit integers, like `Random.int`.
    return this.hosts[((draw >>> 0) % this.hosts.length) >>> 0];
  }

  explain({ host }: PickMade): PickReason {
    return ruled(`drawn uniformly, place ${this.hosts.indexOf(host) + 1} of ${this.hosts.length}`);
  }

  onStart(): void {}

  onEnd(): void {}
}
