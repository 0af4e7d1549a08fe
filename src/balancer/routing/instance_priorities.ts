import { invariant } from '../../core/assert.ts';
import type { Host } from '../host.ts';
import type { CallerPlace, LoadBalancerSettings } from '../load_balancer.ts';
import { localityPriorities } from './locality_failover.ts';

/** Envoy's limit (endpoint.proto, LocalityLbEndpoints.priority). */
const MAX_PRIORITY = 128;

/** The priority of each of these hosts: the one it is said to have, or by how far from the caller it is. */
export function prioritiesOf(
  hosts: readonly Host[],
  { locality }: Pick<LoadBalancerSettings, 'locality'>,
  { zone }: Pick<CallerPlace, 'zone'>,
): readonly number[] {
  if (locality?.kind === 'failover') {
    return localityPriorities(
      zone,
      hosts.map(({ instance }) => instance.zone),
      locality.failover,
    );
  }
  return hosts.map(({ instance }) => {
    const priority = instance.priority ?? 0;
    invariant(
      Number.isInteger(priority) && priority >= 0 && priority < MAX_PRIORITY,
      () => `a priority is a whole number from 0 to ${MAX_PRIORITY - 1}, found ${priority} of '${instance.id}'`,
    );
    return priority;
  });
}
