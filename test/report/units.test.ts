import { describe, expect, it } from 'vitest';
import { human, humanDifference, humanMs, humanPercent, intervalText, plusMinus } from '../../src/report/units.ts';

describe('human units', () => {
  it.each([
    [0, '0 ms'],
    [0.4123, '0.412 ms'],
    [812.4, '812 ms'],
    [999.9, '1 s'],
    [3217, '3.22 s'],
    [119_999, '120 s'],
    [600_000, '10 min'],
    [86_400_000, '24 h'],
    [-42, '-42 ms'],
  ])('%d ms is %s', (ms, text) => expect(humanMs(ms)).toBe(text));

  it.each([
    [1, '100%'],
    [0, '0%'],
    [0.99921, '99.921%'],
    [0.004, '0.40%'],
    [0.5, '50%'],
    [0.999999999, '100.0000%'],
  ])('a share of %d is %s', (share, text) => expect(human(share, 'share')).toBe(text));

  it('counts in groups of three, and means of counts with their fraction while it matters', () => {
    expect(human(1_234_567, 'count')).toBe('1,234,567');
    expect(human(3.5, 'count')).toBe('3.5');
    expect(human(null, 'count')).toBe('-');
  });

  it('says half of an interval', () => {
    expect(plusMinus(790, 833, 'ms')).toBe('±22 ms');
    expect(plusMinus(0.99, 0.994, 'share')).toBe('±0.2%');
    expect(plusMinus(null, null, 'ms')).toBe('');
    expect(plusMinus(5, 5, 'count')).toBe('±0');
    // What is smaller than can be shown is not nothing, which is said of what is identical.
    expect(plusMinus(0.9999999, 1, 'ratio')).toBe('±0.000001');
    expect(plusMinus(0.999999999, 1, 'share')).toBe('±0.000001%');
    expect(plusMinus(5200, null, 'ms')).toBe('from 5.2 s');
  });

  it('names the ends of a lopsided interval', () => {
    expect(intervalText({ figure: 812, low: 790, high: 833 }, 'ms')).toBe('±22 ms');
    expect(intervalText({ figure: 6000, low: 5000, high: 8100 }, 'ms')).toBe('[5 s, 8.1 s]');
  });

  it('says changes without a sign', () => {
    expect(humanPercent(-0.314)).toBe('31%');
    expect(humanPercent(0.0042)).toBe('0.42%');
    expect(humanPercent(1.314)).toBe('131%');
    expect(humanDifference(0.0371, 'share')).toBe('3.7 points');
  });
});
