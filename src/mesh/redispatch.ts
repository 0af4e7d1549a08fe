import type { Balancer } from '../balancer/balancer.ts';
import type { Host } from '../balancer/host.ts';

/** HAProxy waits so long before it connects to the server again that refused, or as long as `timeout connect` if that is less. */
export const TURN_AROUND_MS = 1000;

/**
 * Whether a retry may go to another host than `previous`, by HAProxy's `option redispatch <interval>`. `retry` counts from
 * 1, of `retries`. A host that is not up, or is eased in, is left at once; each `interval`-th retry leaves a good one, or,
 * below 0, the -`interval`-th before the end, which -1 makes the last. With a policy that does not hash, more than one host
 * up besides the backups, and no session's host, any retry does. 0: none, as without the option.
 *
 * Source: HAProxy 3.5-dev5, include/haproxy/stream.h, stream_choose_redispatch.
 */
export function redispatches(
  interval: number,
  retry: number,
  retries: number,
  previous: Host,
  ofSession: boolean,
  balancer: Balancer,
): boolean {
  if (interval === 0) return false;
  if (!previous.present || !previous.healthy || balancer.isEasedIn(previous)) return true;
  const every = interval > 0 ? interval : retries + 1 + interval;
  return retry % every === 0 || (!ofSession && !balancer.hashes && activeHosts(balancer) > 1);
}

/** HAProxy's srv_act: those up, backups not counted. */
export function activeHosts({ members }: Balancer): number {
  let count = 0;
  for (const { healthy, weight, instance } of members) {
    if (healthy && weight > 0 && instance.backup !== true) count++;
  }
  return count;
}
