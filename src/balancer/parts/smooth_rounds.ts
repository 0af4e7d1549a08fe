import type { Host } from '../host.ts';
import { PerHost } from './per_host.ts';

/**
 * nginx's smooth weighted round robin as other methods of nginx fall back on it: a round is held among some of the
 * hosts. Each gains its weight; the one that has most is picked, the first to enter among equals, and pays what all in
 * the round gained. What a host has saved up survives rebuilds and rounds it was not in. `SmoothRoundRobin` has the rule
 * once more, for rounds of all hosts: one loop without calls takes little more than half the time.
 * Source: ngx_http_upstream_round_robin.c, ngx_http_upstream_get_peer; ngx_http_upstream_least_conn_module.c.
 */
export class SmoothRounds {
  private readonly current = new PerHost(1);
  private indexes = new Int32Array(0);
  private weights = new Float64Array(0);
  private total = 0;
  private best = -1;

  rebuild(hosts: readonly Host[], weights: Float64Array<ArrayBuffer>): void {
    this.indexes = Int32Array.from(hosts, (host) => this.current.at(host));
    this.weights = weights;
  }

  /** What each host has if it takes part in the next round, by its place. Allocates. */
  currents(): Float64Array<ArrayBuffer> {
    const { values } = this.current;
    return this.weights.map((weight, place) => values[this.indexes[place]] + weight);
  }

  begin(): void {
    this.total = 0;
    this.best = -1;
  }

  /** The host at this place of the list takes part. */
  enter(place: number): void {
    const { indexes, weights } = this;
    const { values } = this.current;
    const index = indexes[place];
    values[index] += weights[place];
    this.total += weights[place];
    if (this.best === -1 || values[index] > values[indexes[this.best]]) this.best = place;
  }

  /** The place of the host that wins the round. Somebody must have entered. */
  end(): number {
    this.current.values[this.indexes[this.best]] -= this.total;
    return this.best;
  }
}
