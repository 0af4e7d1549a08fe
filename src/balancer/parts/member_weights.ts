import type { Host } from '../host.ts';
import type { WeightOf } from '../strategy.ts';

/** What any member weighs, for tables that hold those that cannot be picked as well; health makes no difference but for slow start. */
export function memberWeights(weightOf: WeightOf, eligible: ReadonlySet<Host>): (host: Host) => number {
  return weightOf.ofMember ?? ((host) => (eligible.has(host) ? weightOf(host) : host.weight));
}
