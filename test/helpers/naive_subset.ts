import type { SubsetSettings } from '../../src/balancer/subset.ts';
import type { NaiveHost } from './naive_balancer.ts';

/** The hosts of the subset asked for: Envoy's documentation of load_balancing/subsets. Without fallbackKeys. */
export function naiveSubset(hosts: readonly NaiveHost[], settings: SubsetSettings): readonly NaiveHost[] {
  const { match = {}, defaultSubset = {}, selectors, fallback = 'none' } = settings;
  const withAll = (wanted: Readonly<Record<string, string>>): NaiveHost[] =>
    hosts.filter(({ instance }) => Object.keys(wanted).every((key) => instance.metadata?.[key] === wanted[key]));
  const names = (keys: readonly string[]): string => keys.toSorted().join();
  const selector = selectors.find(({ keys }) => keys.length > 0 && names(keys) === names(Object.keys(match)));
  if (selector !== undefined && withAll(match).length > 0) return withAll(match);
  const instead = selector?.fallback ?? fallback;
  if (instead === 'any') return hosts;
  return instead === 'default' ? withAll(defaultSubset) : [];
}
