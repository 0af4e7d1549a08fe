import { isUnanswered, type Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import { SmoothRounds } from '../parts/smooth_rounds.ts';
import { comparedBy, type PickReason } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';
import { untried } from './smooth_round_robin.ts';

const NOBODY = -1;

/**
 * nginx's least_conn: the host with the least attempts in flight for its weight, compared by cross multiplication; a
 * round of smooth weighted round robin among those that tie. Who does not tie neither gains nor pays. In those rounds a
 * host counts by its effective weight: nothing after an attempt that failed (no connection, a lost one, a timeout), as
 * with max_fails=1, nginx's default, and 1 more for each round it takes part in. O(n) per pick and per rebuild.
 * Source: ngx_http_upstream_least_conn_module.c, ngx_http_upstream_get_least_conn_peer.
 */
export class NginxLeastConn implements Strategy {
  private readonly rounds = new SmoothRounds();
  private hosts: readonly Host[] = [];
  private weights = new Float64Array(0);
  private alone = false;

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.alone = members.length === 1;
    this.hosts = eligible.slice();
    this.weights = Float64Array.from(eligible, weightOf);
    this.rounds.rebuild(eligible, this.weights);
  }

  pick(): Host {
    return this.hosts[this.least(false)];
  }

  pickAnother(): Host | null {
    const least = this.least(true);
    return least === NOBODY ? null : this.hosts[least];
  }

  /** The place of the host to pick, or NOBODY. */
  private least(passesTried: boolean): number {
    const { hosts, weights, rounds } = this;
    let least = 0;
    while (passesTried && least < hosts.length && hosts[least].tried) least++;
    if (least === hosts.length) return NOBODY;
    let tied = false;
    for (let i = least + 1; i < hosts.length; i++) {
      if (passesTried && hosts[i].tried) continue;
      const load = hosts[i].inFlight * weights[least];
      const leastLoad = hosts[least].inFlight * weights[i];
      if (load < leastLoad) {
        least = i;
        tied = false;
      } else if (load === leastLoad) tied = true;
    }
    if (!tied) return least;
    // Nobody before the first of them ties.
    rounds.begin();
    for (let i = least; i < hosts.length; i++) {
      if (passesTried && hosts[i].tried) continue;
      if (hosts[i].inFlight * weights[least] === hosts[least].inFlight * weights[i]) rounds.enter(i);
    }
    return rounds.end();
  }

  explain(): PickReason {
    const { hosts, weights } = this;
    const rule = 'the fewest in flight for its weight, by smooth weighted round robin among equals';
    return comparedBy(
      'in flight / weight',
      untried(hosts),
      (host) => host.inFlight / weights[hosts.indexOf(host)],
      rule,
    );
  }

  onStart(): void {}

  onEnd(host: Host, _latencyMs: number, outcome: Outcome): void {
    // nginx lowers nothing where there is one server only.
    if (!this.alone && isUnanswered(outcome)) this.rounds.lower(host);
  }
}
