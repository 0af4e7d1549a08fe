import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { shortNames } from '../../../src/report/picture/short_names.ts';

const label = (
  strategy: string,
  params: Readonly<Record<string, string | number | boolean>> = {},
  variant: string | null = null,
) => ({
  ...{ strategy, params, variant },
});

it.each([
  ['one column', [label('ring')], ['']],
  ['strategies', [label('ring'), label('random')], ['ring', 'random']],
  [
    'what differs alone',
    [label('ring', { 'load.rate': '1/s' }), label('ring', { 'load.rate': '2/s' })],
    ['rate=1/s', 'rate=2/s'],
  ],
  [
    'blocks by their kind',
    [label('ring', { registry: '{kind: eds}' }), label('ring', { registry: '{kind: dns, ttl: 9s}' })],
    ['eds', 'dns, ttl: 9s'],
  ],
  ['variants', [label('ring', {}, 'now'), label('ring', {}, 'then')], ['now', 'then']],
  [
    'the ends of what is long',
    [label(`${'a'.repeat(40)}1`), label(`${'a'.repeat(40)}2`)],
    ['aaaaaaaaaaaa...aaaa1', 'aaaaaaaaaaaa...aaaa2'],
  ],
  [
    'numbers where that says nothing',
    [label(`${'a'.repeat(20)}1${'a'.repeat(20)}`), label(`${'a'.repeat(20)}2${'a'.repeat(20)}`)],
    ['column 1', 'column 2'],
  ],
])('short names are of %s', (_, labels, names) => {
  expect(shortNames(labels, 20)).toEqual(names);
});

test.prop([
  fc.uniqueArray(fc.string({ minLength: 1, maxLength: 60 }), { minLength: 2, maxLength: 8 }),
  fc.integer({ min: 10, max: 30 }),
])('short names fit, and tell apart', (strategies, most) => {
  const names = shortNames(
    strategies.map((strategy) => label(strategy)),
    most,
  );
  expect(new Set(names).size).toBe(strategies.length);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(most);
});
