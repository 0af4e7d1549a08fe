import type { HealthCheckSettings } from '../../health/checks/settings.ts';
import type { HealthCheckConfig } from '../../sim/config.ts';
import { block, type Fields, optional, type Site, type Values } from '../blocks.ts';
import type { Field, Form } from '../form.ts';
import { limits } from '../limits.ts';
import { choice, duration, integer } from '../scalars.ts';

export type By = HealthCheckConfig['by'];
type Kind = HealthCheckConfig['kind'];

/** What every system has. */
export function sharedFields<B extends By>(who: readonly B[], by: B, kinds: readonly Kind[]) {
  return {
    system: optional(
      choice(['envoy', 'haproxy', 'kubernetes', 'consul']),
      'envoy',
      'Whose rules: each in its own names and with its own defaults.',
    ),
    by: optional<B, B>(
      choice(who),
      by,
      'Who checks: each caller for itself; an agent at the node, or the registry, which then tell the registry.',
    ),
    kind: optional<Kind, Kind>(
      choice(kinds),
      'http',
      'What a probe is: http and grpc ask the process, tcp connects only, which a hung process still allows.',
    ),
    through: optional(
      choice(['port', 'queue']),
      'port',
      'Whether probes are answered at once beside requests, or wait in line with them; a full queue is a bad answer.',
    ),
    cost: optional(
      duration({}, '1ms'),
      0,
      'The service time of a probe that waits in line, in front of slow faults.',
      '0s',
    ),
  };
}

type Shared = Values<ReturnType<typeof sharedFields<By>>>;
type SharedSite = Pick<Site<ReturnType<typeof sharedFields<By>>>, 'has' | 'reportKey' | 'report'>;

function checkShared({ kind, through }: { readonly [K in keyof Shared]?: Shared[K] | undefined }, site: SharedSite) {
  if (through === 'queue' && kind === 'tcp') {
    const message = 'expected through: port beside kind: tcp, since the kernel takes connections, found queue';
    site.report('through', message, 'write through: port, or kind: http');
  }
  if (through === 'port' && site.has('cost')) {
    site.reportKey('cost', "expected 'cost' beside through: queue only", 'add through: queue, or leave cost out');
  }
}

function configOf({ by, kind, through, cost }: Shared, settings: HealthCheckSettings): HealthCheckConfig {
  return { settings, by, kind, through, costMs: cost };
}

/** The block of one system: its fields, of which `sharedFields` are a part, made into its settings. */
export function checkForm<F extends Fields & ReturnType<typeof sharedFields<By>>>(
  fields: F,
  make: (values: Values<F>) => HealthCheckSettings,
  check: (values: { readonly [K in keyof F]: Values<F>[K] | undefined }, site: Site<F>) => void = () => {},
  more: (values: Values<F>) => Pick<HealthCheckConfig, 'restarts'> = () => ({}),
): Form<HealthCheckConfig> {
  return block('a health check', fields, {
    check(values, site) {
      // A block with these fields and more: what is said of these holds for it.
      checkShared(values as unknown as Shared, site as unknown as SharedSite);
      check(values, site);
    },
    make: (values) => ({ ...configOf(values as unknown as Shared, make(values)), ...more(values) }),
  });
}

export const threshold = (example: string) => integer({ min: 1, max: limits.count }, example);

/** Left out: as another setting says. An interval below 1 ms is a slip: it would be all that a run does. */
export function interval(doc: string, text: string): Field<number | null> {
  return optional(duration({ min: 1 }, '1s'), null, doc, text);
}
