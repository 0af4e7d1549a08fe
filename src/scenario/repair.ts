import type { Distribution } from '../sim/config.ts';
import type { BackOff, Repair } from '../sim/faults/when.ts';
import { block, optional } from './blocks.ts';
import type { DistributionForm } from './distribution.ts';
import type { Form } from './form.ts';
import { duration, number } from './scalars.ts';
import { variant } from './variant.ts';

const AT_ONCE: Distribution = { kind: 'constant', valueMs: 0 };

/** A distribution, or `backoff: { initial, factor, max, resetAfter, startup }`. */
export function repairForm(distribution: DistributionForm): Form<Repair> {
  const backoff = backOffForm(distribution);
  return variant<Repair>({
    what: 'repair',
    cases: () => ({ ...distribution.cases, backoff }),
    docs: { ...distribution.docs, backoff: 'Ever longer waits while it fails again and again: a crash loop.' },
    scalar: distribution,
    example: '{ exponential: { mean: 30s } }',
    schema: { anyOf: [distribution.schema, oneCase('backoff', backoff)] },
  });
}

function oneCase(name: string, form: Form<unknown>) {
  const properties = { [name]: form.schema };
  return { type: 'object', properties, required: [name], additionalProperties: false };
}

/** The defaults are kubelet's CrashLoopBackOff (see `BackOff`). */
function backOffForm(distribution: DistributionForm): Form<BackOff> {
  const fields = {
    initial: optional(
      duration({ above: 0 }, '10s'),
      10_000,
      'The wait after the second failure; after the first it restarts at once.',
      '10s',
    ),
    factor: optional(number({ min: 1, max: 1_000 }, '2'), 2, 'By how much each wait is longer than the last.', '2'),
    max: optional(duration({ above: 0 }, '5m'), 300_000, 'The longest wait.', '5m'),
    resetAfter: optional(duration({}, '10m'), 600_000, 'Having been up for longer than this, all is forgotten.', '10m'),
    startup: optional(distribution, AT_ONCE, 'Added to every wait: how long the process takes to start.', '0s'),
  };
  return block('a back-off', fields, {
    check: ({ initial = 0, max = Number.POSITIVE_INFINITY }, site) => {
      if (initial <= max) return;
      site.report(
        site.has('max') ? 'max' : 'initial',
        'expected max to be at least initial, found it below',
        'raise max',
      );
    },
    make: ({ initial, factor, max, resetAfter, startup }) => ({
      kind: 'backoff',
      ...{ initialMs: initial, factor, maxMs: max, resetAfterMs: resetAfter, startup },
    }),
  });
}
