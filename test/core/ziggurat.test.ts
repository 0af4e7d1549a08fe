import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { exponentialZiggurat } from '../../src/core/ziggurat.ts';
import { ksDistance, ksLimit, mean } from './bounds.ts';

/** Where the last layer ends and the tail begins, for 256 layers (Marsaglia & Tsang 2000). */
const TAIL_START = 7.69711747013105;
const n = 2_000_000;
const random = randomStream('ziggurat');
const sample = Array.from({ length: n }, () => random.exponential(1));
const law = (x: number) => -Math.expm1(-x);

describe('exponential variates', () => {
  it('follow the exponential law (Kolmogorov-Smirnov)', () => {
    expect(sample.every((x) => x >= 0 && Number.isFinite(x))).toBe(true);
    expect(ksDistance(sample, law)).toBeLessThan(ksLimit(n));
  });

  it('have mean 1 and variance 1', () => {
    // Of the mean of n: variance 1/n. Of the mean square about 1: (fourth central moment 9 - 1)/n.
    expect(Math.abs(mean(sample) - 1)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(mean(sample.map((x) => (x - 1) ** 2)) - 1)).toBeLessThan(5 * Math.sqrt(8 / n));
  });

  it('reach past the start of the tail as often as they should, and begin anew there', () => {
    const tail = sample.filter((x) => x > TAIL_START).map((x) => x - TAIL_START);
    const wanted = n * Math.exp(-TAIL_START);
    expect(Math.abs(tail.length - wanted)).toBeLessThan(5 * Math.sqrt(wanted));
    expect(ksDistance(tail, law)).toBeLessThan(ksLimit(tail.length));
  });

  it('follow the law inside every unit interval too, where a misplaced layer would show', () => {
    for (let from = 0; from < 8; from++) {
      const inside = sample.filter((x) => x >= from && x < from + 1).map((x) => x - from);
      expect(ksDistance(inside, (x) => law(x) / law(1))).toBeLessThan(ksLimit(inside.length));
    }
  });

  it('are independent of one another', () => {
    const products = sample.slice(1).map((x, i) => (x - 1) * ((sample[i] ?? 0) - 1));
    expect(Math.abs(mean(products))).toBeLessThan(5 / Math.sqrt(n));
  });

  it('accept in the wedge of each layer under the curve and nowhere else', () => {
    const area = 0.003949659822581557;
    let right = TAIL_START;
    for (let layer = 1; layer < 255; layer++) {
      const low = Math.exp(-right);
      const next = -Math.log(area / right + low);
      const word = Math.floor(((next + right) / 2 / right) * 2 ** 32);
      const x = (word / 2 ** 32) * right;
      const underCurve = (Math.exp(-x) - low) / (Math.exp(-next) - low);
      const tryAt = (u: number) => {
        // Where the wedge refuses, the next draws give 0.
        const script = [layer, word, Math.floor(u * 2 ** 32), 1, 0];
        return exponentialZiggurat({ int32: () => script.shift() ?? Number.NaN });
      };
      expect(tryAt(underCurve - 1e-6)).toBeCloseTo(x, 9);
      expect(tryAt(underCurve + 1e-6)).toBe(0);
      right = next;
    }
  });

  it('scale with the mean', () => {
    const [a, b] = [randomStream('scale'), randomStream('scale')];
    for (let i = 0; i < 100; i++) expect(b.exponential(250)).toBe(250 * a.exponential(1));
  });

  it('stay finite for the extremes of the raw draws', () => {
    for (const word of [-1, 0x7fffffff, -0x80000000]) {
      for (const layer of [0, 1, 254, 255]) {
        // The word given, then zeros, which every layer accepts in the end.
        const script = [layer, word, word];
        const x = exponentialZiggurat({ int32: () => script.shift() ?? 0 });
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThan(TAIL_START + 23);
      }
    }
  });
});
