import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { expectedCounts } from '../../../src/report/html/page/expected_counts.ts';
import { narrowed } from '../../../src/report/html/page/latency_band.ts';
import type { LatencyQuantile } from '../../../src/report/html/report_data.ts';

describe('the band around a distribution', () => {
  const quantiles = fc
    .array(fc.tuple(fc.double({ min: 1, max: 1000, noNaN: true }), fc.nat(500), fc.nat(500)), { maxLength: 30 })
    .map((rows) =>
      rows
        .toSorted(([a], [b]) => a - b)
        .map(([ms, below, above], i, all): LatencyQuantile => [(i + 1) / (all.length + 1), ms, ms - below, ms + above]),
    );

  test.prop([quantiles])('rises, holds every quantile, and lies within their own intervals', (points) => {
    const band = narrowed(points);
    expect(band.length).toBe(points.length);
    for (const [i, { share, low, high }] of band.entries()) {
      const [ownShare, ms, ownLow, ownHigh] = points[i];
      expect(share).toBe(ownShare);
      expect(low).toBeGreaterThanOrEqual(ownLow as number);
      expect(high).toBeLessThanOrEqual(ownHigh as number);
      expect(low).toBeLessThanOrEqual(ms);
      expect(high).toBeGreaterThanOrEqual(ms);
      expect(low).toBeGreaterThanOrEqual(band[i - 1]?.low ?? -Infinity);
      expect(high).toBeGreaterThanOrEqual(band[i - 1]?.high ?? -Infinity);
    }
  });

  it('leaves out quantiles that have none', () => {
    expect(
      narrowed([
        [0.5, 10, null, null],
        [0.9, 20, 15, 25],
      ]),
    ).toEqual([{ share: 0.9, low: 15, high: 25 }]);
  });
});

describe('the counts a law expects', () => {
  const law = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 50 })), { minLength: 1, maxLength: 20 })
    .map((steps) => {
      const total = steps.reduce((sum, [, rise]) => sum + rise, 0) || 1;
      let [ms, share] = [0, 0];
      return [
        [0, 0] as [number, number],
        ...steps.map(([on, rise]): [number, number] => {
          ms += on;
          share += rise / total;
          return [ms, share];
        }),
      ];
    });

  test.prop([law, fc.integer({ min: 1, max: 40 })])('are those of all, over bins that hold all', (points, width) => {
    const [end, all] = points[points.length - 1];
    const starts = Array.from({ length: Math.ceil(end / width) + 1 }, (_, i) => i * width);
    const counts = expectedCounts(points, 80, starts, width);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(80 * all, 9);
    for (const count of counts) expect(count).toBeGreaterThanOrEqual(-1e-9);
  });

  it('are in proportion to what lies in a bin', () => {
    const uniform = [
      [10, 0],
      [20, 1],
    ] as const;
    expect(expectedCounts(uniform, 40, [5, 10, 15, 20], 5)).toEqual([0, 20, 20, 0]);
    expect(expectedCounts(uniform, 40, [8, 18], 4)).toEqual([8, expect.closeTo(8, 9)]);
  });
});
