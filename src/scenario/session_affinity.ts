import type { SessionAffinity } from '../balancer/load_balancer.ts';
import { block, optional } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { choice, duration, integer, trueOrFalse } from './scalars.ts';

/** `sessionAffinity`: a block of nothing is a table without limits. */
export function sessionAffinityForm(): Form<SessionAffinity> {
  const fields = {
    ttl: optional(
      duration({ above: 0 }, '30m'),
      Number.POSITIVE_INFINITY,
      'How long after its last request a session is forgotten.',
      'never',
    ),
    renew: optional(
      trueOrFalse(),
      true,
      'Whether each request starts the ttl anew, as in HAProxy and nginx; or only the first to a host, as with cookies of Envoy and gRPC.',
      'true',
    ),
    maxSessions: optional(
      integer({ min: 1, max: limits.count }, '100000'),
      Number.MAX_SAFE_INTEGER,
      'Beyond so many the one used longest ago is forgotten.',
      'unlimited',
    ),
    failback: optional(
      trueOrFalse(),
      false,
      'Whether a session leaves a healthy host that gets no load otherwise: once a higher priority is back, as in gRPC, or its weight is 0. In HAProxy and Envoy it stays.',
      'false',
    ),
    strict: optional(
      trueOrFalse(),
      false,
      "Whether a request fails rather than go elsewhere while its host may not be picked: Envoy's strict mode.",
      'false',
    ),
    retries: optional(
      choice(['session', 'policy']),
      null,
      "Where retries go: to the session's host again, unless it is turned down, as in gRPC and nginx; or wherever the policy picks, as in Envoy.",
      'policy where strict, else session',
    ),
  };
  return block('a block of session affinity', fields, {
    make: ({ ttl, retries, ...others }) => ({
      ...others,
      ttlMs: ttl,
      retries: retries ?? (others.strict ? 'policy' : 'session'),
    }),
  });
}
