import type { SessionAffinity } from '../../src/balancer/load_balancer.ts';

/** Sessions as in HAProxy, that last; no test that takes this as it is has as many. */
export const SESSIONS: SessionAffinity = {
  ttlMs: Infinity,
  renew: true,
  maxSessions: 1000,
  failback: false,
  strict: false,
  retries: 'session',
};
