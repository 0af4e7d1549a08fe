import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { latencyCurve } from '../../../src/metrics/estimates/latency_curve.ts';
import { Histogram } from '../../../src/metrics/histogram.ts';

function sampleOf(values: readonly number[]) {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram.packed();
}

describe('the distribution of latency over replications', () => {
  it('holds the truth in 95% of studies, at each of its quantiles', () => {
    // 500 studies: between 92% and 98% lie 3.1 standard errors on either side.
    const studies = 500;
    const held = new Map<number, number>();
    for (let study = 0; study < studies; study++) {
      const random = randomStream(`${study}/latency curve`);
      const runs = Array.from({ length: 8 }, () => sampleOf(Array.from({ length: 400 }, () => random.exponential(1))));
      for (const { q, low, high } of latencyCurve(runs)) {
        const truth = -Math.log1p(-q);
        // A bucket is 1/1024 wide on either side.
        const isIn = (low ?? Infinity) * (1 - 1 / 1024) <= truth && truth <= (high ?? 0) * (1 + 1 / 1024);
        held.set(q, (held.get(q) ?? 0) + Number(isIn));
      }
    }
    expect([...held.keys()]).toEqual(expect.arrayContaining([0.025, 0.05, 0.5, 0.9]));
    for (const [q, count] of held) {
      expect(count / studies, `at ${q}`).toBeGreaterThanOrEqual(0.92);
      expect(count / studies, `at ${q}`).toBeLessThanOrEqual(0.98);
    }
  });

  it('ends where fewer than ten requests a replication are beyond', () => {
    const runs = [1, 2].map((scale) => sampleOf(Array.from({ length: 1000 }, (_, i) => scale * (i + 1))));
    const shares = latencyCurve(runs).map(({ q }) => q);
    expect([shares[0], shares.at(-1)]).toEqual([0.01, 0.99]);
    expect(latencyCurve([])).toEqual([]);
    expect(latencyCurve([sampleOf([])])).toEqual([]);
    expect(latencyCurve(runs.slice(0, 1)).every(({ low, high }) => low === null && high === null)).toBe(true);
  });

  test.prop([fc.array(fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 40 }), { minLength: 2 })])(
    'rises, and lies in its band',
    (values) => {
      const curve = latencyCurve(values.map(sampleOf));
      for (const [i, { q, ms, low, high }] of curve.entries()) {
        expect(low).toBeLessThanOrEqual(ms);
        expect(high).toBeGreaterThanOrEqual(ms);
        if (i > 0) expect(q > curve[i - 1].q && ms >= curve[i - 1].ms).toBe(true);
      }
    },
  );
});
