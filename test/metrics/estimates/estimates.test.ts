import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { metrics } from '../../../src/metrics/catalogue.ts';
import { eventsEstimate } from '../../../src/metrics/estimates/events.ts';
import { jainEstimate } from '../../../src/metrics/estimates/jain.ts';
import { shareEstimate } from '../../../src/metrics/estimates/logit.ts';
import { chiSquaredQuantile, poissonInterval } from '../../../src/metrics/estimates/poisson.ts';
import { createResampling, expandedPercentiles, RESAMPLES } from '../../../src/metrics/estimates/resampling.ts';
import { Histogram } from '../../../src/metrics/histogram.ts';
import { kaplanMeier, restrictedMean, survivalQuantile } from '../../../src/metrics/kaplan_meier.ts';
import { detectReplication, estimateOf, latencyReplication } from './replications.ts';

describe("Poisson's exact interval", () => {
  it.each([
    // Garwood's method: R's pois.exact (epitools), and GraphPad's page on the interval of a count.
    [0, 0, 3.689],
    [25, 16.18, 36.9],
    // Pearson and Hartley, Biometrika Tables I, table 40.
    [1, 0.0253, 5.57],
    [10, 4.8, 18.39],
  ])('of %i events is [%d, %d]', (count, low, high) => {
    const interval = poissonInterval(count);
    expect(interval.low).toBeCloseTo(low, 2);
    expect(interval.high).toBeCloseTo(high, 2);
  });

  it.each([
    // Any table of chi-squared.
    [0.99, 9, 21.666],
    [0.95, 1, 3.841],
    [0.975, 10, 20.483],
  ])('rests on chi-squared: %d of %i degrees of freedom is %d', (p, df, quantile) => {
    expect(chiSquaredQuantile(p, df)).toBeCloseTo(quantile, 3);
  });
});

describe('events', () => {
  it('that never happened are 0, below 3/R a run', () => {
    expect(eventsEstimate(new Array(10).fill(0))).toMatchObject({
      ...{ point: 0, low: 0, high: 0.3, n: 10, method: 'poisson', note: '0, below 0.3 a run' },
    });
  });

  it('that are rare have the exact interval of the pool', () => {
    const { low, high, method, point } = eventsEstimate([1, 0, 2, 0, 0, 3, 1, 1, 0, 2]);
    expect([point, method]).toEqual([1, 'poisson']);
    expect(low).toBeCloseTo(0.48, 2);
    expect(high).toBeCloseTo(1.839, 2);
  });

  it("that come in clusters, or are many, have Student's", () => {
    expect(eventsEstimate([0, 0, 0, 12, 0]).method).toBe('student');
    expect(eventsEstimate([10, 11, 12]).method).toBe('student');
    expect(eventsEstimate([0, 0, 0, 12, 0]).low).toBe(0);
  });

  it('that are as many in all seeds say so, and one run has no interval', () => {
    expect(eventsEstimate([4, 4, 4])).toMatchObject({ point: 4, low: 4, high: 4, note: 'identical in all seeds' });
    expect(eventsEstimate([0])).toMatchObject({ point: 0, low: null, high: null, note: null });
  });
});

describe('shares and Jain', () => {
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 20 });

  test.prop([shares])('a share and its interval stay within 0 and 1', (values) => {
    const { point, low, high } = shareEstimate(values);
    if (new Set(values).size === 1) return;
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
    expect(low as number).toBeLessThanOrEqual((point as number) + 1e-12);
    expect(high as number).toBeGreaterThanOrEqual((point as number) - 1e-12);
  });

  // In parts of 2^20, of which 1 less the share is exact: of 5e-16 a tenth is lost.
  const exactShares = fc.array(
    fc.nat(2 ** 20).map((parts) => parts / 2 ** 20),
    { minLength: 2, maxLength: 20 },
  );

  test.prop([exactShares])('failures mirror successes', (values) => {
    const [failed, ok] = [shareEstimate(values), shareEstimate(values.map((value) => 1 - value))];
    if (failed.method !== 'logit') return;
    expect(ok.low).toBeCloseTo(1 - (failed.high as number), 9);
    expect(ok.high).toBeCloseTo(1 - (failed.low as number), 9);
  });

  it('Jain is 1 / (1 + the mean of CV^2), its interval that of CV^2, and never above 1', () => {
    // CV^2 of 1 and 3: mean 2, half-width 12.706.
    const { point, low, high } = jainEstimate([1 / 2, 1 / 4]);
    expect(point).toBeCloseTo(1 / 3, 12);
    expect(low).toBeCloseTo(1 / (1 + 2 + 12.706), 5);
    expect(high).toBe(1);
  });
});

describe('quantiles of latency', () => {
  it('are of all requests together, with the scatter of those of the runs', () => {
    const runs = [latencyReplication([1, 1, 1, 1]), latencyReplication([2, 2]), latencyReplication([3, 3])];
    const { point, low, high, method, n } = estimateOf('latency.p99', runs);
    const merged = new Histogram();
    for (const value of [1, 1, 1, 1, 2, 2, 3, 3]) merged.record(value);
    expect([point, method, n]).toEqual([merged.quantile(0.99), 'merged-histogram', 3]);
    // About 3: -2, -1 and 0; t(0.975, 2) = 4.3027.
    const half = 4.302652729749464 * Math.sqrt(5 / 2 / 3);
    expect(low).toBe(0);
    expect((high as number) - (point as number)).toBeCloseTo(half, 1);
  });
});

describe('times of pairs', () => {
  const times = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { maxLength: 8 });
  const runs = fc.array(fc.record({ events: times, censored: times }), { minLength: 2, maxLength: 8 });

  test.prop([runs])('are estimated by the curve of all pairs together', (pairs) => {
    const [events, censored] = [pairs.flatMap((run) => run.events), pairs.flatMap((run) => run.censored)];
    if (events.length + censored.length === 0) return;
    const curve = kaplanMeier(events, censored);
    const replications = pairs.map((run) => detectReplication(run));
    const median = estimateOf('failover.detect.p50', replications);
    expect(median.point).toBe(survivalQuantile(curve, 0.5) ?? Number.POSITIVE_INFINITY);
    expect(median.beyond).toBe(survivalQuantile(curve, 0.5) === null ? curve.longest : null);
    const mean = estimateOf('failover.detect.mean', replications);
    expect(mean.point).toBe(restrictedMean(curve));
    expect(estimateOf('failover.detect.mean', replications)).toEqual(mean);
  });

  test.prop([runs.filter((all) => all.every(({ events }) => events.length > 0)), fc.integer({ min: 1, max: 1000 })])(
    'scale with the clock',
    (pairs, factor) => {
      const scaled = pairs.map(({ events, censored }) => ({
        events: events.map((time) => time * factor),
        censored: censored.map((time) => time * factor),
      }));
      const [one, other] = [pairs, scaled].map((all) =>
        estimateOf(
          'failover.detect.mean',
          all.map((run) => detectReplication(run)),
        ),
      );
      for (const end of ['low', 'high'] as const) {
        expect((other[end] as number) / factor).toBeCloseTo(one[end] as number, 5);
      }
    },
  );

  it('have no interval of the p99 with fewer than 500 pairs or 30 events, but the longest and how many', () => {
    const run = (faults: number, pairs: number) =>
      detectReplication({ events: Array.from({ length: pairs }, (_, i) => 1000 + i), censored: [] }, faults);
    const p99 = (faults: number, pairs: number) =>
      estimateOf(
        'failover.detect.p99',
        Array.from({ length: 3 }, () => run(faults, pairs)),
      );
    expect(p99(1, 100)).toMatchObject({ low: null, high: null, note: 'only 3 events: 300 pairs, longest 1100 ms' });
    expect(p99(10, 100)).toMatchObject({ low: null, note: 'only 300 pairs: 300 pairs, longest 1100 ms' });
    expect(p99(10, 200).low).not.toBeNull();
  });

  it('have no upper end where some resamples do not get there', () => {
    const early = detectReplication({ events: [1, 2, 3, 4], censored: [] });
    const never = detectReplication({ events: [], censored: [9, 9, 9] });
    const { point, low, high } = estimateOf('failover.detect.p50', [early, early, early, never, never, early]);
    expect(point).toBe(3);
    expect(low).toBeGreaterThan(0);
    expect(high).toBe(Number.POSITIVE_INFINITY);
  });

  it('are resampled nearly alike on a coarse grid', () => {
    // 60,000 pairs, more than a grid has steps; each run is its own 600 quantiles of a law that shifts from run to run.
    const runsOf = (each: number) =>
      Array.from({ length: 100 }, (_, run) =>
        detectReplication({
          events: Array.from({ length: each }, (_, i) => 1000 * -Math.log(1 - (i + 0.5) / each) + 10 * run),
          censored: [],
        }),
      );
    // Of runs that are all shifted by s the mean shifts by the mean of s: its interval is known.
    const { point, low, high } = estimateOf('failover.detect.mean', runsOf(600));
    const s = 10 * Math.sqrt((100 * 101) / 12);
    const half = (1.984 * s) / 10;
    expect(Math.abs((high as number) - (point as number) - half)).toBeLessThan(0.1 * half);
    expect(Math.abs((point as number) - (low as number) - half)).toBeLessThan(0.1 * half);
  });

  it('of a coarse grid hold the point where chance is small and many leave at one time', () => {
    // 200 runs of 400 pairs, all nearly alike: the intervals are narrower than the grid's steps.
    const random = randomStream('coarse');
    const runs = Array.from({ length: 200 }, () =>
      detectReplication({
        events: Array.from({ length: 360 }, () => 4000 + 2000 * random.unit()),
        censored: Array(40).fill(5900),
      }),
    );
    for (const figure of ['mean', 'p90']) {
      const { point, low, high } = estimateOf(`failover.detect.${figure}`, runs);
      expect(low, figure).toBeLessThan(point as number);
      expect(high, figure).toBeGreaterThan(point as number);
    }
  });
});

describe('the bootstrap', () => {
  it('depends on its seed alone', () => {
    expect(createResampling(7)(10)).toEqual(createResampling(7)(10));
    expect(createResampling(7)(10)).not.toEqual(createResampling(8)(10));
    const drawn = createResampling(7)(10);
    for (let start = 0; start < drawn.length; start += 10) {
      expect(drawn.subarray(start, start + 10).reduce((sum, times) => sum + times, 0)).toBe(10);
    }
  });

  it('takes the percentiles that Hesterberg has for a mean', () => {
    const resamples = Float64Array.from({ length: RESAMPLES }, (_, i) => i + 1);
    // n = 10: Phi(-2.262 sqrt(10 / 9)) = Phi(-2.384) = 0.0086 (tables), so the 8th of 1000; n large: 0.025.
    expect(expandedPercentiles(resamples, 10)).toEqual({ low: 8, high: 993 });
    expect(expandedPercentiles(resamples, 1e6)).toEqual({ low: 25, high: 976 });
  });
});

it('every metric says how it is estimated, and what is pooled is what is watched', () => {
  const by = (name: string) => metrics.find((metric) => metric.name === name)?.estimation;
  expect(by('latency.all.p999')).toEqual({ by: 'merged', of: 'all', q: 0.999 });
  expect(by('failover.drain.p90')).toEqual({ by: 'survival', of: 'drain', figure: 0.9 });
  expect(by('failover.detectBy.gossip.p50')).toEqual({ by: 'survival', of: 'detectBy.gossip', figure: 0.5 });
  expect(by('instances.probes')).toEqual({ by: 'mean' });
  expect(by('fairness.byTruth.jain')).toEqual({ by: 'jain' });
});
