import type { LoadBalancerSettings } from '../balancer/load_balancer.ts';
import { block, optional } from './blocks.ts';
import type { Form } from './form.ts';
import { duration, integer } from './scalars.ts';

/** `whenNobodyReady`: Linkerd's queue before its pool of endpoints. Defaults: linkerd/app/src/env.rs, DEFAULT_OUTBOUND_HTTP_*. */
export function whenNobodyReadyForm(): Form<NonNullable<LoadBalancerSettings['whenNobodyReady']>> {
  return block(
    "a block of Linkerd's queue",
    {
      failFast: optional(
        duration({ above: 0 }, '3s'),
        3_000,
        'How long there may be nobody, from when a request first waits, until all that wait fail, and all that come do at once.',
        '3s',
      ),
      capacity: optional(
        integer({ min: 1, max: 1_000_000 }, '10000'),
        10_000,
        'Requests a caller keeps waiting, beside the one that is next; more fail at once.',
        '10000',
      ),
    },
    { make: ({ failFast, capacity }) => ({ afterMs: failFast, capacity }) },
  );
}
