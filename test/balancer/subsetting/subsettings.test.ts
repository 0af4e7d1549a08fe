import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { subsettingNamed, subsettings } from '../../../src/balancer/subsetting/index.ts';
import { callerOf, hostsOf, subset } from './group.ts';

const sizes = fc.record({ n: fc.integer({ min: 1, max: 40 }), callers: fc.integer({ min: 1, max: 20 }) });

describe.each(subsettings)('$name', (kind) => {
  const options = 'size' in kind.options ? { size: 5 } : {};

  test('gives each host a factor from 0 to 1, uses somebody, and says the same again', () =>
    fc.assert(
      fc.property(sizes, fc.nat(), ({ n, callers }, at) => {
        const hosts = hostsOf(Array(n).fill(1));
        const subsetting = callerOf(kind, options, at % callers, callers);
        const factors = subsetting.select(hosts);
        expect(factors).toHaveLength(n);
        for (const factor of factors) if (!(factor >= 0 && factor <= 1)) expect.fail(`a factor of ${factor}`);
        expect(subset(factors).length).toBeGreaterThan(0);
        expect(subsetting.select(hosts)).toEqual(factors);
      }),
    ));

  test('selects nobody of none', () => {
    expect(callerOf(kind, options, 2, 3).select([])).toEqual([]);
  });

  test('refuses a caller that is not of its group', () => {
    expect(() => callerOf(kind, options, 3, 3)).toThrow(RangeError);
    expect(() => callerOf(kind, options, -1, 3)).toThrow(RangeError);
    expect(() => callerOf(kind, options, 0.5, 3)).toThrow(RangeError);
  });
});

test('kinds have distinct names, and an unknown one lists them', () => {
  expect(new Set(subsettings.map(({ name }) => name)).size).toBe(subsettings.length);
  expect(() => subsettingNamed('none')).toThrow(/deterministic-aperture, random-aperture, rendezvous, deterministic/);
});
