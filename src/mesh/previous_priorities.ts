import type { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';
import { PrioritySet } from '../balancer/routing/priority_set.ts';

/**
 * The priorities a retry avoids, by Envoy's previous_priorities retry plugin: after each `updateFrequency` attempts those
 * of their hosts; once nothing else is left, none again (`adjustForAttemptedPriorities`). `hosts` holds those tried, from
 * `first`, `count` of them. null: loads are those of a first attempt; the empty set: of a retry, which in total panic go by
 * health nevertheless. Hot: allocates nothing once such a set has been seen.
 */
export function attemptedPriorities(
  hosts: readonly (Host | null)[],
  first: number,
  count: number,
  updateFrequency: number,
  balancer: Balancer,
): PrioritySet | null {
  let attempted: PrioritySet | null = null;
  for (let end = updateFrequency; end <= count; end += updateFrequency) {
    for (let i = end - updateFrequency; i < end; i++) {
      const host = hosts[first + i];
      if (host !== null) attempted = (attempted ?? PrioritySet.none).with(host.priority);
    }
    if (attempted !== null && !balancer.canAvoid(attempted)) attempted = end === count ? PrioritySet.none : null;
  }
  return attempted;
}
