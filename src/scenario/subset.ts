import type { Metadata, SubsetSelector, SubsetSettings } from '../balancer/subset.ts';
import { block, list, optional, type Placed, placed, required, type Site } from './blocks.ts';
import type { Form } from './form.ts';
import type { Fleet } from './instances.ts';
import { limits } from './limits.ts';
import { reportRepeated } from './members.ts';
import type { Reading } from './reading.ts';
import { type NamedValue, record, toRecord } from './record.ts';
import { choice, name, trueOrFalse } from './scalars.ts';
import { suggestion } from './suggest.ts';
import { quote } from './written.ts';

/** Which hosts, and where it is said. */
export interface SubsetSpec {
  readonly settings: Required<SubsetSettings>;
  readonly offset: number;
  readonly match: readonly NamedValue<string>[];
  readonly defaultSubset: readonly NamedValue<string>[];
}

const unwritten: readonly NamedValue<string>[] = [];

/** `subset`: Envoy's lb_subset_config, with the metadata all requests ask for. */
export function subsetForm(): Form<SubsetSpec> {
  const words = (what: string) => record(what, name('a word', 'prod'), '{ stage: prod }');
  const fields = {
    match: optional(words('a block of metadata to match'), unwritten, 'What requests ask for.', 'nothing'),
    selectors: required(
      list('a list of selectors', selectorForm(), { min: 1, max: limits.subsetSelectors }),
      'By which keys there are subsets; one must have exactly the keys of match.',
    ),
    fallback: optional(
      choice(['none', 'any', 'default']),
      'none',
      'Where there is no such subset: no host, any, or those of defaultSubset.',
      'none',
    ),
    defaultSubset: optional(
      words('a block of metadata of the default subset'),
      unwritten,
      'What hosts of the default subset have.',
      'all hosts',
    ),
    localityWeightAware: optional(
      trueOrFalse(),
      false,
      'Whether the weights of locality.weighted count in subsets, the fallback included.',
      'false',
    ),
    scaleLocalityWeight: optional(
      trueOrFalse(),
      false,
      'With localityWeightAware: whether a zone weighs in proportion to how many of its hosts are in the subset.',
      'false',
    ),
  };
  return block('a subset', fields, {
    make: ({ match, defaultSubset, ...others }, site) => ({
      settings: { ...others, defaultSubset: toRecord(defaultSubset), match: toRecord(match) },
      offset: site.offset(null),
      ...{ match, defaultSubset },
    }),
  });
}

function selectorForm(): Form<SubsetSelector> {
  const keys = (what: string) =>
    list(what, placed(name('a key of metadata', 'stage')), { min: 1, max: limits.subsetKeys });
  const fields = {
    keys: required(keys('a list of keys'), 'Keys of metadata: hosts with equal values are a subset.'),
    fallback: optional(
      choice(['none', 'any', 'default', 'keys']),
      null,
      'Instead of the fallback of all; keys: ask once more, with fallbackKeys alone.',
      'that of all',
    ),
    fallbackKeys: optional(keys('a list of fallback keys'), null, 'Some of keys, for fallback: keys.', 'none'),
  };
  const form = block('a selector', fields, {
    check: checkSelector,
    make: (values) => ({
      keys: values.keys.map(({ value }) => value),
      ...(values.fallback === null ? {} : { fallback: values.fallback }),
      ...(values.fallbackKeys === null ? {} : { fallbackKeys: values.fallbackKeys.map(({ value }) => value) }),
    }),
  });
  return { ...form, example: '{ keys: [stage] }' };
}

type SelectorValues = {
  readonly keys?: readonly Placed<string>[] | undefined;
  readonly fallback?: string | null | undefined;
  readonly fallbackKeys?: readonly Placed<string>[] | null | undefined;
};

function checkSelector({ keys, fallback, fallbackKeys }: SelectorValues, site: SelectorSite): void {
  reportRepeated('key', keys ?? [], site, 'remove one of the two');
  if (fallback === 'keys' && fallbackKeys === null) {
    site.report('fallback', "expected 'fallbackKeys' beside fallback: keys, found no such key", 'add fallbackKeys');
  }
  if (fallbackKeys == null) return;
  if (fallback !== undefined && fallback !== 'keys') {
    site.reportKey('fallbackKeys', "expected 'fallbackKeys' beside fallback: keys only", 'write fallback: keys');
    return;
  }
  reportRepeated('key', fallbackKeys, site, 'remove one of the two');
  if (keys === undefined) return;
  const all = keys.map(({ value }) => value);
  reportStrangers(fallbackKeys, all, site.reading);
  if (fallbackKeys.length < all.length) return;
  site.report('fallbackKeys', 'expected fewer keys than in keys, found as many', 'leave one out');
}

type SelectorSite = Pick<Site, 'reading' | 'report' | 'reportKey'>;

function reportStrangers(fallbackKeys: readonly Placed<string>[], keys: readonly string[], reading: Reading): void {
  for (const { value, offset } of fallbackKeys) {
    if (!keys.includes(value)) {
      reading.report(offset, `expected one of the selector's keys, found ${quote(value)}`, suggestion(value, keys));
    }
  }
}

/** Reports what can never be looked at, and a subset that nobody is in. Where a fallback serves, a run warns. */
export function checkSubset(spec: SubsetSpec, fleet: Fleet, reading: Reading): void {
  reading.once(fleet, spec, () => {
    const { selectors, fallback, defaultSubset, match } = spec.settings;
    const known = fleet.instances.filter(({ weight }) => weight > 0).map(({ metadata }) => metadata ?? {});
    const asked = Object.keys(match);
    const selector = selectors.find(
      ({ keys }) => keys.length === asked.length && asked.every((key) => keys.includes(key)),
    );
    if (asked.length > 0 && selector === undefined) {
      reportNoSelector(spec, reading);
      return;
    }
    if (selector !== undefined && known.some((metadata) => has(metadata, match))) return;
    const by = selector?.fallback ?? fallback;
    if (by === 'none') reportNobody(spec, known, reading);
    if (by === 'default' && !known.some((metadata) => has(metadata, defaultSubset))) {
      reportUnmatched(spec.defaultSubset, known, 'so nobody could be picked', reading);
    }
  });
}

function reportNoSelector({ settings, match, offset }: SubsetSpec, reading: Reading): void {
  const asked = match.map((entry) => entry.name).join(', ');
  const selectors = settings.selectors.map(({ keys }) => `[${keys.join(', ')}]`).join(', ');
  const message = `expected a selector with exactly the keys of match, ${asked}, found ${selectors}`;
  reading.report(match[0]?.nameOffset ?? offset, message, `add { keys: [${asked}] } to selectors`);
}

function reportNobody({ match, offset }: SubsetSpec, known: readonly Metadata[], reading: Reading): void {
  if (match.length > 0) {
    reportUnmatched(match, known, 'and the fallback is none, so nobody could be picked', reading);
    return;
  }
  const message = "expected 'match', or another fallback than none, found neither: nobody could be picked";
  reading.report(offset, message, 'add match: { stage: prod } or fallback: any');
}

/** Points at the first value that nobody has, or at the first of values that nobody has together. */
function reportUnmatched(
  wanted: readonly NamedValue<string>[],
  known: readonly Metadata[],
  consequence: string,
  reading: Reading,
): void {
  const [first] = wanted;
  if (first === undefined) return;
  const alone = wanted.find(({ name, value }) => !known.some((metadata) => has(metadata, { [name]: value })));
  const { name, value, nameOffset } = alone ?? first;
  if (alone === undefined) {
    const all = wanted.map((entry) => `${entry.name}: ${entry.value}`).join(', ');
    const message = `expected an instance with all of ${all}, found none; ${consequence}`;
    reading.report(nameOffset, message, 'give one of them to an instance that has the others');
    return;
  }
  const values = new Set(known.flatMap((metadata) => (Object.hasOwn(metadata, name) ? [metadata[name] ?? ''] : [])));
  const fix =
    values.size === 0
      ? `no instance has ${quote(name)}: add metadata: { ${name}: ${value} } to instances`
      : suggestion(value, [...values].slice(0, VALUES_SHOWN));
  const found = `found ${quote(`${name}: ${value}`)}`;
  reading.report(nameOffset, `expected metadata of an instance, ${found}, which none has; ${consequence}`, fix);
}

const VALUES_SHOWN = 20;

function has(metadata: Metadata, wanted: Metadata): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(metadata, key) && metadata[key] === value);
}
