import type { LoadReport } from '../../core/load_report.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Host } from '../host.ts';
import { costsByOutcome, lowerOnce, type NginxFailures, USUAL_FAILURES } from '../parts/nginx_failures.ts';
import { PerHost } from '../parts/per_host.ts';
import { anyLimited, takesPart, takingPart } from '../parts/taking_part.ts';
import { comparedAs, type Explain } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/** Where a host's numbers are among its own. */
const CURRENT = 0;
const LOWERED = 1;
const WEIGHT = 2;
const NOBODY = -1;

/**
 * nginx's smooth weighted round robin. In each round every eligible host gains its effective weight; the one that has
 * most is picked, the first in order among equals, and pays the sum. So of W = sum of weights picks each host gets
 * exactly its weight, spread as evenly as they go: {5, 1, 1} gives a a b a c a a.
 *
 * The effective weight is the weight, less what failed attempts cost, see `NginxFailures`, but not below 0; it recovers by
 * 1 in each round the host takes part in. What a host has saved up and what it was lowered by survive rebuilds and its own
 * absences; one of another weight is another host (`View`). O(n) per pick and per rebuild.
 *
 * A request that a session sends to a host is a round as well, which that host wins whatever it has saved up, unless it
 * already owes as much as the weights of all others: then nothing moves (ngx_http_upstream_get_peer, low_limit). A host
 * that drains owes too, what it had before counting as its weight. So only here: nginx's other policies count no sticky
 * pick but as a connection.
 */
export class SmoothRoundRobin implements Strategy {
  private readonly failures: NginxFailures;
  private readonly costs: Uint8Array;
  private readonly state = new PerHost(3);
  private hosts: readonly Host[] = [];
  /** Per eligible host, its index in `state.values`. */
  private indexes = new Int32Array(0);
  private alone = false;
  /** Whether somebody may be full. */
  private limited = false;
  /** Whether a failure ever lowered a weight. */
  private hasLowered = false;
  private members = new Set<Host>();
  /** Of all members. */
  private totalWeight = 0;

  constructor(failures = USUAL_FAILURES) {
    this.failures = failures;
    this.costs = costsByOutcome(failures);
  }

  rebuild(members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.alone = members.length === 1;
    this.members = new Set(members);
    this.totalWeight = members.reduce((sum, host) => sum + host.weight, 0);
    this.hosts = eligible.slice();
    this.limited = anyLimited(eligible);
    this.indexes = Int32Array.from(eligible, (host) => this.state.at(host));
    const { values } = this.state;
    for (let i = 0; i < eligible.length; i++) {
      const at = this.indexes[i];
      values[at + WEIGHT] = weightOf(eligible[i]);
      values[at + LOWERED] = Math.min(values[at + LOWERED], values[at + WEIGHT]);
    }
  }

  pick(): Host | null {
    return this.winner(this.limited, false);
  }

  /** A host that was tried takes no part in the round. */
  pickAnother(): Host | null {
    return this.winner(true, true);
  }

  forBackups(): SmoothRoundRobin {
    return new SmoothRoundRobin(this.failures);
  }

  /**
   * A round of these eligible hosts alone, as nginx's `hash ... consistent` holds it among the peers of one name
   * (ngx_http_upstream_get_chash_peer); null: there is nobody to take part.
   */
  pickAmong(hosts: readonly Host[], passesTried: boolean): Host | null {
    const { state } = this;
    if (hosts.length === 1) {
      if (!takesPart(hosts[0], passesTried)) return null;
      // It gains what it pays, which leaves what it regains of its weight.
      if (this.hasLowered) this.regain(state.at(hosts[0]));
      return hosts[0];
    }
    let best: Host | null = null;
    let most = Number.NEGATIVE_INFINITY;
    let total = 0;
    for (const host of hosts) {
      if (!takesPart(host, passesTried)) continue;
      const at = state.at(host);
      total += this.gain(at);
      if (state.values[at + CURRENT] > most) {
        most = state.values[at + CURRENT];
        best = host;
      }
    }
    if (best !== null) state.values[state.at(best) + CURRENT] = most - total;
    return best;
  }

  private winner(looks: boolean, passesTried: boolean): Host | null {
    const best = this.round(looks, passesTried);
    return best === NOBODY ? null : this.hosts[best];
  }

  /**
   * The place of the host that wins a round, or NOBODY. `looks`: somebody may take no part. `gain` written out: a call a
   * host takes a third more time.
   */
  private round(looks: boolean, passesTried: boolean): number {
    const { hosts, indexes } = this;
    const { values } = this.state;
    let best = NOBODY;
    let most = Number.NEGATIVE_INFINITY;
    let total = 0;
    for (let i = 0; i < indexes.length; i++) {
      if (looks && !takesPart(hosts[i], passesTried)) continue;
      const at = indexes[i];
      const lowered = values[at + LOWERED];
      const gain = values[at + WEIGHT] - lowered;
      const current = values[at + CURRENT] + gain;
      values[at + CURRENT] = current;
      total += gain;
      if (lowered > 0) values[at + LOWERED] = Math.max(lowered - 1, 0);
      if (current > most) {
        most = current;
        best = i;
      }
    }
    if (best !== NOBODY) values[indexes[best] + CURRENT] = most - total;
    return best;
  }

  onSession(host: Host): void {
    const isMember = this.members.has(host);
    // One of another set is none of nginx's peers while these serve, but one that drains still is.
    if (host.tried || (!isMember && host.weight > 0)) return;
    const at = this.state.at(host);
    const { hosts, indexes } = this;
    const { values } = this.state;
    if (values[at + CURRENT] <= (isMember ? host.weight : 0) - this.totalWeight) return;
    let total = 0;
    for (let i = 0; i < indexes.length; i++) if (takesPart(hosts[i], true)) total += this.gain(indexes[i]);
    values[at + CURRENT] -= total;
  }

  /** A host takes part in a round: what it gains. */
  private gain(at: number): number {
    const { values } = this.state;
    const gain = values[at + WEIGHT] - values[at + LOWERED];
    values[at + CURRENT] += gain;
    this.regain(at);
    return gain;
  }

  /** A round gives back one of what failures took. */
  private regain(at: number): void {
    const { values } = this.state;
    if (values[at + LOWERED] > 0) values[at + LOWERED] = Math.max(values[at + LOWERED] - 1, 0);
  }

  explainNext(): Explain {
    return this.explainAmong(this.hosts);
  }

  /** Of a round of these. */
  explainAmong(some: readonly Host[]): Explain {
    const hosts = takingPart(some);
    const indexes = hosts.map((host) => this.state.at(host));
    const { values } = this.state;
    const currents = Float64Array.from(indexes, (at) => values[at] + (values[at + WEIGHT] - values[at + LOWERED]));
    const rule = 'the most saved up by smooth weighted round robin, the first in order among equals';
    return () => comparedAs('current weight', hosts, currents, rule, 'highest');
  }

  onStart(): void {}

  onEnd(host: Host, _latencyMs: number, outcome: Outcome, _report: LoadReport | null): void {
    // nginx lowers nothing where there is one server only.
    if (!this.alone && this.costs[outcome] === 1) this.lower(host);
  }

  private lower(host: Host): void {
    const at = this.state.at(host);
    this.hasLowered = true;
    lowerOnce(this.failures, this.state.values, at + LOWERED, at + WEIGHT);
  }
}
