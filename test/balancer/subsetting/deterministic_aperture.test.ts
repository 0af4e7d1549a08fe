import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deterministicAperture } from '../../../src/balancer/subsetting/deterministic_aperture.ts';
import { sharesInSlice } from '../../../src/balancer/subsetting/ring_slice.ts';
import { callerOf, hostsOf, selections, subset, used } from './group.ts';

const aperture = (weights: readonly number[], caller: number, callers: number, minAperture = 12) =>
  callerOf(deterministicAperture, { minAperture }, caller, callers).select(hostsOf(weights));

/** The slice as Finagle walks it, per host the part of the ring used: WeightedAperture.adjustWeights. */
function walked(weights: readonly number[], offset: number, width: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const taken = weights.map(() => 0);
  let at = 0;
  for (let i = 0; at < offset + width; i = (i + 1) % weights.length) {
    const arc = weights[i] / total;
    if (at < offset) {
      if (at + arc >= offset) taken[i] += Math.min(width, at + arc - offset);
    } else {
      taken[i] += Math.min(arc, offset + width - at);
    }
    at += arc;
  }
  return taken;
}

test('draws are by the same parts of hosts as the slice has, around the ring', () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(8),
      (weights, callers, caller) => {
        const hosts = hostsOf(weights);
        const subsetting = callerOf(deterministicAperture, { minAperture: 2 }, caller % callers, callers);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const parts = subsetting.select(hosts).map((factor, i) => (factor * weights[i]) / total);
        const { table } = subsetting;
        const drawn = hosts.map((host) => table?.weights[table.hosts.indexOf(host)] ?? 0);
        drawn.forEach((part, i) => {
          expect(part).toBeCloseTo(parts[i], 8);
        });
      },
    ),
  ));

// The weights, coordinates and subsets of finagle-core's WeightedApertureTest, "creates reasonable subsets" and the two
// tests around it.
describe('subsets of Finagle itself', () => {
  const fifteen = [
    0.06818127601781632, 0.02676535334991952, 0.024259669941850928, 0.060227644665411986, 0.021662557088166313,
    0.04581934074401264, 0.008902600511190118, 0.012225295738506748, 0.03381119880745816, 0.09320068787692642,
    0.06778865989313106, 1.8821268751749722e-4, 0.04998637327300792, 0.09808325343250059, 0.08018058428232361,
  ];

  test('15 hosts, caller 1 of 5: hosts 3 to 14', () => {
    expect(subset(aperture(fifteen, 1, 5))).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  test('15 hosts, caller 0 of 5: hosts 0 to 13, the last in part, 0.8 of all weight', () => {
    const factors = aperture(fifteen, 0, 5);
    expect(subset(factors)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    const total = fifteen.reduce((sum, weight) => sum + weight, 0);
    expect(fifteen.reduce((sum, weight, i) => sum + (weight * factors[i]) / total, 0)).toBeCloseTo(0.8, 12);
    expect(factors[12]).toBe(1);
    expect(factors[13]).toBeLessThan(1);
  });

  test('10 hosts, caller 1 of 4: round the ring, all of them whole', () => {
    const ten = [
      0.08754127852514175, 0.07160485112997249, 0.007191702249367171, 0.07962609718390336, 0.05787169373422368,
      0.09081256181340881, 0.014891457880475457, 0.0975219897302887, 0.006559603048899776, 0.0069517882499888,
    ];
    expect(aperture(ten, 1, 4)).toEqual(Array(10).fill(1));
  });

  test('20 hosts, caller 4 of 20: hosts 2 to 18', () => {
    const twenty = [
      0.09081256181340881, 0.014891457880475457, 0.0975219897302887, 0.006559603048899776, 0.0069517882499888,
      0.009075229373741134, 0.042446672815094705, 0.08743910443467884, 0.057510386410179914, 0.03964968696216305,
      0.025831524999190184, 0.015279215278932223, 0.026042993046009957, 0.0461681947326973, 0.04391007905378173,
      0.02114054333698702, 0.06142121425583968, 0.003345791160297063, 0.06888961212637748, 0.06841127998963015,
    ];
    expect(subset(aperture(twenty, 4, 20))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
  });
});

// There 12 * (1/20) / (1/20) comes out just above 12 and is rounded up, and rounding leaves a sliver of the host after
// that: 14 hosts in all, so that WeightedApertureTest, "discards weights outside the aperture", finds none at index 14.
test('20 hosts of weight 0.1, caller 0 of 20: 13 hosts, as Finagle rounds, but without its sliver of the next', () => {
  expect(aperture(Array(20).fill(0.1), 0, 20)).toEqual([...Array(13).fill(1), ...Array(7).fill(0)]);
});

test('a host larger than the slice gives all of it', () => {
  // Two callers, a slice of half the ring from its middle on; the second host lies on 0.1 to 1.
  const shares = sharesInSlice([1, 9], 0.5, 0.5);
  expect(shares[0]).toBe(0);
  expect(shares[1]).toBeCloseTo(0.5 / 0.9, 12);
});

test('a host of weight 0 has no arc', () => {
  expect(aperture([1, 0, 1], 0, 1)).toEqual([1, 0, 1]);
  expect(aperture([0, 0], 0, 1)).toEqual([0, 0]);
});

const weightsArb = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }).filter((weights) => {
  return weights.some((weight) => weight > 0);
});

test('shares are those of a walk round the ring', () =>
  fc.assert(
    fc.property(weightsArb, fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 100 }), (weights, at, wide) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const taken = walked(weights, at / 100, wide / 100);
      sharesInSlice(weights, at / 100, wide / 100).forEach((share, i) => {
        expect((share * weights[i]) / total).toBeCloseTo(taken[i], 9);
      });
    }),
  ));

test('all callers together use each host the same number of times over', () =>
  fc.assert(
    fc.property(
      weightsArb,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 2, max: 20 }),
      (weights, callers, min) => {
        const sums = used(selections(deterministicAperture, { minAperture: min }, callers, hostsOf(weights)));
        const rounds = sums[weights.findIndex((weight) => weight > 0)];
        expect(rounds).toBeCloseTo(Math.round(rounds), 6);
        sums.forEach((sum, i) => {
          expect(sum).toBeCloseTo(weights[i] > 0 ? rounds : 0, 6);
        });
      },
    ),
  ));

test('each caller uses minAperture hosts of average weight at least', () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 30 }), (n, callers) => {
      for (const factors of selections(deterministicAperture, {}, callers, hostsOf(Array(n).fill(1)))) {
        expect(factors.reduce((sum, factor) => sum + factor, 0)).toBeGreaterThan(Math.min(12, n) - 1e-6);
      }
    }),
  ));

// 1 / (1 / 49) is 49 and a little, which is rounded up to 50 of 49.
test('no slice is wider than the ring, where rounding would have it so', () => {
  const subsetting = callerOf(deterministicAperture, {}, 0, 49);
  subsetting.select(hostsOf([1, 1]));
  expect(subsetting.table?.weights).toEqual(Float64Array.of(0.5, 0.5));
});

test("12 by default, and 2 at least, as Finagle's flag", () => {
  expect(deterministicAperture.options.minAperture).toMatchObject({ default: 12, min: 2 });
});
