import type { Host } from '../host.ts';
import { defineStrategy, type Strategy } from '../strategy.ts';
import { PerHost } from './per_host.ts';

/**
 * nginx's smooth weighted round robin. In each round every eligible host gains its weight; the one that has most is
 * picked, the first in order among equals, and pays the sum of all weights. So of W = sum of weights picks each host
 * gets exactly its weight, spread as evenly as they go: {5, 1, 1} gives a a b a c a a.
 *
 * What a host has saved up survives rebuilds and its own absences, as in nginx, where only eligible peers take part in
 * a round. nginx's second weight, lowered by failures, belongs to its passive health checks and is not part of this.
 * O(n) per pick and per rebuild.
 */
export const weightedRoundRobin = defineStrategy({
  name: 'weighted-round-robin',
  doc: 'Hosts in turn by weight, never bunched; starts at the first host, as nginx does.',
  options: {},
  variants: [
    {
      when: {},
      system: 'nginx round robin',
      source: 'src/http/ngx_http_upstream_round_robin.c, ngx_http_upstream_get_peer',
      traits: { evenness: 'exact', weighted: 'exact', affinity: 'none', feedback: 'none', cost: 'O(n)' },
    },
  ],
  create: () => new WeightedRoundRobin(),
});

class WeightedRoundRobin implements Strategy {
  private readonly current = new PerHost(1);
  private hosts: readonly Host[] = [];
  /** Per eligible host, its index in `current.values` and its weight. */
  private indexes = new Int32Array(0);
  private weights = new Float64Array(0);
  private total = 0;

  rebuild(_members: readonly Host[], eligible: readonly Host[]): void {
    this.hosts = eligible.slice();
    this.indexes = Int32Array.from(eligible, (host) => this.current.at(host));
    this.weights = Float64Array.from(eligible, (host) => host.weight);
    this.total = this.weights.reduce((sum, weight) => sum + weight, 0);
  }

  pick(): Host {
    const { indexes, weights } = this;
    const { values } = this.current;
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i];
      const current = values[index] + weights[i];
      values[index] = current;
      if (current > most) {
        most = current;
        best = i;
      }
    }
    values[indexes[best]] = most - this.total;
    return this.hosts[best];
  }

  onStart(): void {}

  onEnd(): void {}
}
