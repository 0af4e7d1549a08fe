import { ETCD, type EtcdSettings } from '../../sim/registries/etcd/settings.ts';
import { block, optional } from '../blocks.ts';
import type { Form } from '../form.ts';
import { duration } from '../scalars.ts';
import { formatDuration } from '../units.ts';
import { kindField } from './kinds.ts';

export function etcdForm(): Form<EtcdSettings> {
  const time = (value: number, doc: string, range = { min: 1 }) => {
    const text = formatDuration(value);
    return optional(duration(range, text), value, doc, text);
  };
  const fields = {
    kind: kindField('etcd'),
    ttl: time(
      ETCD.ttlMs,
      'How long a lease lasts without a keep-alive, in whole seconds; those come every third of it.',
      {
        min: 1000,
      },
    ),
    electionTimeout: time(ETCD.electionTimeoutMs, 'Of the cluster: no lease is shorter than one and a half of it.'),
    watchLatency: time(ETCD.watchLatencyMs, 'From a change until a watcher has it.', { min: 0 }),
  };
  return block('an etcd registry', fields, {
    check: ({ ttl = 0 }, site) => {
      if (Number.isInteger(ttl / 1000)) return;
      const message = `expected whole seconds, found ${formatDuration(ttl)}`;
      site.report('ttl', message, `write ${formatDuration(Math.ceil(ttl / 1000) * 1000)}`);
    },
    make: ({ kind, ttl, electionTimeout, watchLatency }) => ({
      kind,
      ttlMs: ttl,
      electionTimeoutMs: electionTimeout,
      watchLatencyMs: watchLatency,
    }),
  });
}
