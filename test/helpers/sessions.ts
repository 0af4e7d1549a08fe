import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { SessionAffinity } from '../../src/balancer/load_balancer.ts';
import type { Key } from '../../src/core/key.ts';

/** Sessions as in HAProxy, that last; no test that takes this as it is has as many. */
export const SESSIONS: SessionAffinity = {
  ttlMs: Infinity,
  renew: true,
  maxSessions: 1000,
  failback: false,
  strict: false,
  retries: 'session',
};

/** The host of a request with this key, which it answers at once. */
export function answeredPick(balancer: Balancer, key: Key, attempt = 0, retry = false): Host | null {
  const host = balancer.pick(key, attempt, 0, null, retry);
  if (host !== null) balancer.answered(key, host);
  return host;
}
