import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/scenario/suggest.ts';
import {
  formatDuration,
  formatShare,
  isUnreadable,
  parseDuration,
  parseNumber,
  parseRate,
  parseShare,
} from '../../src/scenario/units.ts';

describe('durations', () => {
  test.each([
    ['0s', 0],
    ['250ms', 250],
    ['1.1s', 1_100],
    ['.5s', 500],
    ['2 s', 2_000],
    ['1m30s', 90_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['3us', 0.003],
    ['3µs', 0.003],
    ['7ns', 0.000007],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    ['2', 'give it a unit: write 2s or 2ms'],
    ['0', 'write 0s'],
    ['-5s', 'a duration cannot be negative'],
    ['5sec', 'write 5s'],
    ['5 minutes', 'write 5m'],
    ['5S', 'write 5s'],
    ['30s1m', 'write a number and its unit'],
    ['1m1m', 'write a number and its unit'],
    ['5x', 'write a number and its unit'],
    ['5constructor', 'write a number and its unit'],
    ['', 'write a number and its unit'],
    ['soon', 'write a number and its unit'],
    ['1e3s', 'write a number and its unit'],
    ['Infinity', 'write a number and its unit'],
    ['9'.repeat(100), 'write a number and its unit'],
  ])('%s is refused', (text, fix) => {
    const parsed = parseDuration(text);
    expect(isUnreadable(parsed) ? parsed.fix : parsed).toContain(fix);
  });

  property.prop([fc.double({ min: 0, max: 8.64e11, noNaN: true, noDefaultInfinity: true })])(
    'are read as they are formatted',
    (ms) => {
      const rounded = Number(ms.toPrecision(9)) < 1e-9 ? 0 : Number(ms.toPrecision(9));
      expect(parseDuration(formatDuration(rounded))).toBeCloseTo(rounded, 12 - Math.ceil(Math.log10(rounded + 1)));
    },
  );

  property.prop([fc.nat({ max: 1e9 }), fc.constantFrom('ms', 's', 'm', 'h', 'd')])(
    'of whole numbers are exact',
    (n, unit) => {
      const ms = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[unit] as number;
      expect(parseDuration(`${n}${unit}`)).toBe(n * ms);
      expect(parseDuration(formatDuration(n * ms))).toBe(n * ms);
    },
  );
});

describe('rates', () => {
  test.each([
    ['2000/s', 2],
    ['2k/s', 2],
    ['1.5M/m', 25],
    ['3/ms', 3],
    ['36 /h', 0.00001],
  ])('%s', (text, perMs) => {
    expect(parseRate(text)).toBe(perMs);
  });

  test.each([
    ['2000', 'say per what: write 2000/s'],
    ['100rps', 'say per what: write 100/s'],
    ['5/sec', 'write 5/s'],
    ['-5/s', 'a rate cannot be negative'],
    ['2G/s', 'write a number and /ms'],
    ['/s', 'write a number and /ms'],
  ])('%s is refused', (text, fix) => {
    const parsed = parseRate(text);
    expect(isUnreadable(parsed) ? parsed.fix : parsed).toContain(fix);
  });

  property.prop([fc.integer({ min: 1, max: 1e9 })])('are per millisecond', (n) => {
    expect(parseRate(`${n}/s`)).toBe(n / 1000);
    expect(parseRate(`${n}k/s`)).toBe(n);
  });
});

describe('shares', () => {
  test.each([
    ['10%', 0.1],
    ['0%', 0],
    ['100%', 1],
    ['0.7 %', 0.007],
  ])('%s', (text, share) => {
    expect(parseShare(text)).toBe(share);
  });

  test.each([
    ['0.05', 'write 5%'],
    ['50', 'write 50%'],
    ['1', 'write 1% or 100%'],
    ['0', 'write 0%'],
    ['101%', 'write a share from 0% to 100%'],
    ['-1%', 'write a share from 0% to 100%'],
  ])('%s is refused', (text, fix) => {
    const parsed = parseShare(text);
    expect(isUnreadable(parsed) ? parsed.fix : parsed).toBe(fix);
  });

  test('may be bare where the field says Percent', () => {
    expect(parseShare('10', true)).toBe(0.1);
    expect(parseShare('10%', true)).toBe(0.1);
    expect(isUnreadable(parseShare('101', true))).toBe(true);
  });

  property.prop([fc.nat({ max: 1000 })])('are read as they are formatted', (n) => {
    expect(parseShare(formatShare(n / 1000))).toBe(n / 1000);
  });
});

test('numbers are decimal and finite, nothing else', () => {
  expect(['3', '-0.5', '1e3', '.5', '5.'].map(parseNumber)).toStrictEqual([3, -0.5, 1_000, 0.5, 5]);
  const refused = [
    '',
    '-',
    '.',
    '0x1F',
    '0o17',
    '010',
    '1_000',
    '1e999',
    '.inf',
    '.nan',
    'Infinity',
    'NaN',
    '1:30',
    '٣',
  ];
  expect(refused.filter((text) => !isUnreadable(parseNumber(text)))).toStrictEqual([]);
});

describe('suggestions', () => {
  test('are near, in whatever case and joined however', () => {
    const known = ['unhealthyThreshold', 'healthyThreshold', 'interval'];
    expect(nearest('unhealthy_threshold', known)).toBe('unhealthyThreshold');
    expect(nearest('intreval', known)).toBe('interval');
    expect(nearest('timeout', known)).toBeNull();
    expect(nearest('x'.repeat(1_000_000), known)).toBeNull();
  });

  test('a word of two letters resembles itself and its plural alone', () => {
    expect(nearest('id', ['by', 'ids'])).toBe('ids');
    expect(nearest('d', ['a', 'b'])).toBeNull();
    expect(nearest('B', ['a', 'b'])).toBe('b');
  });

  test('edit distance', () => {
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('ab', 'ba')).toBe(1);
  });
});
