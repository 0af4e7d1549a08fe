import type { SlowStart } from '../balancer/load_balancer.ts';
import { block, optional, required } from './blocks.ts';
import type { Form } from './form.ts';
import { duration, number, share } from './scalars.ts';
import { variant } from './variant.ts';

/** `slowStart`: as Envoy eases hosts in (Istio's warmup), or as HAProxy does. */
export function slowStartForm(): Form<SlowStart> {
  const window = required(duration({ above: 0 }, '30s'), 'How long it takes until a host has all of its weight.');
  const envoy = block(
    "a block of Envoy's slow start",
    {
      window,
      aggression: optional(
        number({ above: 0, max: 1_000 }, '1'),
        1,
        'How steep it begins: 1 is in proportion to time, more is faster at first.',
        '1',
      ),
      minWeightPercent: optional(share({}, true, '10%'), 0.1, 'Share of its weight a host starts with.', '10%'),
    },
    {
      make: ({ window, aggression, minWeightPercent }) => ({
        kind: 'envoy' as const,
        windowMs: window,
        aggression,
        minWeightShare: minWeightPercent,
      }),
    },
  );
  const haproxy = block(
    "a block of HAProxy's slowstart",
    { window },
    { make: (values) => ({ kind: 'haproxy' as const, windowMs: values.window }) },
  );
  return variant<SlowStart>({
    what: 'slow start',
    cases: () => ({ envoy, haproxy }),
    docs: {
      envoy: 'A host that joins, or that a health check finds well again.',
      haproxy:
        'A host that a health check finds well again, or that joins after the first list: in sixteenths of its weight, each whole second.',
    },
    example: '{ envoy: { window: 30s } }',
  });
}
