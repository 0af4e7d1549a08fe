import { fc, test } from '@fast-check/vitest';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { Histogram } from '../../src/metrics/histogram.ts';

const QUANTILES = [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1];
const YEAR_MS = 365 * 86_400_000;

/** Anything from 1 ns to 30 years, evenly over magnitudes. */
const duration = fc.double({ min: Math.log(1e-6), max: Math.log(30 * YEAR_MS), noNaN: true }).map(Math.exp);
const durations = fc.array(fc.oneof(duration, fc.constant(0)), { minLength: 1, maxLength: 200 });

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Nearest rank on the sorted values. */
function sortedQuantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)];
}

describe('Histogram', () => {
  test.prop([durations])('every quantile is within 1/1024 of the sorted values', (values) => {
    const histogram = histogramOf(values);
    for (const q of QUANTILES) {
      const exact = sortedQuantile(values, q);
      expect(Math.abs((histogram.quantile(q) as number) - exact)).toBeLessThanOrEqual(exact / 1024);
    }
  });

  test.prop([durations, durations])('merging what was packed is merging', (some, others) => {
    const merged = histogramOf(some);
    merged.merge(histogramOf(others));
    const unpacked = new Histogram();
    unpacked.mergePacked(structuredClone(histogramOf(some).packed()));
    unpacked.mergePacked(structuredClone(histogramOf(others).packed()));
    expect(unpacked.buckets()).toEqual(merged.buckets());
    expect([unpacked.count, unpacked.min, unpacked.max]).toEqual([merged.count, merged.min, merged.max]);
    expect(Math.abs((unpacked.mean() as number) - (merged.mean() as number))).toBeLessThanOrEqual(
      1e-13 * (merged.mean() as number),
    );
  });

  test.prop([durations])('mean and maximum are exact', (values) => {
    const histogram = histogramOf(values);
    const mean = values.toSorted((a, b) => a - b).reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs((histogram.mean() as number) - mean)).toBeLessThanOrEqual(1e-13 * mean);
    expect(histogram.max).toBe(Math.max(...values));
  });

  test.prop([durations, durations])('two merged are one that recorded all', (a, b) => {
    const merged = histogramOf(a);
    merged.merge(histogramOf(b));
    const all = histogramOf([...a, ...b]);
    expect(merged.buckets()).toEqual(all.buckets());
    expect([merged.count, merged.min, merged.max]).toEqual([all.count, all.min, all.max]);
    const mean = all.mean() as number;
    expect(Math.abs((merged.mean() as number) - mean)).toBeLessThanOrEqual(1e-13 * mean);
  });

  test.prop([durations])('clearing leaves nothing behind', (values) => {
    const histogram = histogramOf(values);
    histogram.clear();
    expect([histogram.mean(), histogram.quantile(0.5), histogram.buckets()]).toEqual([null, null, []]);
    histogram.record(7);
    expect([histogram.mean(), histogram.quantile(0.99), histogram.max]).toEqual([7, 7, 7]);
  });

  it('sums without losing small durations beside large ones', () => {
    const histogram = new Histogram();
    histogram.record(1e15);
    for (let i = 0; i < 1000; i++) histogram.record(0.01);
    expect((histogram.mean() as number) * 1001).toBeCloseTo(1e15 + 10, 0);
  });

  it('agrees with HdrHistogram on a million lognormal microseconds', () => {
    const random = randomStream('test/histogram');
    const hdr = build({ lowestDiscernibleValue: 1, highestTrackableValue: 2 ** 40, numberOfSignificantValueDigits: 4 });
    const ours = new Histogram();
    for (let i = 0; i < 1_000_000; i++) {
      const normal = Math.sqrt(2 * random.exponential(1)) * Math.cos(2 * Math.PI * random.unit());
      const micros = Math.ceil(Math.exp(9 + normal));
      hdr.recordValue(micros);
      ours.record(micros / 1000);
    }
    for (const percentile of [1, 50, 90, 99, 99.9, 99.99]) {
      const expected = hdr.getValueAtPercentile(percentile) / 1000;
      expect(Math.abs((ours.quantile(percentile / 100) as number) / expected - 1)).toBeLessThan(1 / 1024 + 1e-4);
    }
    expect(ours.mean()).toBeCloseTo(hdr.mean / 1000, 1);
  });

  it('takes the rank that was meant where a product is off by a rounding', () => {
    // 0.07 x 100 is 7.000000000000001 in doubles.
    expect(histogramOf(Array.from({ length: 100 }, (_, i) => i + 1)).quantile(0.07)).toBeCloseTo(7, 1);
  });

  it('keeps what is under a nanosecond as 0, and -0 too', () => {
    expect(histogramOf([-0, 1e-9, 5]).buckets()[0]).toEqual({ valueMs: 0, count: 2 });
    expect(histogramOf([-0, 1e-9, 5]).quantile(0.5)).toBe(0);
  });

  it('keeps what is beyond its range in the last bucket, and the maximum exact', () => {
    const histogram = histogramOf([1e14]);
    expect([histogram.max, histogram.quantile(0.5)]).toEqual([1e14, 1e14]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (value) => {
    expect(() => new Histogram().record(value)).toThrow('duration must be finite and at least 0');
  });

  it('is coarser with fewer sub-buckets, and refuses to add up with a finer one', () => {
    const coarse = new Histogram(2);
    coarse.record(1.01);
    coarse.record(100);
    expect(coarse.quantile(0.5)).toBe(1.125);
    expect(() => coarse.merge(new Histogram())).toThrow('one resolution');
  });
});
