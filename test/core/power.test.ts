import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { power } from '../../src/core/power.ts';

// Measured on glibc 2.36, x86-64, with fused multiply-add and without; V8's ** is another double for each of them.
test.each<[base: number, exponent: number, result: number]>([
  [0.391, 0.3333333333333333, 0.7312382811573165],
  [0.7765714285714286, 0.3333333333333333, 0.9191656852427158],
  [0.0274, 0.6666666666666666, 0.09088670842911671],
  [0.9446833333333333, 0.4, 0.9774949026083958],
  [0.9128198534139128, 1.4285714285714286, 0.8778236012920492],
  [0.586, 0.2, 0.8986271241696585],
  [18, 1.5, 76.36753236814714],
  [382, 1.5, 7466.121349134369],
  [34, 0.3, 2.8803394661274377],
  [88, 0.7, 22.96877695893461],
])('%f^%f as glibc has it', (base, exponent, result) => {
  expect(power(base, exponent)).toBe(result);
});

test('its ends', () => {
  expect(power(1, 0.3)).toBe(1);
  expect(power(7, 0)).toBe(1);
  expect(power(0.3, 1)).toBe(0.3);
  expect(power(0.001, 1000)).toBe(0);
  expect(power(1000, 1000)).toBe(Infinity);
});

describe('is the nearest double', () => {
  const anyBase = fc.oneof(
    fc.double({ min: 1e-4, max: 1, minExcluded: true, noNaN: true }),
    fc.double({ min: 1, max: 1e4, noNaN: true }),
    fc.integer({ min: 1, max: 10_000 }),
    fc.integer({ min: -1000, max: 1000 }).map((ulps) => 1 + ulps * 2 ** -52),
  );
  const anyExponent = fc.oneof(
    fc.double({ min: -12, max: 12, noNaN: true }),
    fc.integer({ min: 1, max: 40 }).map((tenths) => 10 / tenths),
  );

  propertyTest.prop([anyBase, anyExponent], { numRuns: 500 })('to the power in 300 bits', (base, exponent) => {
    expect(power(base, exponent)).toBe(naive(base, exponent));
  });

  propertyTest.prop([fc.integer({ min: 2, max: 2 ** 17 })])('to squares and their roots', (root) => {
    expect(power(root, 2)).toBe(root * root);
    expect(power(root * root, 0.5)).toBe(root);
    expect(power(root * root, 1.5)).toBe(root * root * root);
  });
});

/** By whole numbers with so many bits after the point. */
const BITS = 300n;
const ONE = 1n << BITS;

function naive(base: number, exponent: number): number {
  return nearest(expOf((logOf(fixed(base)) * fixed(exponent)) >> BITS));
}

function fixed(x: number): bigint {
  let [whole, shift] = [x, BITS];
  for (; !Number.isInteger(whole); whole *= 2) shift--;
  return BigInt(whole) << shift;
}

/** ln x = 2 artanh((x - 1) / (x + 1)), term by term. */
function logOf(x: bigint): bigint {
  if (x > 2n * ONE) return logOf(x >> 1n) + LN2;
  if (x < ONE >> 1n) return logOf(x << 1n) - LN2;
  return byTerms(x);
}

function byTerms(x: bigint): bigint {
  const s = ((x - ONE) << BITS) / (x + ONE);
  let [sum, term] = [0n, s];
  for (let k = 1n; term !== 0n && term !== -1n; k += 2n) {
    sum += term / k;
    term = (((term * s) >> BITS) * s) >> BITS;
  }
  return 2n * sum;
}

const LN2 = byTerms(2n * ONE);

/** The series, for a 2^16th of x, and its 2^16th power. */
function expOf(x: bigint): bigint {
  let [sum, term] = [0n, ONE];
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    sum += term;
    term = ((term * (x >> 16n)) >> BITS) / k;
  }
  for (let i = 0; i < 16; i++) sum = (sum * sum) >> BITS;
  return sum;
}

/** Rounded in 53 bits; BigInt to Number rounds to nearest. */
function nearest(x: bigint): number {
  return Number(x) / 2 ** Number(BITS);
}
