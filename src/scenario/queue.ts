import type { QueueSettings } from '../balancer/room.ts';
import { block, optional } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { duration, integer } from './scalars.ts';

/** `queue`: how requests wait for hosts with `maxConnections`, with policies of HAProxy. */
export function queueForm(): Form<QueueSettings> {
  const fields = {
    timeout: optional(
      duration({ above: 0 }, '5s'),
      null,
      'How long a request waits before it fails without a host: timeout queue.',
      'request.connectTimeout, as in HAProxy; without one as long as it takes',
    ),
    maxPerHost: optional(
      integer({ min: 1, max: limits.count }, '64'),
      Number.POSITIVE_INFINITY,
      'Requests that may wait for one host: its maxqueue. One more fails, or with retries.redispatch leaves its session.',
      'any number',
    ),
    fullConnections: optional(
      integer({ min: 1, max: limits.count }, '1000'),
      Number.POSITIVE_INFINITY,
      'Requests under way, waiting ones included, with which hosts may have all of maxConnections; with fewer a part of it, but minConnections at least: fullconn.',
      'never reached',
    ),
  };
  return block('a block of queue settings', fields, {
    make: ({ timeout, ...others }) => ({ timeoutMs: timeout, ...others }),
  });
}
