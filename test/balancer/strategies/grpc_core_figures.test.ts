import { describe, expect, test } from 'vitest';
import { StaticStride } from '../../../src/balancer/strategies/static_stride.ts';
import type { LoadReport } from '../../../src/core/load_report.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { hostsOf } from '../../helpers/hosts.ts';
import { ReportingHosts, reportOf } from '../../helpers/reporting_hosts.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const SECOND = 1000;

// Figures of gRPC core's static_stride_scheduler_test.cc; the names are its tests', whose count starts at 0. Without any
// weight, or for one host, core makes no schedule.
describe('static stride', () => {
  const coreFrom0 = (weights: readonly number[]): StaticStride => {
    const stride = new StaticStride(true, scriptedRandom([0]), 'core');
    stride.rebuild(Float64Array.from(weights), weights.length);
    return stride;
  };

  const countsOf = (stride: StaticStride, hosts: number, picks: number): number[] => {
    const counts = Array<number>(hosts).fill(0);
    for (let i = 0; i < picks; i++) counts[stride.pick()]++;
    return counts;
  };

  test.each([
    ['PicksAreWeightedExactly', [1, 2, 3], [1, 2, 3]],
    ['ZeroWeightUsesMean', [3, 0, 1], [3, 2, 1]],
    ['MaxIsClampedForHighRatio', [81, ...Array(19).fill(1)], [50, ...Array(19).fill(1)]],
    // In grpc-java the second host gets 5 of 105.
    ['MinIsClampedForHighRatio', [100, 1e-10], [200, 1]],
  ])('%s: %j', (_name, weights, counts) => {
    const picks = counts.reduce((sum, count) => sum + count, 0);
    expect(countsOf(coreFrom0(weights), weights.length, picks)).toEqual(counts);
  });

  test('AllWeightsEqualIsRoundRobin: 300, 300 and unknown, in one order for 1000 picks', () => {
    const stride = coreFrom0([300, 300, 0]);
    const first = [stride.pick(), stride.pick(), stride.pick()];
    expect(first.toSorted()).toEqual([0, 1, 2]);
    for (let i = 0; i < 1000; i++) expect(stride.pick()).toBe(first[i % 3]);
  });

  test('PicksAreDeterministic, RebuildGiveSamePicks: 100 picks, rebuilt before each', () => {
    const [once, anew] = [coreFrom0([1, 2, 3]), coreFrom0([1, 2, 3])];
    for (let i = 0; i < 100; i++) {
      anew.rebuild(Float64Array.of(1, 2, 3), 3);
      expect(anew.pick()).toBe(once.pick());
    }
  });

  test('LargestIsPickedEveryGeneration: the heaviest of 1, 2, 3 in 65535 of 2 x 65535 picks', () => {
    expect(countsOf(coreFrom0([1, 2, 3]), 3, 2 * 65_535)[2]).toBe(65_535);
  });

  // By the code: the mean, 4/3 of 21,845, is 29,127, and a hundredth of that 291, rounded down.
  test('next to nothing beside 3 and 1: 291 of 65,535 rounds', () => {
    expect(countsOf(coreFrom0([3, 1, 1e-10]), 3, 65_535 + 21_845 + 291)).toEqual([65_535, 21_845, 291]);
  });
});

// Figures and timelines of gRPC core's weighted_round_robin_test.cc, all with a blackout of 1 s; the names are its tests'. An
// instance here reports one utilization, so those about CPU and application are one with Basic, and so are those out of band.
describe('weighted_round_robin', () => {
  const slow = reportOf(0.9, 100);
  const quick = reportOf(0.3, 100);
  const reporting = (options: WrittenOptions = {}): ReportingHosts =>
    new ReportingHosts(3, { floor: 'core', blackoutPeriod: SECOND, ...options });
  const reported = (setup: ReportingHosts, ...reports: LoadReport[]): void => {
    reports.forEach((report, host) => {
      setup.report(host, report);
    });
  };
  const loaded = (options: WrittenOptions = {}): ReportingHosts => {
    const setup = reporting(options);
    reported(setup, slow, quick, quick);
    setup.clock.advance(SECOND);
    expect(setup.counts(7)).toEqual([1, 3, 3]);
    reported(setup, slow, quick, quick);
    return setup;
  };

  test('Basic: 1:3 and the mean for the third; once that reports, 1:3:3', () => {
    const setup = reporting();
    reported(setup, slow, quick);
    setup.clock.advance(SECOND);
    for (let pass = 0; pass < 3; pass++) expect(setup.counts(6)).toEqual([1, 3, 2]);
    reported(setup, slow, quick, quick);
    setup.clock.advance(SECOND);
    for (let pass = 0; pass < 3; pass++) expect(setup.counts(7)).toEqual([1, 3, 3]);
  });

  test.each([
    ['Eps', 1, [1, 2, 3]],
    ['ZeroErrorUtilPenalty', 0, [2, 2, 2]],
  ])('%s: utilization 0.1, errors 50, 20, 10 of 100, penalty %d: %j', (_name, errorUtilizationPenalty, counts) => {
    const setup = reporting({ errorUtilizationPenalty });
    reported(setup, reportOf(0.1, 100, 50), reportOf(0.1, 100, 20), reportOf(0.1, 100, 10));
    setup.clock.advance(SECOND);
    expect(setup.counts(6)).toEqual(counts);
  });

  test('xds_wrr_end2end_test.cc, Basic: 6:4:3 of 13', () => {
    const setup = reporting();
    reported(setup, reportOf(0.2, 100, 20), reportOf(0.3, 100, 30), reportOf(1.5, 200, 20));
    setup.clock.advance(SECOND);
    expect(setup.counts(13)).toEqual([6, 4, 3]);
  });

  // The weights of static_stride_scheduler_test.cc, MinIsClampedForHighRatio.
  test('a hundredth of the mean at least: 200 to 1', () => {
    const setup = reporting();
    reported(setup, reportOf(1, 100), reportOf(1, 1e-10), reportOf(1, 100));
    setup.clock.advance(SECOND);
    setup.rebuild(setup.hosts.slice(0, 2));
    expect(setup.counts(201)).toEqual([200, 1, 0]);
  });

  test('FallsBackToRoundRobinWithoutWeights', () => {
    expect(reporting().counts(3)).toEqual([1, 1, 1]);
  });

  test('HonorsWeightUpdatePeriod: of 2 s', () => {
    const setup = reporting({ weightUpdatePeriod: 2 * SECOND });
    reported(setup, slow, quick, quick);
    setup.clock.advance(2 * SECOND - 1);
    expect(setup.counts(6)).toEqual([2, 2, 2]);
    setup.clock.advance(1);
    expect(setup.counts(7)).toEqual([1, 3, 3]);
  });

  test('WeightExpirationPeriod, BlackoutPeriodAfterWeightExpiration: 3:3:3 after 2 s, for 1 s of reports more', () => {
    const setup = loaded({ weightExpirationPeriod: 2 * SECOND });
    setup.clock.advance(2 * SECOND);
    expect(setup.counts(9)).toEqual([3, 3, 3]);
    reported(setup, quick, quick, slow);
    expect(setup.counts(9)).toEqual([3, 3, 3]);
    setup.clock.advance(SECOND);
    expect(setup.counts(7)).toEqual([3, 3, 1]);
  });

  test('BlackoutPeriodAfterDisconnect: the mean for 1 s', () => {
    const setup = loaded();
    setup.hosts[2] = hostsOf([{}, {}, {}])[2];
    setup.rebuild();
    reported(setup, slow, quick, quick);
    expect(setup.counts(6)).toEqual([1, 3, 2]);
    setup.clock.advance(SECOND);
    expect(setup.counts(7)).toEqual([1, 3, 3]);
  });

  test('BlackoutPeriodDoesNotGetResetAfterUpdate', () => {
    const setup = loaded();
    setup.rebuild();
    expect(setup.counts(7)).toEqual([1, 3, 3]);
  });
});
