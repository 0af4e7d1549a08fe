import type { LocalityRouting } from '../balancer/load_balancer.ts';
import type { RegionFailover } from '../balancer/routing/locality_failover.ts';
import type { CallerConfig } from '../sim/config.ts';
import { block, list, optional, type Placed, placed, required } from './blocks.ts';
import type { Form } from './form.ts';
import type { Fleet } from './instances.ts';
import { limits } from './limits.ts';
import { reportRepeated } from './members.ts';
import type { Reading } from './reading.ts';
import { type NamedValue, record, toRecord } from './record.ts';
import { choice, identifier, integer, number, share } from './scalars.ts';
import { suggestion } from './suggest.ts';
import { formatShare } from './units.ts';
import { variant } from './variant.ts';
import { quote } from './written.ts';

/** How zones count, and the names of places in it with where they stand. */
export interface LocalitySpec {
  readonly routing: LocalityRouting;
  readonly offset: number;
  readonly zones: readonly Placed<string>[];
  /** Where regions fail over to. */
  readonly regions: readonly Placed<string>[];
}

type Routing = Omit<LocalitySpec, 'offset'>;

/** `locality`: by weights of zones, near ones first while that is fair, or far ones at last. */
export function localityForm(): Form<LocalitySpec> {
  const form = variant<Routing>({
    what: 'way zones count',
    cases: () => ({ weighted: weighted(), zoneAware: zoneAware(), failover: failover() }),
    docs: {
      weighted: "Zones by weight and by how much of them is healthy: Envoy's locality_weighted_lb_config.",
      zoneAware: "As much in the own zone as leaves all hosts equally loaded: Envoy's zone_aware_lb_config.",
      failover:
        "The farther away, the lower the priority: Istio's localityLbSetting. Zones may be region/zone/subzone.",
    },
    example: '{ weighted: { weights: { a: 2, b: 1 } } }',
  });
  return {
    ...form,
    read(written, reading) {
      const routing = form.read(written, reading);
      return routing === undefined ? undefined : { ...routing, offset: written.offset };
    },
  };
}

function weighted(): Form<Routing> {
  const weight = number({ min: 0, max: limits.weight }, '1');
  const weights = record('a block of zones and their weights', weight, '{ a: 2, b: 1 }');
  const none: readonly NamedValue<number>[] = [];
  const fields = { weights: optional(weights, none, 'Weights of zones; one that is not named weighs 1.', '1 each') };
  return block('a block of weighted zones', fields, {
    make: (values) => ({
      routing: { kind: 'weighted', weights: toRecord(values.weights) },
      zones: values.weights.map(({ name, nameOffset }) => ({ value: name, offset: nameOffset })),
      regions: [],
    }),
  });
}

function zoneAware(): Form<Routing> {
  const minSize = integer({ min: 0, max: limits.instances }, '1');
  const forced = block(
    'a block of forceLocalZone',
    { minSize: optional(minSize, 1, 'While the own zone has so many healthy hosts.', '1') },
    { make: (values) => values.minSize },
  );
  const fields = {
    minClusterSize: optional(
      integer({ min: 0, max: limits.instances }, '6'),
      6,
      'With fewer healthy hosts zones are disregarded.',
      '6',
    ),
    basis: optional(
      choice(['hosts', 'weight']),
      'hosts',
      "What a zone's share is taken by: its healthy hosts, or their weights (Envoy's locality_basis); a caller weighs 1.",
    ),
    routingEnabled: optional(share({}, false, '100%'), 1, 'Share of requests it acts on, in whole percent.', '100%'),
    forceLocalZone: optional(forced, null, 'Keeps everything in the own zone.', 'not forced'),
  };
  return block('a block of zone-aware routing', fields, {
    check: ({ routingEnabled = 1 }, site) => {
      if (isWhole(routingEnabled * 100)) return;
      const message = `expected a whole percentage, as Envoy rounds it to, found ${formatShare(routingEnabled)}`;
      site.report('routingEnabled', message, `write ${Math.round(routingEnabled * 100)}%`);
    },
    make: ({ minClusterSize, basis, routingEnabled, forceLocalZone }) => ({
      routing: {
        ...{ kind: 'zone-aware', minClusterSize, basis },
        routingEnabledPercent: Math.round(routingEnabled * 100),
        forceLocalZoneMinSize: forceLocalZone,
      },
      zones: [],
      regions: [],
    }),
  });
}

/** A share that was written as whole percent may be a rounding error away from it. */
function isWhole(percent: number): boolean {
  return Math.abs(percent - Math.round(percent)) < 1e-9;
}

function failover(): Form<Routing> {
  const fields = {
    from: required(placed(identifier('the name of a region', 'us')), 'Region of the callers.'),
    to: required(placed(identifier('the name of a region', 'eu')), 'The region they go to before any other.'),
  };
  const step = block('a failover between regions', fields, {
    check: ({ from, to }, site) => {
      if (from === undefined || to === undefined || from.value !== to.value) return;
      site.report(
        'to',
        `expected another region than ${quote(from.value)}, found the same`,
        'write another, or leave it out',
      );
    },
    make: (values) => values,
  });
  const steps = list('a list of failovers between regions', step, { min: 0, max: limits.regions });
  return {
    ...steps,
    example: '[{ from: us, to: eu }]',
    read(written, reading) {
      const read = steps.read(written, reading);
      if (read === undefined) return undefined;
      const froms = read.map(({ from }) => from);
      reportRepeated('region', froms, { reading }, 'keep one: a region fails over to one other first');
      const between = read.map(({ from, to }): RegionFailover => ({ from: from.value, to: to.value }));
      return { routing: { kind: 'failover', failover: between }, zones: [], regions: read.map(({ to }) => to) };
    },
  };
}

/** Reports places nobody is in, and routing by zone where nobody has one. */
export function checkLocality(
  { routing, offset, zones, regions }: LocalitySpec,
  fleet: Fleet,
  callers: readonly CallerConfig[],
  reading: Reading,
): void {
  const example = [...fleet.zones].slice(0, 3).join(', ') || 'a, b';
  if (fleet.zones.size === 0) {
    const message = 'expected instances with zones where zones count, found none';
    reading.report(offset, message, 'add zones: [a, b] to instances, or leave locality out');
    return;
  }
  if (routing.kind !== 'weighted' && callers.every(({ zone }) => zone === null)) {
    const message = 'expected callers with zones: near or far is seen from where they are, found none';
    reading.report(offset, message, `add zones: [${example}] to callers`);
  }
  reportUnknown('a zone with instances', zones, fleet.zones, reading);
  if (regions.length === 0) return;
  const known = new Set([...fleet.zones].map((zone) => zone.split('/')[0] ?? zone));
  reportUnknown('a region with instances', regions, known, reading);
}

const NAMES_SHOWN = 20;

function reportUnknown(
  what: string,
  names: readonly Placed<string>[],
  known: ReadonlySet<string>,
  reading: Reading,
): void {
  const shown = [...known].slice(0, NAMES_SHOWN);
  for (const { value, offset } of names) {
    if (!known.has(value)) reading.report(offset, `expected ${what}, found ${quote(value)}`, suggestion(value, shown));
  }
}
