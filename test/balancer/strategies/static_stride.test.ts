import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StaticStride } from '../../../src/balancer/strategies/static_stride.ts';
import { weightedRoundRobin } from '../../../src/balancer/strategies/weighted_round_robin.ts';
import { randomStream } from '../../../src/core/random.ts';
import { balancerOf, instancesOf, sequence } from '../../helpers/balancing.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

/** A schedule whose count starts at this number, 32 bits of it. */
function strideFrom(first: number, weights: readonly number[]): StaticStride {
  const stride = new StaticStride(true, scriptedRandom([first]));
  stride.rebuild(Float64Array.from(weights), weights.length);
  return stride;
}

function countsOf(stride: StaticStride, hosts: number, picks: number): number[] {
  const counts = Array<number>(hosts).fill(0);
  for (let i = 0; i < picks; i++) counts[stride.pick()]++;
  return counts;
}

/** What java.util.Random(0).nextInt() gives first: the start in most of grpc-java's tests. */
const JAVA_START = -1_155_484_576;

// Figures of grpc-java's WeightedRoundRobinLoadBalancerTest; the names are its tests'.
describe('as in grpc-java', () => {
  test.each([
    ['testPicksEqualsWeights', [1, 2, 3], [1, 2, 3]],
    ['testContainsZeroWeightUseMean', [3, 0, 1], [3, 2, 1]],
    ['testContainsNegativeWeightUseMean', [3, -1, 1], [3, 2, 1]],
    ['testAllSameWeights', [1, 1, 1], [2, 2, 2]],
    ['testAllZeroWeightsIsRoundRobin', [0, 0, 0], [2, 2, 2]],
    ['testAllInvalidWeightsIsRoundRobin', [-3.1, -0, 0], [2, 2, 2]],
  ])('%s: %j in 6 picks %j', (_name, weights, counts) => {
    expect(countsOf(strideFrom(JAVA_START, weights), 3, 6)).toEqual(counts);
  });

  test.each([
    ['testTwoWeights', JAVA_START, [1.43, 2.119]],
    ['testManyWeights', JAVA_START, [1.3, 2.5, 3.23, 4.11, 7.001]],
    ['testImmediateWraparound', -1, [1, 2, 3, 4, 5]],
    ['testWraparound', -500, [1, 2, 3, 4, 5]],
  ])('%s: from %i, %j within 0.2 % in 1000 picks', (_name, first, weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    countsOf(strideFrom(first, weights), weights.length, 1000).forEach((count, i) => {
      expect(Math.abs(count / 1000 - weights[i] / total)).toBeLessThan(0.002);
    });
  });

  test('testMaxClamped: 81 counts for 10 times the mean, 50', () => {
    const weights = [81, ...Array(19).fill(1)];
    expect(countsOf(strideFrom(0, weights), 20, 69)).toEqual([50, ...Array(19).fill(1)]);
    expect(countsOf(strideFrom(0, weights), 20, 6900)[0] / 6900).toBeCloseTo(50 / 69, 2);
  });

  test('testMinClamped: next to nothing counts for a tenth of the mean', () => {
    expect(countsOf(strideFrom(0, [100, 1e-10]), 2, 105)).toEqual([100, 5]);
  });

  test.each([
    ['testDeterministicPicks', 0],
    ['testDeterministicWraparound', -1],
  ])('%s: {2, 3, 6} from %i', (_name, first) => {
    const stride = strideFrom(first, [2, 3, 6]);
    expect(Array.from({ length: 6 }, () => stride.pick())).toEqual([1, 2, 2, 0, 1, 2]);
  });
});

/** grpc-go's schedule as written: 64-bit numbers, and a division for each host looked at. */
class NaiveGrpcGo {
  private count: bigint;
  private readonly weights: bigint[];

  constructor(drawn: number, given: readonly number[]) {
    this.count = BigInt(drawn >>> 0);
    const known = given.filter((weight) => weight > 0);
    const factor = 65_535 / Math.max(...known);
    const mean = known.reduce((sum, weight) => sum + weight, 0) / known.length;
    this.weights = given.map((weight) =>
      BigInt(known.length < 2 ? 65_535 : Math.round(factor * (weight > 0 ? weight : mean))),
    );
  }

  pick(): number {
    for (;;) {
      this.count = BigInt.asUintN(32, this.count + 1n);
      const host = this.count % BigInt(this.weights.length);
      const round = this.count / BigInt(this.weights.length);
      const weight = this.weights[Number(host)];
      if ((weight * round + host * 32_767n) % 65_535n >= 65_535n - weight) return Number(host);
    }
  }
}

test('without the clamp it is grpc-go: no limits, another start for each list of hosts', () => {
  const weight = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 9 }),
    fc.double({ min: 0.01, max: 100, noNaN: true }),
  );
  // Near the end of the count as well, where it wraps.
  const start = fc.oneof(fc.nat(), fc.integer({ min: -40, max: 40 }));
  const run = fc.record({ weights: fc.array(weight, { minLength: 1, maxLength: 8 }), start });
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 3 }), (runs) => {
      const stride = new StaticStride(false, scriptedRandom(runs.map((each) => each.start)));
      for (const { weights, start } of runs) {
        stride.restart();
        stride.rebuild(Float64Array.from(weights), weights.length);
        const naive = new NaiveGrpcGo(start, weights);
        for (let i = 0; i < 60; i++) expect(stride.pick()).toBe(naive.pick());
      }
    }),
    { numRuns: 300 },
  );
});

// In single precision, as grpc-java reckons, the scale of these overflows, or is 0 (that of 1e39 as well as that of 5e-324).
test.each([
  [true, [1e-40, 3e-40]],
  [true, [5e-324, 5e-324]],
  [true, [1e39, 1]],
  [true, [1e308, 1e308]],
  [false, [1e-304, 3e-304]],
  [false, [5e-324, 5e-324]],
])('clamp %s: weights %j, whose scale is beyond all numbers, count as equal', (clamped, weights) => {
  const stride = new StaticStride(clamped, scriptedRandom([0, 0]));
  stride.restart();
  stride.rebuild(Float64Array.from(weights), 2);
  expect(countsOf(stride, 2, 100)).toEqual([50, 50]);
});

test('any positive weights have an end to the search, and no host more than a lap without the heaviest', () => {
  // All bit patterns of positive doubles: tiny and huge ones are as likely as any.
  const weight = fc.double({ min: 5e-324, noDefaultInfinity: true, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(weight, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      fc.integer(),
      (weights, clamped, start) => {
        const stride = new StaticStride(clamped, scriptedRandom([start, start]));
        stride.restart();
        stride.rebuild(Float64Array.from(weights), weights.length);
        const heaviest = weights.indexOf(Math.max(...weights));
        const picks = Array.from({ length: 3 * weights.length }, () => stride.pick());
        // Where the count wraps within these laps, one of them is cut short.
        if (start < 0 && start > -100) return;
        for (let lap = 0; lap < 3; lap++) {
          expect(picks.slice(lap * weights.length, (lap + 1) * weights.length)).toContain(heaviest);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('new weights go on where the old ones stopped', () => {
  const stride = strideFrom(0, [1, 1, 1]);
  expect([stride.pick(), stride.pick()]).toEqual([0, 1]);
  stride.rebuild(Float64Array.of(1, 1, 1, 1), 4);
  expect([stride.pick(), stride.pick(), stride.pick()]).toEqual([2, 3, 0]);
});

describe('as a strategy', () => {
  const strategy = (draws: readonly number[], options = {}) =>
    weightedRoundRobin.create({
      options: { algorithm: 'static-stride', ...options },
      ...ports({ random: scriptedRandom(draws) }),
    });

  test('follows the weights of the registry, by one draw for all its life', () => {
    const balancer = balancerOf(strategy([0]), [2, 3, 6]);
    expect(sequence(balancer, 6)).toBe('bccabc');
    balancer.update(instancesOf([1, 1, 1]));
    // From 9.
    expect(sequence(balancer, 4)).toBe('abca');
  });

  test("as gRPC core with core's floor: 200 to 1", () => {
    const picks = sequence(balancerOf(strategy([0, 0], { floor: 'core' }), [100, 1e-10]), 201);
    expect(picks.replaceAll('a', '')).toBe('b');
  });

  test('as grpc-go draws for each list of hosts, and counts before it looks', () => {
    // The last of three for each list.
    const balancer = balancerOf(strategy([7, 7, 0, 7, 7, 1], { clamp: false }), [1, 1, 1]);
    expect(sequence(balancer, 3)).toBe('bca');
    balancer.update(instancesOf([1, 1]));
    expect(sequence(balancer, 3)).toBe('aba');
  });

  // grpc-go's weightedroundrobin/balancer_test.go, TestBalancer_TwoAddresses_* and TestBalancer_AddressesChanging: the weights
  // of its servers, and as its checkWeights has it of 100 calls the whole part of each one's share, give or take 2.
  test.each([
    [[1, 1]],
    [[1, 10]],
    [[10, 1]],
    [[10, 100, 20]],
    [[10, 100, 20, 200]],
    [[10, 100, 200]],
    [[10, 200]],
    [[100]],
    [[100, 200]],
  ])('grpc-go: 100 calls by weights %j', (weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const start of [0, 1, 12_345, 2 ** 31, 2 ** 32 - 50]) {
      const picks = sequence(balancerOf(strategy([0, 0, start], { clamp: false }), weights), 100);
      weights.forEach((weight, i) => {
        const count = picks.split('abcd'[i]).length - 1;
        expect(Math.abs(count - Math.floor((100 * weight) / total)), `${picks} from ${start}`).toBeLessThanOrEqual(2);
      });
    }
  });

  // The weights of grpc-java's testMaxClamped.
  test('grpc-go has no upper limit: 81 of 100', () => {
    const stride = new StaticStride(false, scriptedRandom([0]));
    stride.restart();
    stride.rebuild(Float64Array.of(81, ...Array(19).fill(1)), 20);
    expect(countsOf(stride, 20, 10_000)[0] / 10_000).toBeCloseTo(0.81, 2);
  });

  test('keeps to proportion at ratios beyond the clamp only without it', () => {
    const share = (clamp: boolean): number => {
      const stride = new StaticStride(clamp, randomStream('share'));
      stride.restart();
      stride.rebuild(Float64Array.of(1000, 1), 2);
      return countsOf(stride, 2, 20_020)[1] / 20_020;
    };
    // A tenth of the mean, 50.05, to 1000.
    expect(share(true)).toBeCloseTo(50.05 / 1050.05, 3);
    expect(share(false)).toBeCloseTo(1 / 1001, 3);
  });
});
