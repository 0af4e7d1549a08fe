import { CONSUL, type ConsulSettings } from '../../sim/registries/consul/settings.ts';
import { block, optional } from '../blocks.ts';
import type { Form } from '../form.ts';
import { limits } from '../limits.ts';
import { duration, integer, rate } from '../scalars.ts';
import { formatDuration } from '../units.ts';
import { kindField } from './kinds.ts';

const MINUTE = 60_000;

export function consulForm(): Form<ConsulSettings> {
  const time = (value: number, doc: string, range: { min?: number; max?: number } = { min: 1 }) => {
    const text = formatDuration(value);
    return optional(duration(range, text), value, doc, text);
  };
  const fields = {
    kind: kindField('consul'),
    ttl: optional(duration({ min: 1 }, '15s'), null, 'A TTL check: how long an instance is well without saying so.'),
    renewInterval: optional(duration({ min: 1 }, '5s'), null, 'How often an instance says that it is well; with ttl.'),
    syncLatency: time(CONSUL.syncLatencyMs, 'From a change at an agent until the catalog has it.', {}),
    syncInterval: time(CONSUL.syncIntervalMs, 'Full anti-entropy after this long, and as much again at random.'),
    deregisterCriticalServiceAfter: optional(
      duration({ min: MINUTE }, '1m'),
      CONSUL.deregisterCriticalServiceAfterMs,
      'An instance whose checks fail for so long is taken out, at a tick every 30 s.',
      'never',
    ),
    wait: time(CONSUL.waitMs, 'How long a blocking query waits, up to a sixteenth aside.', {
      min: 1,
      max: 10 * MINUTE,
    }),
    queryRate: optional(rate(), CONSUL.queryRatePerMs, 'Queries of a caller, two at once aside.', 'no limit'),
    nodes: optional(
      integer({ min: 2, max: limits.count }, '10'),
      CONSUL.nodes,
      'Agents that watch one another, and how slowly anti-entropy goes.',
      'instances + 3',
    ),
    probeInterval: time(CONSUL.probeIntervalMs, 'From one gossip probe of an agent to the next.'),
    suspicionMult: optional(
      integer({ min: 1, max: 100 }, `${CONSUL.suspicionMult}`),
      CONSUL.suspicionMult,
      'How long a suspected node has to speak up, in probe intervals at least.',
      `${CONSUL.suspicionMult}`,
    ),
  };
  return block('a consul registry', fields, {
    check: ({ ttl, renewInterval }, site) => {
      if (site.has('ttl') !== site.has('renewInterval') && !site.misspelt('ttl') && !site.misspelt('renewInterval')) {
        const [missing, example] = site.has('ttl') ? ['renewInterval', '5s'] : ['ttl', '15s'];
        const message = `expected '${missing}' in a registry with a TTL check, found no such key`;
        site.report(null, message, `add ${missing}: ${example}`);
      }
      if (ttl == null || renewInterval == null || renewInterval < ttl) return;
      const message = 'expected renewInterval to be shorter than ttl, found it no shorter';
      site.report('renewInterval', message, 'lower renewInterval, or instances fail between two words');
    },
    make: ({ kind, ttl, renewInterval, nodes, suspicionMult, ...values }) => ({
      ...{ kind, nodes, suspicionMult },
      ttlCheck: ttl === null || renewInterval === null ? null : { ttlMs: ttl, renewIntervalMs: renewInterval },
      syncLatencyMs: values.syncLatency,
      syncIntervalMs: values.syncInterval,
      deregisterCriticalServiceAfterMs: values.deregisterCriticalServiceAfter,
      waitMs: values.wait,
      queryRatePerMs: values.queryRate,
      probeIntervalMs: values.probeInterval,
    }),
  });
}
