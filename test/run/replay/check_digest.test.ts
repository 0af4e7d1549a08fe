import { describe, expect, it } from 'vitest';
import { mismatchOf, savedRunOf } from '../../../src/run/replay/check_digest.ts';

const cell = {
  strategy: 'ring',
  variant: null,
  params: { 'load.rate': '1/s' },
  seed: 4,
  digest: 'd',
  inputDigest: 'i',
};
const document = { schema: 1, scenario: 'x', version: '1.2.3', cells: [cell, { ...cell, seed: 5, digest: 'e' }] };
const { strategy, variant, params } = cell;
const label = { strategy, variant, params };

describe('a saved run', () => {
  it('is found by scenario, column and seed', () => {
    expect(savedRunOf(document, 'x', label, 5)).toEqual({ digest: 'e', inputDigest: 'i', version: '1.2.3' });
  });

  it('is found whatever the order of the axes', () => {
    const two = { ...cell, params: { 'load.rate': '1/s', 'callers.count': 2 } };
    const turned = { ...label, params: { 'callers.count': 2, 'load.rate': '1/s' } };
    expect(savedRunOf({ ...document, cells: [two] }, 'x', turned, 4)).toMatchObject({ digest: 'd' });
  });

  it('may be missing between others, where a study was interrupted', () => {
    const gap = { ...document, cells: [4, 7].map((seed) => ({ ...cell, seed })) };
    expect(() => savedRunOf(gap, 'x', label, 5)).toThrow(/with seeds 4 to 7 but for 2 of them, not 5$/);
  });

  it.each([
    ['no result', [], 'x', label, 4, /^it is no result.json/],
    ['cells without digests', { cells: [{}] }, 'x', label, 4, /^it is no result.json/],
    ['another scenario', document, 'y', label, 4, /^it is of the scenario 'x', not of 'y'/],
    ['another seed', document, 'x', label, 6, /with seeds 4 to 5, not 6$/],
    ['another strategy', document, 'x', { ...label, strategy: 'random' }, 4, /no cell of this column/],
    ['another parameter', document, 'x', { ...label, params: {} }, 4, /no cell of this column/],
  ])('is not found in %s', (_, given, scenario, column, seed, message) => {
    expect(() => savedRunOf(given, scenario, column, seed)).toThrow(message);
  });
});

describe('a digest that differs', () => {
  const saved = { digest: 'd', inputDigest: 'i', version: '1' };
  it.each([
    [{ ...saved, inputDigest: 'j' }, /its input differs too/],
    [{ ...saved, version: '2' }, /two versions/],
    [{ ...saved, digest: 'e' }, /input and version are the same/],
  ])('is explained by what else differs: %o', (found, words) => {
    expect(mismatchOf(saved, found)).toMatch(words);
  });
});
