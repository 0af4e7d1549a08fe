import { describe, expect, test } from 'vitest';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { hostsOf } from '../../helpers/hosts.ts';
import { ReportingHosts, reportOf } from '../../helpers/reporting_hosts.ts';

const SECOND = 1000;

function expectShares(found: readonly number[], expected: readonly number[], tolerance: number): void {
  found.forEach((share, i) => {
    expect(Math.abs(share - expected[i])).toBeLessThanOrEqual(tolerance);
  });
}

// gRPC proposal A58, and the configurations of grpc-java, grpc-go and core.
test('unless told otherwise a weight expires after 180 s; updates are no more frequent than 100 ms', () => {
  const setup = new ReportingHosts(2, {});
  setup.report(0, reportOf(0.5, 300));
  setup.report(1, reportOf(0.5, 100));
  setup.clock.advance(179 * SECOND);
  expect(setup.counts(40)).toEqual([30, 10]);
  setup.clock.advance(SECOND);
  expect(setup.counts(40)).toEqual([20, 20]);
  const problem = /weightUpdatePeriod.*100/;
  expect(() => new ReportingHosts(2, { weightUpdatePeriod: 99 })).toThrow(problem);
  expect(() => new ReportingHosts(2, { weightUpdatePeriod: 100 })).not.toThrow();
});

// Figures and timelines of grpc-java's WeightedRoundRobinLoadBalancerTest; the names are its tests'.
describe('as in grpc-java', () => {
  const share = (weights: readonly number[]): number[] => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };
  const large = 999 / 0.1;
  const largeMean = (large + 2 / 0.9 + 100 / 0.86) / 3;
  const erring = 999 / (0.1 + 13 / 999);
  const erringMean = (erring + 2 / (0.9 + 1.8 / 2) + 100 / (0.86 + 3 / 100)) / 3;
  const normal = [reportOf(0.12, 22, 19.7), reportOf(0.28, 40, 0.998), reportOf(0.86, 100, 314.159 / 100)];
  const normalWeights = (penalty: number): number[] => [
    22 / (0.12 + (19.7 / 22) * penalty),
    40 / (0.28 + (0.998 / 40) * penalty),
    100 / (0.86 + (314.159 / 100 / 100) * penalty),
  ];
  const silent = normal.map((report) => ({ ...report, utilization: 0 }));

  test.each([
    [
      'pickByWeight_largeWeight',
      1,
      [reportOf(0.1, 999), reportOf(0.9, 2), reportOf(0.86, 100)],
      [large, largeMean * 0.1, largeMean * 0.1],
    ],
    [
      'pickByWeight_largeWeight_withEps_defaultErrorUtilizationPenalty',
      1,
      [reportOf(0.1, 999, 13), reportOf(0.9, 2, 1.8), reportOf(0.86, 100, 3)],
      [erring, erringMean * 0.1, erringMean * 0.1],
    ],
    [
      'pickByWeight_normalWeight',
      1,
      [reportOf(0.12, 22), reportOf(0.28, 40), reportOf(0.86, 100)],
      [22 / 0.12, 40 / 0.28, 100 / 0.86],
    ],
    ['pickByWeight_normalWeight_withEps_defaultErrorUtilizationPenalty', 1, normal, normalWeights(1)],
    ['pickByWeight_normalWeight_withEps_customErrorUtilizationPenalty', 1.75, normal, normalWeights(1.75)],
    ['pickByWeight_avgWeight_zeroCpuUtilization_withEps_customErrorUtilizationPenalty', 1.75, silent, [1, 1, 1]],
  ])('%s (penalty %f)', (_name, errorUtilizationPenalty, reports, weights) => {
    const setup = new ReportingHosts(3, { errorUtilizationPenalty });
    reports.forEach((report, host) => {
      setup.report(host, report);
    });
    setup.clock.advance(11 * SECOND);
    expectShares(setup.shares(10_000), share(weights), 0.0002);
  });

  test('blackoutPeriod: in turn for 10 s, then by weight', () => {
    const setup = new ReportingHosts(2);
    setup.report(0, reportOf(0.1, 1));
    setup.report(1, reportOf(0.2, 1));
    setup.clock.advance(5 * SECOND);
    expectShares(setup.shares(10_000), [1 / 2, 1 / 2], 0.002);
    setup.clock.advance(5 * SECOND);
    expectShares(setup.shares(10_000), [2 / 3, 1 / 3], 0.002);
  });

  test('updateWeightTimer: what is reported counts from the next update', () => {
    const setup = new ReportingHosts(2, { weightUpdatePeriod: 500 });
    setup.report(0, reportOf(0.1, 1));
    setup.report(1, reportOf(0.2, 1));
    setup.clock.advance(11 * SECOND);
    expect(setup.pick()).toBe(0);
    setup.report(0, reportOf(0.2, 1));
    setup.report(1, reportOf(0.1, 1));
    setup.clock.advance(500);
    expect([setup.pick(), setup.pick()]).toEqual([1, 0]);
  });

  test('weightExpired: in turn again once reports have ceased', () => {
    const setup = new ReportingHosts(2);
    setup.report(0, reportOf(0.1, 1));
    setup.report(1, reportOf(0.2, 1));
    setup.clock.advance(10 * SECOND);
    expectShares(setup.shares(1000), [2 / 3, 1 / 3], 0.002);
    setup.clock.advance(300 * SECOND);
    expectShares(setup.shares(1000), [1 / 2, 1 / 2], 0.002);
  });

  test('rrFallback: reports within a blackout do not count, afterwards they do', () => {
    const setup = new ReportingHosts(2);
    const qps = [2, 1];
    setup.clock.advance(10 * SECOND);
    const round = (wait: number): number[] => {
      const counts = [0, 0];
      for (let i = 0; i < 1000; i++) {
        const host = setup.pick();
        counts[host]++;
        setup.report(host, reportOf(0.1, qps[host]));
        setup.clock.advance(wait);
      }
      return counts.map((count) => count / 1000);
    };
    expectShares(round(0), [1 / 2, 1 / 2], 0.1);
    expectShares(round(50), [2 / 3, 1 / 3], 0.1);
  });

  test('unknownWeightIsAvgWeight', () => {
    const setup = new ReportingHosts(3);
    setup.report(0, reportOf(0.1, 1));
    setup.report(1, reportOf(0.2, 1));
    setup.clock.advance(10 * SECOND);
    expectShares(setup.shares(1000), [4 / 9, 2 / 9, 3 / 9], 0.002);
  });
});

// Figures and timelines of grpc-go's weightedroundrobin/balancer_test.go.
describe('as in grpc-go', () => {
  const loaded = (options: WrittenOptions): ReportingHosts => {
    const setup = new ReportingHosts(2, { clamp: false, ...options });
    setup.report(0, reportOf(1, 10));
    setup.report(1, reportOf(0.1, 10));
    return setup;
  };

  test.each([[1], [10]])('BlackoutPeriod of %i s: 1:1 up to it, 1:10 from it on', (seconds) => {
    const setup = loaded({ blackoutPeriod: seconds * SECOND, weightUpdatePeriod: 100 });
    setup.clock.advance(seconds * SECOND - 1);
    expect(setup.counts(1000)).toEqual([500, 500]);
    setup.clock.advance(1);
    expectShares(setup.shares(1100), [1 / 11, 10 / 11], 0.002);
  });

  test('WeightExpiration: 1:10 up to it, 1:1 after it', () => {
    const setup = loaded({ blackoutPeriod: 0, weightExpirationPeriod: 60 * SECOND });
    setup.clock.advance(59 * SECOND);
    expectShares(setup.shares(1100), [1 / 11, 10 / 11], 0.002);
    setup.clock.advance(2 * SECOND);
    expect(setup.counts(1000)).toEqual([500, 500]);
  });
});

// Figures of Envoy's client_side_weighted_round_robin_lb_test.cc; the names are its tests'.
describe('as in Envoy', () => {
  test.each([
    ['UpdateWeightsOnHostsAllHostsHaveClientSideWeights', [40, 41, 42], [40, 41, 42]],
    ['UpdateWeightsOneHostHasClientSideWeight', [42, 0, 0], [42, 42, 42]],
    ['UpdateWeightsDefaultIsOddMedianWeight', [5, 42, 5000, 0, 0], [5, 42, 5000, 42, 42]],
    ['UpdateWeightsDefaultIsEvenMedianWeight', [5, 42, 0, 0, 0], [5, 42, 23, 23, 23]],
  ])('%s: reported %j, used %j', (_name, reported, used) => {
    const setup = new ReportingHosts(reported.length, { flavor: 'envoy' });
    reported.forEach((weight, host) => {
      if (weight > 0) setup.report(host, reportOf(1, weight));
    });
    setup.clock.advance(10 * SECOND);
    expect(setup.counts(used.reduce((sum, weight) => sum + weight, 0))).toEqual(used);
  });

  test('GetClientSideWeightIfValidFromHost: at the very end of either period a weight still counts', () => {
    const setup = new ReportingHosts(2, { flavor: 'envoy', weightExpirationPeriod: 20 * SECOND });
    setup.report(0, reportOf(0.5, 10));
    setup.report(1, reportOf(0.5, 20));
    setup.clock.advance(9 * SECOND);
    expect(setup.counts(30)).toEqual([15, 15]);
    setup.clock.advance(1 * SECOND);
    expect(setup.counts(30)).toEqual([10, 20]);
    setup.clock.advance(10 * SECOND);
    expect(setup.counts(30)).toEqual([10, 20]);
    setup.clock.advance(1 * SECOND);
    expect(setup.counts(30)).toEqual([15, 15]);
  });

  test('weights are whole numbers, 1 at least', () => {
    const setup = new ReportingHosts(2, { flavor: 'envoy' });
    // 2.9 and 0.5: 2 and 1.
    setup.report(0, reportOf(1, 2.9));
    setup.report(1, reportOf(1, 0.5));
    setup.clock.advance(10 * SECOND);
    expect(setup.counts(30)).toEqual([20, 10]);
  });

  test('errors alone are a utilization, unlike in gRPC', () => {
    const shares = (flavor: string): number[] => {
      const setup = new ReportingHosts(2, { flavor });
      setup.report(0, reportOf(0, 10, 5));
      setup.report(1, reportOf(1, 10));
      setup.clock.advance(10 * SECOND);
      return setup.counts(30);
    };
    // 10 / (5 / 10) against 10 / 1.
    expect(shares('envoy')).toEqual([20, 10]);
    expect(shares('grpc')).toEqual([15, 15]);
  });

  test('members that may not be picked count for the median', () => {
    const setup = new ReportingHosts(4, { flavor: 'envoy' });
    [2, 9, 8].forEach((weight, host) => {
      setup.report(host, reportOf(1, weight));
    });
    setup.rebuild([setup.hosts[0], setup.hosts[3]]);
    setup.clock.advance(10 * SECOND);
    // The median of 2, 9 and 8.
    expect(setup.counts(30)).toEqual([6, 0, 0, 24]);
  });

  test('an update that changes nothing leaves the schedule alone', () => {
    const setup = new ReportingHosts(2, { flavor: 'envoy' });
    setup.report(0, reportOf(1, 1));
    setup.report(1, reportOf(1, 2));
    setup.clock.advance(10 * SECOND);
    // Envoy's 1, 0, 1, 1, 0, 1, across two updates.
    expect([setup.pick(), setup.pick()]).toEqual([1, 0]);
    setup.clock.advance(1 * SECOND);
    expect([setup.pick(), setup.pick()]).toEqual([1, 1]);
    setup.report(1, reportOf(1, 4));
    setup.clock.advance(1 * SECOND);
    // Anew: 1 at 1/4, 1/2, 3/4, then 0 at 1.
    expect([setup.pick(), setup.pick(), setup.pick(), setup.pick()]).toEqual([1, 1, 1, 0]);
  });

  test('draws before each pick, as round robin does', () => {
    expect(new ReportingHosts(2, { flavor: 'envoy' }, 7).strategy.selector?.(NO_KEY)).toBe(7);
    expect(new ReportingHosts(2).strategy.selector).toBeUndefined();
  });
});

test('once expired, a host has another blackout before it', () => {
  for (const flavor of ['grpc', 'envoy']) {
    const setup = new ReportingHosts(2, { flavor, weightExpirationPeriod: 20 * SECOND });
    const report = (): void => {
      setup.report(0, reportOf(0.5, 10));
      setup.report(1, reportOf(0.5, 20));
    };
    report();
    setup.clock.advance(50 * SECOND);
    // Nobody has picked meanwhile: the updates that fell due are made up for before the report is taken in.
    report();
    setup.clock.advance(9 * SECOND);
    expect(setup.counts(30)).toEqual([15, 15]);
    setup.clock.advance(1 * SECOND);
    expect(setup.counts(30)).toEqual([10, 20]);
  }
});

test('a host that took over the slot of another starts without a weight', () => {
  const setup = new ReportingHosts(2, { blackoutPeriod: 0 });
  setup.report(0, reportOf(0.5, 10));
  setup.report(1, reportOf(0.5, 20));
  setup.hosts[1] = hostsOf([{}, {}])[1];
  setup.rebuild();
  expect(setup.counts(30)).toEqual([15, 15]);
});

test('no report, or one that says too little, changes nothing', () => {
  const setup = new ReportingHosts(2, { blackoutPeriod: 0 });
  setup.report(0, reportOf(0.5, 10));
  setup.report(1, reportOf(0.5, 20));
  setup.clock.advance(1 * SECOND);
  for (const report of [null, reportOf(0, 10), reportOf(0.5, 0), reportOf(0.5, 0, 3)]) setup.report(1, report);
  setup.clock.advance(1 * SECOND);
  expect(setup.counts(30)).toEqual([10, 20]);
});

test('an update is as of when it fell due', () => {
  const setup = new ReportingHosts(2);
  setup.clock.advance(500);
  setup.report(0, reportOf(0.5, 10));
  setup.report(1, reportOf(0.5, 20));
  // That of 10 s came before the blackout's end at 10.5 s.
  setup.clock.advance(10_200);
  expect(setup.counts(30)).toEqual([15, 15]);
  setup.clock.advance(300);
  expect(setup.counts(30)).toEqual([10, 20]);
});

test.each([
  ['grpc', [10, 20]],
  ['envoy', [20, 10]],
])('%s: whether a change of hosts starts the period anew', (flavor, counts) => {
  const setup = new ReportingHosts(2, { flavor, blackoutPeriod: flavor === 'grpc' ? 0 : 100 });
  setup.report(0, reportOf(0.5, 10));
  setup.report(1, reportOf(0.5, 20));
  setup.clock.advance(500);
  setup.rebuild();
  setup.clock.advance(200);
  setup.report(0, reportOf(0.5, 40));
  setup.clock.advance(500);
  // At 1.2 s: Envoy's update of 1 s has been, gRPC's is due at 1.5 s.
  expect(setup.counts(30)).toEqual(counts);
});

test('a blackout longer than weights last: Envoy looks at the blackout first, gRPC at the age', () => {
  const counts = (flavor: string): number[] => {
    const setup = new ReportingHosts(2, { flavor, blackoutPeriod: 20 * SECOND, weightExpirationPeriod: 10 * SECOND });
    for (const wait of [15, 5]) {
      setup.report(0, reportOf(0.5, 10));
      setup.report(1, reportOf(0.5, 20));
      setup.clock.advance(wait * SECOND);
    }
    return setup.counts(30);
  };
  expect(counts('envoy')).toEqual([10, 20]);
  expect(counts('grpc')).toEqual([15, 15]);
});
