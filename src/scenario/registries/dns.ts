import { DNS, type DnsSettings } from '../../sim/registries/dns/settings.ts';
import { block, optional } from '../blocks.ts';
import type { Form } from '../form.ts';
import { choice, duration, share } from '../scalars.ts';
import { kindField } from './kinds.ts';
import { time } from './times.ts';

export function dnsForm(): Form<DnsSettings> {
  const fields = {
    kind: kindField('dns'),
    ttl: time(DNS.ttlMs, 'Of every record.'),
    negativeTtl: optional(duration({ min: 1 }, '30s'), null, 'Of an answer without records.', 'as ttl'),
    refresh: optional(
      duration({ min: 1 }, '5s'),
      null,
      "How often a caller asks its resolver; 5s for Envoy's strict DNS.",
      'when its answer runs out',
    ),
    retry: time(DNS.retryMs, 'How long after no answer a caller asks again; without refresh.'),
    never: optional(share({}, false, '20%'), DNS.neverShare, 'The share of callers that never resolve again.', '0%'),
    empty: optional(
      choice(['apply', 'keep']),
      DNS.empty,
      'What callers do with an answer without records: believe it, or keep the last one.',
      DNS.empty,
    ),
  };
  return block('a dns registry', fields, {
    check: ({ refresh = null }, site) => {
      if (refresh === null || !site.has('retry')) return;
      const message = "expected 'retry' without 'refresh' only, found both: who asks that often asks again anyway";
      site.reportKey('retry', message, 'leave out one of the two');
    },
    make: (values) => ({
      kind: values.kind,
      ttlMs: values.ttl,
      negativeTtlMs: values.negativeTtl,
      refreshMs: values.refresh,
      retryMs: values.retry,
      neverShare: values.never,
      empty: values.empty,
    }),
  });
}
