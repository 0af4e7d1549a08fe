import type { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';

/**
 * The priorities a retry avoids, by Envoy's previous_priorities retry plugin: after each `updateFrequency` attempts those
 * of their hosts; once nothing else is left, none again (`adjustForAttemptedPriorities`). `hosts` holds those tried, from
 * `first`, `count` of them. null: none.
 */
export function attemptedPriorities(
  hosts: readonly (Host | null)[],
  first: number,
  count: number,
  updateFrequency: number,
  balancer: Balancer,
): readonly boolean[] | null {
  let attempted: boolean[] | null = null;
  for (let end = updateFrequency; end <= count; end += updateFrequency) {
    attempted ??= [];
    for (let i = end - updateFrequency; i < end; i++) {
      const host = hosts[first + i];
      if (host !== null) attempted[host.priority] = true;
    }
    if (!balancer.canAvoid(attempted)) attempted = null;
  }
  return attempted;
}
