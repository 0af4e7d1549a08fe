import type { BalancerSettings } from '../balancer_settings.ts';
import type { Weights } from '../weights.ts';
import { CallerSubset } from './caller_subset.ts';
import { subsettingNamed } from './index.ts';

/** The subset of hosts that a caller uses; null: all of them. `onMove`: it has moved amid a pick. */
export function callerSubsetOf(settings: BalancerSettings, weights: Weights, onMove: () => void): CallerSubset | null {
  const { loadBalancer, strategy, place, random, common } = settings;
  if (loadBalancer.subsetting === null) return null;
  const { name, options } = loadBalancer.subsetting;
  const subsetting = subsettingNamed(name).create({
    options,
    random: random.fork('subset'),
    shared: random,
    toldInVain: strategy.traits.beyond === 'after tries in vain',
    common,
    caller: place.index,
    callers: place.count,
  });
  return new CallerSubset(subsetting, weights, onMove);
}
