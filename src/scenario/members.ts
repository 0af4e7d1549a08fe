import type { CallerConfig } from '../sim/config.ts';
import { block, list, optional, type Placed, placed, type Site } from './blocks.ts';
import type { Form } from './form.ts';
import { limits } from './limits.ts';
import { identifier, integer, name } from './scalars.ts';
import { quote } from './written.ts';

/** Fields that instances and callers have in common: how many, under which names, in which zones. */
export function memberFields(max: number) {
  const zone = name('the name of a zone', 'a');
  const ids = list('a list of ids', placed(identifier('an id', 'a-1')), { min: 1, max });
  return {
    count: optional(
      integer({ min: 1, max }, '3'),
      null,
      'How many in all, dealt over the zones in turn.',
      'as many as ids',
    ),
    ids: optional(ids, null, 'Their names.', 'made up'),
    zone: optional(zone, null, 'The zone of all of them.', 'no zone'),
    zones: optional(
      list('a list of zones', placed(zone), { min: 1, max }),
      null,
      'The zones they are dealt over.',
      'no zone',
    ),
  };
}

interface MemberValues {
  readonly count?: number | null | undefined;
  readonly ids?: readonly Placed<string>[] | null | undefined;
  readonly zone?: string | null | undefined;
  readonly zones?: readonly Placed<string>[] | null | undefined;
}

type MemberSite = Site<ReturnType<typeof memberFields>>;

/** Reports what is wrong between the fields of `memberFields`. `what` is who they are: `instances`. */
export function checkMembers(what: string, values: MemberValues, site: MemberSite): void {
  const { count, ids, zones } = values;
  if (!site.has('count') && !site.has('ids') && !site.misspelt('count') && !site.misspelt('ids')) {
    site.report(null, `expected 'count' or 'ids' of the ${what}, found neither`, 'add count: 3');
  }
  if (count != null && ids != null && count !== ids.length) {
    const message = `expected count and ids to agree, found ${count} and ${ids.length} ids`;
    site.report('count', message, 'remove count, or make it agree');
  }
  if (site.has('zone') && site.has('zones')) {
    site.reportKey('zones', "expected 'zone' or 'zones', found both", 'keep one of the two');
  }
  reportRepeated('zone', zones ?? [], site, `for uneven zones write several groups of ${what}`);
}

/** Reports each value that was there before. */
export function reportRepeated(
  what: string,
  values: readonly Placed<string>[],
  site: Pick<Site, 'reading'>,
  fix: string,
) {
  const seen = new Set<string>();
  for (const { value, offset } of values) {
    if (seen.has(value)) site.reading.report(offset, `expected each ${what} once, found ${quote(value)} again`, fix);
    seen.add(value);
  }
}

/** The zone of each member of a group, in turn; null without zones. */
export function dealZones(length: number, { zone, zones }: MemberValues): (string | null)[] {
  const dealt = zones == null ? [zone ?? null] : zones.map(({ value }) => value);
  return Array.from({ length }, (_, i) => dealt[i % dealt.length] as string | null);
}

/** One caller where none are written. */
export const soleCaller: readonly CallerConfig[] = [{ id: 'caller-1', zone: null, workers: 1 }];

/** `callers: { count: 10, zones: [a, b, c], workers: 4 }`. Ids are `caller-<n>` from 1. */
export function callersForm(): Form<readonly CallerConfig[]> {
  const fields = {
    ...memberFields(limits.callers),
    workers: optional(
      integer({ min: 1, max: limits.workers }, '4'),
      1,
      'Threads of each that pick on their own, by strategies of their own over shared hosts, as in Envoy.',
      '1',
    ),
  };
  return block('a block of callers', fields, {
    check: (values, site) => {
      checkMembers('callers', values, site);
      reportRepeated('id', values.ids ?? [], site, 'give each caller its own');
    },
    make: (values, site) => {
      const length = values.ids?.length ?? values.count ?? 0;
      if (!site.reading.afford(length)) return undefined;
      const zones = dealZones(length, values);
      return zones.map((zone, i) => ({
        id: values.ids?.[i]?.value ?? `caller-${i + 1}`,
        zone,
        workers: values.workers,
      }));
    },
  });
}
