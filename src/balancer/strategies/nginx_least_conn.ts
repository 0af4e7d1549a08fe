import type { Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import { costsByOutcome, type NginxFailures, USUAL_FAILURES } from '../parts/nginx_failures.ts';
import { SmoothRounds } from '../parts/smooth_rounds.ts';
import { anyLimited, takesPart, takingPart } from '../parts/taking_part.ts';
import { comparedBy, type PickReason } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

const NOBODY = -1;

/**
 * nginx's least_conn: the host with the least attempts in flight for its weight, compared by cross multiplication; a
 * round of smooth weighted round robin among those that tie. Who does not tie neither gains nor pays. In those rounds a
 * host counts by its effective weight: less by what attempts that failed cost, see `NginxFailures`, and 1 more for each
 * round it takes part in. O(n) per pick and per rebuild.
 * Source: ngx_http_upstream_least_conn_module.c, ngx_http_upstream_get_least_conn_peer.
 */
export class NginxLeastConn implements Strategy {
  private readonly failures: NginxFailures;
  private readonly costs: Uint8Array;
  private readonly rounds = new SmoothRounds();
  private hosts: readonly Host[] = [];
  private weights = new Float64Array(0);
  private alone = false;
  /** Whether somebody may be full. */
  private limited = false;

  constructor(failures = USUAL_FAILURES) {
    this.failures = failures;
    this.costs = costsByOutcome(failures);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.alone = members.length === 1;
    this.hosts = eligible.slice();
    this.limited = anyLimited(eligible);
    this.weights = Float64Array.from(eligible, weightOf);
    this.rounds.rebuild(eligible, this.weights);
  }

  forBackups(): NginxLeastConn {
    return new NginxLeastConn(this.failures);
  }

  pick(): Host | null {
    return this.found(this.limited, false);
  }

  pickAnother(): Host | null {
    return this.found(true, true);
  }

  private found(looks: boolean, passesTried: boolean): Host | null {
    const least = this.least(looks, passesTried);
    return least === NOBODY ? null : this.hosts[least];
  }

  /** The place of the host to pick, or NOBODY. `looks`: somebody may take no part. */
  private least(looks: boolean, passesTried: boolean): number {
    const { hosts, weights, rounds } = this;
    let least = 0;
    while (looks && least < hosts.length && !takesPart(hosts[least], passesTried)) least++;
    if (least === hosts.length) return NOBODY;
    let tied = false;
    for (let i = least + 1; i < hosts.length; i++) {
      if (looks && !takesPart(hosts[i], passesTried)) continue;
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
      if (looks && !takesPart(hosts[i], passesTried)) continue;
      if (hosts[i].inFlight * weights[least] === hosts[least].inFlight * weights[i]) rounds.enter(i);
    }
    return rounds.end();
  }

  explain(): PickReason {
    const { hosts, weights } = this;
    const rule = 'the fewest in flight for its weight, by smooth weighted round robin among equals';
    return comparedBy(
      'in flight / weight',
      takingPart(hosts),
      (host) => host.inFlight / weights[hosts.indexOf(host)],
      rule,
    );
  }

  onStart(): void {}

  onEnd(host: Host, _latencyMs: number, outcome: Outcome): void {
    // nginx lowers nothing where there is one server only.
    if (!this.alone && this.costs[outcome] === 1) this.rounds.lower(host, this.failures);
  }
}
