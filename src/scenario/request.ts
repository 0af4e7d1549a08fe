import { type HostSelection, PLAIN_REQUEST, type RequestPolicy, UNTRIED_HOSTS } from '../mesh/request_policy.ts';
import type { RetryLimit } from '../mesh/retry_limit.ts';
import { block, list, optional, required } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { choice, duration, integer, share } from './scalars.ts';
import { formatDuration } from './units.ts';

const retryOnByDefault: RequestPolicy['retryOn'] = ['connect-failure', 'reset'];

/** `request`: how one caller sends one request. A timeout of 0s, which switches it off in Envoy, is refused: leave it out. */
export function requestForm(): Form<RequestPolicy> {
  const condition = choice(['connect-failure', 'reset', 'timeout', '5xx']);
  const retries = block(
    'a block of retries',
    {
      attempts: required(integer({ min: 0, max: limits.retries }), 'Attempts beyond the first.'),
      retryOn: optional(
        list('a list of conditions', condition, { min: 1, max: 4 }),
        retryOnByDefault,
        'After which failures.',
        `[${retryOnByDefault.join(', ')}]`,
      ),
      hostSelection: optional(
        hostSelectionForm(),
        null,
        'How a retry finds another host than those tried.',
        '{ attempts: 5, exhausted: untried }',
      ),
      previousPriorities: optional(
        previousPrioritiesForm(),
        null,
        "Retries avoid the priorities of hosts tried before: Envoy's previous_priorities.",
        'not avoided',
      ),
      maxConcurrent: optional(
        integer({ min: 0, max: limits.count }, '3'),
        null,
        "Retries of one caller under way at once, beyond which a request ends as it failed: Envoy's circuit breaker max_retries, which is 3 there.",
        'no limit',
      ),
      budget: optional(
        retryBudgetForm(),
        null,
        "The same limit by a share of the attempts under way: Envoy's retry_budget.",
        'no limit',
      ),
      redispatch: optional(
        integer({ min: -limits.retries, max: limits.retries }, '-1'),
        null,
        "Retries as HAProxy's, by the interval of its option redispatch: each such retry goes to another host than the last one, or, below 0, only that one from the end (-1: the last), the others to the same host again, after 1s or a shorter connectTimeout where it refused. With policies that do not hash all go to another host, but for sessions; so do those that leave a host that is down. 0: none does.",
        'as in hostSelection',
      ),
    },
    {
      check: ({ attempts, redispatch, hostSelection, previousPriorities, maxConcurrent, budget }, site) => {
        if (maxConcurrent != null && budget != null) {
          site.reportKey('maxConcurrent', 'expected no budget beside it, found one', 'keep one of the two');
        }
        if (redispatch == null) return;
        if (attempts != null && attempts > 0 && redispatch < -attempts) {
          site.report(
            'redispatch',
            `expected at least -${attempts}, as there are ${attempts} retries, found ${redispatch}`,
            'raise redispatch',
          );
        }
        for (const [key, value] of Object.entries({ hostSelection, previousPriorities })) {
          if (value != null) site.report('redispatch', `expected no ${key} beside it`, 'remove one of the two');
        }
      },
      make: (retries) => retries,
    },
  );
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
      ...(retries?.redispatch != null && { redispatch: retries.redispatch }),
      ...limitOf(retries),
      ...selectionOf(retries),
    }),
  });
}

type Selection = Pick<HostSelection, 'retries' | 'exhausted'>;

function hostSelectionForm(): Form<Selection> {
  const fields = {
    attempts: optional(
      integer({ min: 0, max: limits.hostSelections }, '5'),
      UNTRIED_HOSTS.retries,
      "How often a host tried before is picked again at most: Envoy's host_selection_retry_max_attempts, Istio's default.",
      String(UNTRIED_HOSTS.retries),
    ),
    exhausted: optional(
      choice(['untried', 'last']),
      UNTRIED_HOSTS.exhausted,
      'What then: the first host not tried, or the last one picked, as in Envoy.',
      UNTRIED_HOSTS.exhausted,
    ),
  };
  return block('a block of host selection', fields, {
    make: ({ attempts, exhausted }) => ({ retries: attempts, exhausted }),
  });
}

function previousPrioritiesForm(): Form<number> {
  const frequency = integer({ min: 1, max: limits.retries }, '2');
  const fields = { updateFrequency: required(frequency, 'After how many attempts each those priorities are avoided.') };
  return block('a block of previous priorities', fields, { make: ({ updateFrequency }) => updateFrequency });
}

function retryBudgetForm(): Form<RetryLimit> {
  const fields = {
    percent: optional(share({}, true, '20%'), 0.2, 'Share of the attempts under way that may be retries.', '20%'),
    minConcurrent: optional(
      integer({ min: 0, max: limits.count }, '3'),
      3,
      'Retries that may always be under way.',
      '3',
    ),
  };
  return block('a block of a retry budget', fields, {
    make: ({ percent, minConcurrent }) => ({ kind: 'budget', share: percent, min: minConcurrent }),
  });
}

/** Nothing where nothing is written. */
function limitOf(
  retries: { readonly maxConcurrent: number | null; readonly budget: RetryLimit | null } | null,
): Pick<RequestPolicy, 'retryLimit'> {
  const { maxConcurrent = null, budget = null } = retries ?? {};
  if (budget !== null) return { retryLimit: budget };
  return maxConcurrent === null ? {} : { retryLimit: { kind: 'count', max: maxConcurrent } };
}

/** Nothing where nothing is written. */
function selectionOf(
  retries: { readonly hostSelection: Selection | null; readonly previousPriorities: number | null } | null,
): Pick<RequestPolicy, 'hostSelection'> {
  const { hostSelection = null, previousPriorities = null } = retries ?? {};
  if (hostSelection === null && previousPriorities === null) return {};
  return { hostSelection: { ...UNTRIED_HOSTS, ...hostSelection, updateFrequency: previousPriorities } };
}
