import type { Clock } from '../../core/clock.ts';
import type { LoadReport } from '../../core/load_report.ts';
import type { Host } from '../host.ts';
import type { HostWeights } from '../host_weights.ts';
import { ReportedWeights, type WeightRules } from './reported_weights.ts';

/**
 * Weights by what hosts report, worked out each period and with every change of a host set; those without one count for the median
 * of the others of their priority, the unhealthy ones and all zones included, or for 1 where nobody has any. The registry's
 * weights count until the first time.
 *
 * No timer does it: whatever comes next, a pick or a report, first makes up for the last update that fell due, as of that
 * time. (So if nobody picks for so long that weights come and expire in between, Envoy's schedule is not started anew, as a
 * timer would have done.)
 * Source: Envoy, client_side_weighted_round_robin_lb.cc, initialize, updateWeightsOnMainThread and updateWeightsOnHosts.
 */
export class MedianWeights implements HostWeights {
  private readonly reported: ReportedWeights;
  private readonly period: number;
  private readonly clock: Pick<Clock, 'now'>;
  private nextUpdate = Infinity;
  private priorities: readonly (readonly Host[])[] = [];
  /** The weights known of a priority, and Infinity from there on; room for all hosts of any. */
  private known = new Float64Array(0);

  constructor(rules: WeightRules, period: number, clock: Pick<Clock, 'now'>) {
    this.reported = new ReportedWeights(rules);
    this.period = period;
    this.clock = clock;
  }

  regroup(priorities: readonly (readonly Host[])[]): boolean {
    this.priorities = priorities;
    this.known = new Float64Array(priorities.reduce((most, hosts) => Math.max(most, hosts.length), 0));
    if (this.nextUpdate < Infinity) return this.update();
    this.nextUpdate = this.clock.now() + this.period;
    return false;
  }

  update(): boolean {
    return this.weigh(this.clock.now());
  }

  /** Makes the last update that fell due. Those before it would have been overruled by it. */
  catchUp(): boolean {
    const now = this.clock.now();
    if (now < this.nextUpdate) return false;
    const last = now - ((now - this.nextUpdate) % this.period);
    this.nextUpdate = last + this.period;
    return this.weigh(last);
  }

  observe(host: Host, report: LoadReport): void {
    this.reported.asOf[0] = this.clock.now();
    this.reported.observe(host, report);
  }

  private weigh(asOf: number): boolean {
    this.reported.asOf[0] = asOf;
    let changed = false;
    for (let i = 0; i < this.priorities.length; i++) changed = this.weighPriority(this.priorities[i]) || changed;
    return changed;
  }

  private weighPriority(hosts: readonly Host[]): boolean {
    const { reported, known } = this;
    let count = 0;
    let changed = false;
    known.fill(Infinity);
    for (let i = 0; i < hosts.length; i++) {
      reported.weigh(hosts[i]);
      const weight = reported.weight[0];
      if (weight < 0) continue;
      known[count++] = weight;
      changed = setWeight(hosts[i], weight) || changed;
    }
    if (count === hosts.length) return changed;
    const usual = this.median(count);
    for (let i = 0; i < hosts.length; i++) {
      // Asked anew: nothing has been reported since.
      reported.weigh(hosts[i]);
      if (reported.weight[0] < 0) changed = setWeight(hosts[i], usual) || changed;
    }
    return changed;
  }

  /** The middle one of the first `count` weights, or the whole part of the mean of two; 1 where there is none. */
  private median(count: number): number {
    if (count === 0) return 1;
    this.known.sort();
    const half = count >> 1;
    const upper = this.known[half];
    return count % 2 === 1 ? upper : Math.floor((this.known[half - 1] + upper) / 2);
  }
}

/** Whether that is a change. Envoy takes 0 for 1, but only once it has compared. */
function setWeight(host: Host, weight: number): boolean {
  const changed = host.weight !== weight;
  host.weight = Math.max(weight, 1);
  return changed;
}
