import { describe, expect, test } from 'vitest';
import { type Metadata, type SubsetSettings, subsetOf } from '../../src/balancer/subset.ts';

/** The places of the hosts in the list, and why. */
function subset(hosts: readonly (Metadata | undefined)[], settings: SubsetSettings): string {
  const places = hosts.map((metadata, place) => ({ metadata, place }));
  const found = subsetOf(places, (host) => host.metadata, settings);
  return `${found.by}: ${found.hosts.map(({ place }) => place).join(' ')}`.trimEnd();
}

describe("Envoy's documentation", () => {
  // docs: load_balancing/subsets.rst
  const hosts = [
    { v: '1.0', stage: 'prod' },
    { v: '1.0', stage: 'prod' },
    { v: '1.1', stage: 'canary' },
    { v: '1.2-pre', stage: 'dev' },
  ];
  const settings: SubsetSettings = {
    fallback: 'default',
    defaultSubset: { stage: 'prod' },
    selectors: [{ keys: ['v', 'stage'] }, { keys: ['stage'], fallback: 'none' }],
  };

  test.each<[Metadata, string]>([
    [{ stage: 'canary' }, 'match: 2'],
    [{ v: '1.2-pre', stage: 'dev' }, 'match: 3'],
    [{ v: '1.0' }, 'default: 0 1'],
    [{ other: 'x' }, 'default: 0 1'],
    [{}, 'default: 0 1'],
    [{ stage: 'test' }, 'none:'],
  ])('%j: %s', (match, expected) => {
    expect(subset(hosts, { ...settings, match })).toBe(expected);
  });
});

describe("Envoy's subset_test.cc", () => {
  test('NoFallback, FallbackAnyEndpoint, FallbackDefaultSubset, and one that is empty', () => {
    const hosts = [{ version: 'new' }, { version: 'default' }];
    expect(subset(hosts, { selectors: [] })).toBe('none:');
    expect(subset(hosts, { selectors: [], fallback: 'any' })).toBe('any: 0 1');
    expect(subset(hosts, { selectors: [], fallback: 'default', defaultSubset: { version: 'default' } })).toBe(
      'default: 1',
    );
    expect(subset(hosts, { selectors: [], fallback: 'default' })).toBe('default: 0 1');
    expect(subset(hosts, { selectors: [], fallback: 'default', defaultSubset: { version: 'none' } })).toBe('default:');
  });

  test('FallbackOnUnknownMetadata, SubsetSelectorFallbackOverridesTopLevelOne', () => {
    const hosts = [{ version: 'old' }, { version: 'new' }];
    const selectors = [{ keys: ['version'] }];
    expect(subset(hosts, { selectors, fallback: 'any', match: { unknown: 'unknown' } })).toBe('any: 0 1');
    expect(subset(hosts, { selectors, fallback: 'any', match: { version: 'unknown' } })).toBe('any: 0 1');
    const own = [{ keys: ['version'], fallback: 'none' as const }];
    expect(subset(hosts, { selectors: own, fallback: 'any', match: { unknown: 'unknown' } })).toBe('any: 0 1');
    expect(subset(hosts, { selectors: own, fallback: 'any', match: { version: 'unknown' } })).toBe('none:');
  });

  // BalancesOverlappingSubsets, BalancesNestedSubsets
  test.each<[string[], Metadata, string]>([
    [['version'], { version: '1.0' }, 'match: 0 1 2'],
    [['version'], { version: '1.0', stage: 'prod' }, 'match: 0 1'],
    [['version'], { version: '999', stage: 'dev' }, 'match: 4'],
    [['version'], { version: '2.0', stage: 'prod' }, 'none:'],
    [['stage'], { stage: 'prod' }, 'match: 0 1 3'],
    [['stage'], { version: '1.0', stage: 'prod' }, 'match: 0 1'],
    [['stage'], { stage: 'larval' }, 'none:'],
  ])('besides stage and version %j: %j: %s', (keys, match, expected) => {
    const hosts = [
      { version: '1.0', stage: 'prod' },
      { version: '1.0', stage: 'prod' },
      { version: '1.0', stage: 'off' },
      { version: '1.1', stage: 'prod' },
      { version: '999', stage: 'dev' },
    ];
    expect(subset(hosts, { selectors: [{ keys: ['stage', 'version'] }, { keys }], match })).toBe(expected);
  });

  test('IgnoresUnselectedMetadata, IgnoresHostsWithoutMetadata', () => {
    const hosts = [{ version: '1.0', stage: 'ignored' }, { ignore: 'value' }, undefined, { version: '1.0' }];
    const selectors = [{ keys: ['version'] }];
    expect(subset(hosts, { selectors, match: { version: '1.0' } })).toBe('match: 0 3');
    expect(subset(hosts, { selectors, match: { ignore: 'value' } })).toBe('none:');
  });

  test.each<[Metadata, string]>([
    [{ version: '1.0' }, 'match: 1'],
    [{ version: 'x' }, 'default: 3'],
    [{ app: 'envoy' }, 'match: 2'],
    [{ app: 'ngnix' }, 'any: 0 1 2 3'],
    [{ foo: 'abc' }, 'match: 3'],
  ])('SubsetSelectorDefaultAnyFallbackPerSelector: %j: %s', (match, expected) => {
    const hosts = [{ version: '0.0' }, { version: '1.0' }, { app: 'envoy' }, { foo: 'abc', bar: 'default' }];
    const settings: SubsetSettings = {
      defaultSubset: { bar: 'default' },
      selectors: [{ keys: ['version'], fallback: 'default' }, { keys: ['app'], fallback: 'any' }, { keys: ['foo'] }],
    };
    expect(subset(hosts, { ...settings, match })).toBe(expected);
  });

  test.each<[Metadata, string]>([
    [{ version: '1.0', hardware: 'c32' }, 'match: 0 1'],
    [{ version: 'x', hardware: 'c32' }, 'default: 1'],
    [{ version: '2.0', hardware: 'zzz', stage: 'dev' }, 'none:'],
    [{ version: '2.0', hardware: 'c32', stage: 'x' }, 'none:'],
    [{ version: '2.0', hardware: 'c32', stage: 'dev' }, 'match: 2'],
    [{ version: '2.0' }, 'match: 2 3'],
    [{ version: '2.0', stage: 'dev' }, 'match: 2'],
    [{ version: '2.0', stage: 'canary' }, 'match: 2 3'],
  ])('FallbackForCompoundSelector: %j: %s', (match, expected) => {
    const hosts = [
      { version: '1.0', hardware: 'c32' },
      { version: '1.0', hardware: 'c32', foo: 'bar' },
      { version: '2.0', hardware: 'c32', stage: 'dev' },
      { version: '2.0' },
    ];
    const settings: SubsetSettings = {
      fallback: 'any',
      defaultSubset: { foo: 'bar' },
      selectors: [
        { keys: ['version'] },
        { keys: ['version', 'hardware', 'stage'], fallback: 'none' },
        { keys: ['version', 'hardware'], fallback: 'default' },
        { keys: ['version', 'stage'], fallback: 'keys', fallbackKeys: ['version'] },
      ],
    };
    expect(subset(hosts, { ...settings, match })).toBe(expected);
  });

  test.each<[Metadata, string]>([
    [{ version: '1.0', hardware: 'c32', stage: 'dev' }, 'match: 0'],
    [{ version: '2.0', hardware: 'arm', stage: 'dev' }, 'match: 1'],
    [{ version: '1.2', hardware: 'arm', stage: 'dev' }, 'match: 0 1'],
    [{ version: '1.2', hardware: 'arm', stage: 'none' }, 'none:'],
  ])('KeysSubsetFallbackChained: %j: %s', (match, expected) => {
    const hosts = [
      { version: '1.0', hardware: 'c32', stage: 'dev' },
      { version: '2.0', hardware: 'c64', stage: 'dev' },
      { version: '1.0', hardware: 'c32', stage: 'test' },
    ];
    const settings: SubsetSettings = {
      selectors: [
        { keys: ['stage'], fallback: 'none' },
        { keys: ['stage', 'version'], fallback: 'keys', fallbackKeys: ['stage'] },
        { keys: ['stage', 'version', 'hardware'], fallback: 'keys', fallbackKeys: ['version', 'stage'] },
      ],
    };
    expect(subset(hosts, { ...settings, match })).toBe(expected);
  });

  test('KeysSubsetFallbackToNotExistingSelector, and fallback keys that are no fewer', () => {
    const settings: SubsetSettings = { selectors: [], fallback: 'any', match: { version: '1.0', stage: 'test' } };
    const selector = { keys: ['stage', 'version'], fallback: 'keys' as const };
    const hosts = [{ version: '1.0', stage: 'dev' }];
    expect(subset(hosts, { ...settings, selectors: [{ ...selector, fallbackKeys: ['stage'] }] })).toBe('any: 0');
    expect(() => subset(hosts, { ...settings, selectors: [{ ...selector, fallbackKeys: selector.keys }] })).toThrow(
      'fallbackKeys must be fewer',
    );
  });
});

test('a selector without keys selects nothing', () => {
  expect(subset([{}, { version: '1.0' }], { selectors: [{ keys: [] }] })).toBe('none:');
});
