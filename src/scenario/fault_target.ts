import type { FaultTarget } from '../sim/config.ts';
import { list, optional, type Placed, placed, type Site } from './blocks.ts';
import type { Form } from './form.ts';
import type { Fleet } from './instances.ts';
import { limits } from './limits.ts';
import { reportRepeated } from './members.ts';
import type { Reading } from './reading.ts';
import { choice, identifier, integer, name, share } from './scalars.ts';
import { suggestion } from './suggest.ts';
import { quote } from './written.ts';

/** Whom a fault hits, as written. */
export type TargetSpec = { readonly offset: number } & (
  | { readonly kind: 'zone'; readonly zone: string }
  | { readonly kind: 'ids'; readonly ids: readonly Placed<string>[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'count'; readonly count: number }
  /** No instance. */
  | { readonly kind: 'none' }
  /** No instance either, but whoever is in that zone. */
  | { readonly kind: 'peers'; readonly zone: string }
  | { readonly kind: 'share'; readonly share: number }
);

const targetKeys = ['zone', 'instances', 'count', 'share'] as const;

export function targetFields() {
  return {
    zone: optional(name('the name of a zone', 'b'), null, 'All instances of this zone.'),
    instances: optional(allOrIds(), null, 'These instances, or all.'),
    count: optional(
      integer({ min: 1, max: limits.instances }, '3'),
      null,
      'That many instances, drawn anew in every replication.',
    ),
    share: optional(
      share({ above: 0, max: 1 }, false, '30%'),
      null,
      'That share of all instances, to the nearest whole number and at least one, drawn anew in every replication.',
    ),
  };
}

function allOrIds(): Form<'all' | readonly Placed<string>[]> {
  const all = choice(['all']);
  const ids = list("'all' or a list of ids", placed(identifier('an id', 'a-1')), { min: 1, max: limits.instances });
  return {
    ...ids,
    schema: { anyOf: [all.schema, ids.schema] },
    type: `${all.type}, or ${ids.type}`,
    read(written, reading) {
      if (written.kind === 'scalar' && written.text === 'all') return 'all';
      const read = ids.read(written, reading);
      reportRepeated('instance', read ?? [], { reading }, 'remove one of the two');
      return read;
    },
  };
}

interface TargetValues {
  readonly zone: string | null;
  readonly instances: 'all' | readonly Placed<string>[] | null;
  readonly count: number | null;
  readonly share: number | null;
}

type TargetSite = Site<ReturnType<typeof targetFields>>;

/** Exactly one of zone, instances, count and share. */
export function checkTarget(_values: unknown, site: TargetSite): void {
  const written = targetKeys.filter((key) => site.has(key));
  if (written.length === 0 && !targetKeys.some((key) => site.misspelt(key))) {
    const message = "expected whom the fault hits ('zone', 'instances', 'count' or 'share'), found nobody";
    site.report(null, message, 'add zone: a, instances: [a-1], instances: all, count: 3 or share: 30%');
  }
  for (const key of written.slice(1)) {
    site.reportKey(key, `expected one target, found '${key}' beside '${written[0]}'`, 'write two faults');
  }
}

export function targetOf({ zone, instances, count, share }: TargetValues, site: TargetSite): TargetSpec | undefined {
  if (zone !== null) return { kind: 'zone', zone, offset: site.offset('zone') };
  if (count !== null) return { kind: 'count', count, offset: site.offset('count') };
  if (share !== null) return { kind: 'share', share, offset: site.offset('share') };
  if (instances === null) return undefined;
  const offset = site.offset('instances');
  return instances === 'all' ? { kind: 'all', offset } : { kind: 'ids', ids: instances, offset };
}

/** The target among the instances there are, or undefined after reporting that there are no such instances. */
export function resolveTarget(target: TargetSpec, fleet: Fleet, reading: Reading): FaultTarget | undefined {
  if (target.kind === 'none') return NOBODY;
  if (target.kind === 'all') return { kind: 'instances', indexes: fleet.allIndexes };
  if (target.kind === 'ids') {
    return reading.once<FaultTarget | undefined>(fleet, target.ids, () => resolveIds(target.ids, fleet, reading));
  }
  if (target.kind === 'share') {
    return { kind: 'count', count: Math.max(1, Math.round(target.share * fleet.instances.length)) };
  }
  if (target.kind === 'count') {
    const { count, offset } = target;
    const { length } = fleet.instances;
    if (count <= length) return { kind: 'count', count };
    return reading.report(offset, `expected at most the ${length} instances there are, found ${count}`, 'lower it');
  }
  if (fleet.zones.has(target.zone)) return target.kind === 'peers' ? NOBODY : { kind: 'zone', zone: target.zone };
  const fix =
    fleet.zones.size === 0
      ? `no instance has a zone: add zones: [${target.zone}, ...] to instances`
      : suggestion(target.zone, [...fleet.zones].slice(0, NAMES_SHOWN));
  return reading.report(target.offset, `expected a zone with instances, found ${quote(target.zone)}`, fix);
}

const NAMES_SHOWN = 20;

const NOBODY: FaultTarget = { kind: 'instances', indexes: [] };

/** In the order of the list: a restart takes them in that turn. */
function resolveIds(ids: readonly Placed<string>[], fleet: Fleet, reading: Reading): FaultTarget | undefined {
  const indexes: number[] = [];
  for (const { value, offset } of ids) {
    const index = fleet.indexOf.get(value);
    if (index !== undefined) indexes.push(index);
    else if (reading.isFull()) return undefined;
    else {
      const known = [...fleet.indexOf.keys()].slice(0, NAMES_SHOWN);
      const fix = suggestion(value, known) + (fleet.indexOf.size > NAMES_SHOWN ? ', ...' : '');
      reading.report(offset, `expected the id of an instance, found ${quote(value)}`, fix);
    }
  }
  return indexes.length === ids.length ? { kind: 'instances', indexes } : undefined;
}
