import { PLAIN_REQUEST, type RequestPolicy } from '../mesh/request_policy.ts';
import { block, list, optional, required } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { choice, duration, integer } from './scalars.ts';
import { formatDuration } from './units.ts';

const retryOnByDefault: RequestPolicy['retryOn'] = ['connect-failure', 'reset'];

/** `request`: how one caller sends one request. A timeout of 0s, which switches it off in Envoy, is refused: leave it out. */
export function requestForm(): Form<RequestPolicy> {
  const condition = choice(['connect-failure', 'reset', 'timeout', '5xx']);
  const retries = block('a block of retries', {
    attempts: required(integer({ min: 0, max: limits.retries }), 'Attempts beyond the first.'),
    retryOn: optional(
      list('a list of conditions', condition, { min: 1, max: 4 }),
      retryOnByDefault,
      'After which failures.',
      `[${retryOnByDefault.join(', ')}]`,
    ),
  });
  const timeout = (example: string) => duration({ above: 0 }, example);
  const fields = {
    timeout: optional(timeout('3s'), null, 'From arrival to the final answer.', 'none'),
    perTryTimeout: optional(timeout('1s'), null, 'For one attempt, from its sending.', 'what is left of timeout'),
    connectTimeout: optional(
      timeout('250ms'),
      null,
      'For one attempt to be accepted, from its sending.',
      'perTryTimeout',
    ),
    retries: optional(retries, null, 'Whether and when to try again.', 'none'),
  };
  return block('a block of request settings', fields, {
    check: ({ timeout, perTryTimeout, connectTimeout }, site) => {
      const longer = (key: 'perTryTimeout' | 'connectTimeout', value: number, limitKey: string, limit: number) => {
        const message = `expected at most the ${limitKey} of ${formatDuration(limit)}, found ${formatDuration(value)}`;
        site.report(key, message, `lower ${key} or raise ${limitKey}`);
      };
      if (perTryTimeout != null && timeout != null && perTryTimeout > timeout) {
        longer('perTryTimeout', perTryTimeout, 'timeout', timeout);
      }
      if (connectTimeout == null) return;
      if (perTryTimeout != null && connectTimeout > perTryTimeout) {
        longer('connectTimeout', connectTimeout, 'perTryTimeout', perTryTimeout);
      } else if (timeout != null && connectTimeout > timeout) {
        longer('connectTimeout', connectTimeout, 'timeout', timeout);
      }
    },
    make: ({ timeout, perTryTimeout, connectTimeout, retries }) => ({
      timeoutMs: timeout ?? PLAIN_REQUEST.timeoutMs,
      perTryTimeoutMs: perTryTimeout ?? PLAIN_REQUEST.perTryTimeoutMs,
      connectTimeoutMs: connectTimeout ?? perTryTimeout ?? PLAIN_REQUEST.connectTimeoutMs,
      retries: retries?.attempts ?? PLAIN_REQUEST.retries,
      retryOn: retries?.retryOn ?? PLAIN_REQUEST.retryOn,
    }),
  });
}
