import { MEMORY, type MemorySettings } from '../../sim/registries/memory/settings.ts';
import { block, optional } from '../blocks.ts';
import type { Form } from '../form.ts';
import { choice, duration } from '../scalars.ts';

/** The kind where none is written. */
export function memoryForm(): Form<MemorySettings> {
  const fields = {
    kind: optional(choice(['memory']), MEMORY.kind, 'Which system.', 'memory'),
    ttl: optional(duration({ min: 1 }, '30s'), null, 'How long a lease lasts without renewal.', 'for good'),
    renewInterval: optional(duration({ min: 1 }, '10s'), null, 'How often an instance renews its lease; with ttl.'),
  };
  return block('a registry', fields, {
    check: ({ ttl, renewInterval }, site) => {
      if (site.has('ttl') !== site.has('renewInterval') && !site.misspelt('ttl') && !site.misspelt('renewInterval')) {
        const [missing, example] = site.has('ttl') ? ['renewInterval', '10s'] : ['ttl', '30s'];
        const message = `expected '${missing}' in a registry with leases, found no such key`;
        site.report(null, message, `add ${missing}: ${example}`);
      }
      if (ttl == null || renewInterval == null || renewInterval < ttl) return;
      const message = 'expected renewInterval to be shorter than ttl, found it no shorter';
      site.report('renewInterval', message, 'lower renewInterval, or leases run out between renewals');
    },
    make: ({ kind, ttl, renewInterval }) => ({
      kind,
      lease: ttl === null || renewInterval === null ? null : { ttlMs: ttl, renewIntervalMs: renewInterval },
    }),
  });
}
