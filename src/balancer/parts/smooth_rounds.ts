import type { Host } from '../host.ts';
import { lowerOnce, type NginxFailures } from './nginx_failures.ts';
import { PerHost } from './per_host.ts';

/** Where a host's numbers are among its own. */
const CURRENT = 0;
const LOWERED = 1;
const WEIGHT = 2;

/**
 * nginx's smooth weighted round robin among some of the hosts, as its least_conn holds it. Each of them gains its
 * effective weight; the one that has most is picked, the first to enter among equals, and pays what all in the round
 * gained. What a host has saved up and what it was lowered by survive rebuilds and rounds it was not in.
 * `SmoothRoundRobin` has the rule once more, for rounds of all hosts: one loop without calls takes little more than half
 * the time.
 * Source: ngx_http_upstream_round_robin.c, ngx_http_upstream_get_peer; ngx_http_upstream_least_conn_module.c.
 */
export class SmoothRounds {
  private readonly state = new PerHost(3);
  private indexes = new Int32Array(0);
  private total = 0;
  private best = -1;

  rebuild(hosts: readonly Host[], weights: Float64Array): void {
    this.indexes = Int32Array.from(hosts, (host) => this.state.at(host));
    const { values } = this.state;
    this.indexes.forEach((at, place) => {
      values[at + WEIGHT] = weights[place];
      values[at + LOWERED] = Math.min(values[at + LOWERED], weights[place]);
    });
  }

  begin(): void {
    this.total = 0;
    this.best = -1;
  }

  /** The host at this place of the list takes part. */
  enter(place: number): void {
    const { indexes } = this;
    const { values } = this.state;
    const at = indexes[place];
    const lowered = values[at + LOWERED];
    const gain = values[at + WEIGHT] - lowered;
    values[at + CURRENT] += gain;
    this.total += gain;
    if (lowered > 0) values[at + LOWERED] = Math.max(lowered - 1, 0);
    if (this.best === -1 || values[at + CURRENT] > values[indexes[this.best] + CURRENT]) this.best = place;
  }

  /** The place of the host that wins the round. Somebody must have entered. */
  end(): number {
    this.state.values[this.indexes[this.best] + CURRENT] -= this.total;
    return this.best;
  }

  /** An attempt failed that nginx tries the next server for. */
  lower(host: Host, failures: NginxFailures): void {
    const at = this.state.at(host);
    lowerOnce(failures, this.state.values, at + LOWERED, at + WEIGHT);
  }
}
