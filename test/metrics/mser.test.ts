import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { mserTruncation } from '../../src/metrics/mser.ts';
import { ResponseWindows } from '../../src/metrics/response_windows.ts';

describe('MSER', () => {
  it('leaves out a start that is unlike the rest, and nothing of what is alike', () => {
    const steady = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 9 : 11));
    expect(mserTruncation(steady)).toBe(0);
    expect(mserTruncation([50, 40, 30, ...steady])).toBe(3);
    expect(mserTruncation(Array(40).fill(7))).toBe(0);
    expect(mserTruncation([])).toBe(0);
    // What never settles: half is all it may leave out.
    expect(mserTruncation(Array.from({ length: 40 }, (_, i) => i))).toBe(20);
  });

  test.prop([fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 1, maxLength: 60 })])(
    'is the smallest of its statistic by definition, summed up naively',
    (series) => {
      const statistic = (d: number) => {
        const left = series.slice(d);
        const mean = left.reduce((sum, z) => sum + z, 0) / left.length;
        return left.reduce((sum, z) => sum + (z - mean) ** 2, 0) / left.length ** 2;
      };
      const all = Array.from({ length: Math.floor(series.length / 2) + 1 }, (_, d) =>
        d < series.length ? statistic(d) : Infinity,
      );
      const found = mserTruncation(series);
      expect(found).toBeLessThan(all.length);
      // Both sums are of at most 60 squares below 10^6: rounding is below 60^2 x 10^6 x 2^-53.
      expect(all[found] - Math.min(...all)).toBeLessThan(1e-6);
    },
  );
});

describe('windows of responses', () => {
  test.prop([
    fc.double({ min: 1, max: 1e6, noNaN: true }),
    fc.double({ min: 1e-4, max: 100, noNaN: true }),
    fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 50 }),
  ])(
    'are at most 400 of at least 5 expected requests, and hold every response but those of a last one cut short',
    (durationMs, ratePerMs, places) => {
      const windows = new ResponseWindows(durationMs, ratePerMs);
      for (const place of places) windows.done(place * durationMs, 3);
      const { windowMs, sumsMs, counts } = windows.sample();
      expect(counts.length).toBeLessThanOrEqual(400);
      expect(windowMs * ratePerMs).toBeGreaterThanOrEqual(5 * (1 - 1e-12));
      if (durationMs * ratePerMs >= 2000) expect(counts).toHaveLength(400);
      const held = places.filter((place) => Math.floor((place * durationMs) / windowMs) < counts.length).length;
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(held);
      expect(sumsMs.reduce((sum, ms) => sum + ms, 0)).toBe(3 * held);
      expect(durationMs - counts.length * windowMs).toBeLessThan(windowMs * (1 + 1e-9));
    },
  );
});
