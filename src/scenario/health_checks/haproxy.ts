import { HAPROXY_CHECK } from '../../health/checks/settings.ts';
import type { HealthCheckConfig } from '../../sim/config.ts';
import { optional } from '../blocks.ts';
import type { Form } from '../form.ts';
import { choice, duration, share } from '../scalars.ts';
import { formatDuration } from '../units.ts';
import { type By, checkForm, interval, sharedFields, threshold } from './check_form.ts';

/** HAProxy's (configuration.txt, server options). */
export function haproxyForm(): Form<HealthCheckConfig> {
  const { rise, fall, errorLimit, onError, initState, interMs } = HAPROXY_CHECK;
  const inter = formatDuration(interMs);
  const fields = {
    ...sharedFields<By>(['caller', 'node', 'registry'], 'caller', ['http', 'tcp']),
    inter: optional(duration({ min: 1 }, inter), interMs, 'From the end of a probe to the next.', inter),
    fastinter: interval('The same on the way up or down, and before the first check.', 'inter'),
    downinter: interval('The same of a server that is wholly down.', 'inter'),
    timeout: optional(duration({ above: 0 }, '1s'), null, 'How long a probe may take (timeout check).', 'inter'),
    rise: optional(threshold('2'), rise, 'Passed probes in a row that take a server up.', `${rise}`),
    fall: optional(threshold('3'), fall, 'Failed probes in a row that take it down.', `${fall}`),
    initState: optional(
      choice(['fully-up', 'up', 'down', 'fully-down']),
      initState,
      'How a server begins; up: the first failure takes it down; down: the first pass takes it up.',
    ),
    spreadChecks: optional(
      share({ max: 0.5 }, false, '5%'),
      0,
      'Each interval is up to this share longer or shorter.',
      '0%',
    ),
    observe: optional(
      choice(['layer4', 'layer7']),
      null,
      'Whether requests count against a server too: by their connections, or by their answers.',
      'not at all',
    ),
    errorLimit: optional(
      threshold('10'),
      errorLimit,
      'Errors of requests in a row that call for onError.',
      `${errorLimit}`,
    ),
    onError: optional(
      choice(['fastinter', 'fail-check', 'sudden-death', 'mark-down']),
      onError,
      'What they do: advance the next check; count as a failed one too; leave one failure from down; take down.',
    ),
  };
  return checkForm(
    fields,
    ({ inter: interMs, fastinter, downinter, timeout, spreadChecks, ...values }) => ({
      system: 'haproxy' as const,
      interMs,
      fastinterMs: fastinter,
      downinterMs: downinter,
      timeoutMs: timeout,
      rise: values.rise,
      fall: values.fall,
      initState: values.initState,
      spreadChecksPercent: spreadChecks * 100,
      observe: values.observe,
      errorLimit: values.errorLimit,
      onError: values.onError,
    }),
    ({ observe, by }, site) => {
      for (const key of ['errorLimit', 'onError'] as const) {
        if (observe !== null || !site.has(key)) continue;
        site.reportKey(key, `expected '${key}' beside 'observe' only`, 'add observe: layer7, or leave it out');
      }
      if (observe == null || by === undefined || by === 'caller') return;
      const message = `expected by: caller beside observe, since only callers see results, found ${by}`;
      site.report('by', message, 'write by: caller, or leave observe out');
    },
  );
}
