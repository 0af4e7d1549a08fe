export type Metadata = Readonly<Record<string, string>>;

/** none: no host; any: all hosts; default: the hosts of the default subset. */
type SubsetFallback = 'none' | 'any' | 'default';

export interface SubsetSelector {
  readonly keys: readonly string[];
  /** keys: ask once more, with `fallbackKeys` alone. Absent: the settings' fallback. */
  readonly fallback?: SubsetFallback | 'keys';
  /** Fewer than `keys`, and some of them. */
  readonly fallbackKeys?: readonly string[];
}

export interface SubsetSettings {
  readonly selectors: readonly SubsetSelector[];
  /** Default none. */
  readonly fallback?: SubsetFallback;
  /** What the hosts of the default subset have in their metadata. Default {}: all hosts. */
  readonly defaultSubset?: Metadata;
  /** What the request asks for. Default {}: nothing, so that the fallback decides. */
  readonly match?: Metadata;
  /** Whether weights of zones count in subsets, the fallback's too. Default false. */
  readonly localityWeightAware?: boolean;
  /** Whether a zone then weighs in proportion to how many of its hosts are in the subset. Default false. */
  readonly scaleLocalityWeight?: boolean;
}

export interface Subset<T> {
  readonly hosts: readonly T[];
  /** match: as asked; otherwise the fallback that was used. */
  readonly by: 'match' | SubsetFallback;
  /** What was asked for in the end: fewer keys than at first where a fallback says so. */
  readonly match: Metadata;
}

/**
 * Envoy's subset load balancing (SubsetLoadBalancer): the hosts a request may go to, in their order. A subset exists only
 * where a selector has exactly the keys asked for and some host has those values. Health plays no part: a subset whose
 * hosts are all unhealthy does not fall back, and panic is a matter among its hosts.
 *
 * As documented, a selector's own fallback is used whenever its keys are asked for. Envoy's code loses it where a
 * selector listed earlier begins with the same keys in alphabetical order (initSubsetSelectorMap).
 */
export function subsetOf<T>(
  hosts: readonly T[],
  metadataOf: (host: T) => Metadata | undefined,
  settings: SubsetSettings,
): Subset<T> {
  const { selectors, fallback = 'none', defaultSubset = {}, match = {} } = settings;
  const having = (wanted: Metadata) => hosts.filter((host) => has(metadataOf(host), wanted));
  const selector = selectors.find(({ keys }) => sameKeys(keys, match));
  if (selector !== undefined) {
    const matching = having(match);
    if (matching.length > 0) return { hosts: matching, by: 'match', match };
  }
  const by = selector?.fallback ?? fallback;
  if (by === 'keys') {
    const fewer = reduced(match, selector?.fallbackKeys ?? []);
    return subsetOf(hosts, metadataOf, { ...settings, match: fewer });
  }
  if (by === 'none') return { hosts: [], by, match };
  return { hosts: by === 'any' ? hosts : having(defaultSubset), by, match };
}

/** What requests ask for, as far as selectors have subsets of it: at first, and with each fallback to fewer keys. */
export function askedFor(settings: SubsetSettings): Metadata[] {
  const { selectors, match = {} } = settings;
  const selector = selectors.find(({ keys }) => sameKeys(keys, match));
  if (selector === undefined) return [];
  const { fallback, fallbackKeys = [] } = selector;
  return fallback === 'keys' ? [match, ...askedFor({ ...settings, match: reduced(match, fallbackKeys) })] : [match];
}

/** What is asked for of these keys. At least one is left out, so that asking anew comes to an end. */
function reduced(match: Metadata, keys: readonly string[]): Metadata {
  const fewer = Object.entries(match).filter(([key]) => keys.includes(key));
  if (fewer.length === Object.keys(match).length) {
    throw new RangeError(`fallbackKeys must be fewer than keys, found ${keys.join(', ')}`);
  }
  return Object.fromEntries(fewer);
}

/** Whether the metadata has all these keys with these values. */
function has(metadata: Metadata = {}, wanted: Metadata): boolean {
  return Object.entries(wanted).every(([key, value]) => metadata[key] === value);
}

/** Whether exactly these keys are asked for, whatever their order. Nothing asked for is no subset. */
function sameKeys(keys: readonly string[], match: Metadata): boolean {
  const distinct = new Set(keys);
  const asked = Object.keys(match);
  return asked.length > 0 && asked.length === distinct.size && asked.every((key) => distinct.has(key));
}
