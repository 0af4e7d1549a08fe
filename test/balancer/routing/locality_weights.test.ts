import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { effectiveLocalityWeight, normalizedWeights } from '../../../src/balancer/routing/locality_weights.ts';

describe('effectiveLocalityWeight', () => {
  /** The first of two localities' share, in percent. */
  const share = (first: number, second: number) => (100 * first) / (first + second);
  const counts = (eligible: number, hosts: number, excluded = 0) => ({ eligible, hosts, excluded });

  // docs: load_balancing/locality_weight.rst: weights 1 and 2, the second fully available. Rounded one way or another.
  test.each([
    [100, 33],
    [70, 33],
    [69, 32],
    [50, 26],
    [25, 15],
    [0, 0],
  ])("Envoy's documentation: %i percent healthy: %i percent of traffic", (healthy, percent) => {
    const x = effectiveLocalityWeight(1, counts(healthy, 100));
    expect(Math.abs(share(x, effectiveLocalityWeight(2, counts(100, 100))) - percent)).toBeLessThan(1);
  });

  // locality_wrr_test.cc, UnhealthyFailover: weights 1 and 2, 5 hosts and 1; of 100 picks in turn.
  test.each([
    [5, 33],
    [4, 33],
    [3, 29],
    [2, 22],
    [1, 12],
    [0, 0],
  ])("Envoy's UnhealthyFailover: %i of 5 healthy: %i of 100 picks", (healthy, picks) => {
    const x = effectiveLocalityWeight(1, counts(healthy, 5));
    expect(Math.abs(share(x, effectiveLocalityWeight(2, counts(1, 1))) - picks)).toBeLessThan(1);
  });

  // locality_wrr_test.cc, LocalityPickChanges
  test.each([
    [100, 33],
    [200, 50],
  ])("Envoy's LocalityPickChanges: overprovisioned by %i percent: %i of 100 picks", (overprovisioning, picks) => {
    const x = effectiveLocalityWeight(1, counts(1, 2), overprovisioning);
    expect(Math.abs(share(x, effectiveLocalityWeight(1, counts(1, 1), overprovisioning)) - picks)).toBeLessThan(1);
  });

  test('NotWarmedHostsLocality: excluded hosts do not count', () => {
    expect(effectiveLocalityWeight(1, counts(1, 3, 2))).toBe(1);
  });

  test('is 0, not in the schedule, without weight, without hosts that count, or with none eligible', () => {
    expect(effectiveLocalityWeight(0, counts(1, 1))).toBe(0);
    expect(effectiveLocalityWeight(1, counts(0, 0))).toBe(0);
    expect(effectiveLocalityWeight(1, counts(0, 2, 2))).toBe(0);
    expect(effectiveLocalityWeight(1, counts(0, 2))).toBe(0);
  });
});

describe('normalizedWeights', () => {
  const locality = (weight: number, ...hostWeights: number[]) => ({ weight, hostWeights });

  test('ring_hash_lb_test.cc, LocalityWeightedTinyRing: 1, 2, 3 and 0 of 6 entries', () => {
    const { weights, min, max } = normalizedWeights([locality(1, 1), locality(2, 1), locality(3, 1), locality(0, 1)]);
    expect(weights).toEqual([[1 / 6], [2 / 6], [3 / 6], []]);
    expect([min, max]).toEqual([1 / 6, 3 / 6]);
  });

  test('ring_hash_lb_test.cc, HostAndLocalityWeightedTinyRing: 1, 2, 2 and 4 of 9 entries', () => {
    const { weights, min, max } = normalizedWeights([locality(1, 1, 2), locality(2, 1, 2)]);
    const ninths = [1, 2, 2, 4].map((part) => part / 9);
    for (const [i, weight] of weights.flat().entries()) expect(weight).toBeCloseTo(ninths[i] ?? 0, 15);
    expect(min).toBeCloseTo(1 / 9, 15);
    expect(max).toBeCloseTo(4 / 9, 15);
  });

  test('maglev_lb_test.cc, LocalityWeightedDifferentLocalityWeights: 13, 0 and 4 of 17 entries', () => {
    const { weights } = normalizedWeights([locality(8, 1), locality(0, 3), locality(2, 2)]);
    expect(weights).toEqual([[0.8], [], [0.2]]);
    expect(Math.abs(17 * 0.8 - 13)).toBeLessThan(1);
  });

  // gRPC A42: localities of 3, with A of 2 and B of 1, and of 2, with C of 3 and D of 1. A42 takes the products 6, 3, 6 and 2
  // as they are; since A113 gRPC normalizes both, as Envoy does.
  test('the example of gRPC A42, as normalized since A113', () => {
    const { weights } = normalizedWeights([locality(3, 2, 1), locality(2, 3, 1)]);
    for (const [i, share] of [0.4, 0.2, 0.3, 0.1].entries()) expect(weights.flat()[i]).toBeCloseTo(share, 15);
  });

  test('LocalityWeightedAllZeroLocalityWeights: nobody', () => {
    expect(normalizedWeights([locality(0, 1)])).toEqual({ weights: [[]], min: 1, max: 0 });
  });

  test('the share of a locality without hosts is lost', () => {
    expect(normalizedWeights([locality(1, 5), locality(3)]).weights).toEqual([[0.25], []]);
  });

  prop.prop([
    fc.array(fc.tuple(fc.nat(100), fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 })), {
      maxLength: 5,
    }),
  ])('localities get their shares, and hosts theirs of them', (drawn) => {
    const localities = drawn.map(([weight, hostWeights]) => locality(weight, ...hostWeights));
    const { weights, min, max } = normalizedWeights(localities);
    const total = localities.reduce((sum, { weight }) => sum + weight, 0);
    for (const [i, { weight, hostWeights }] of localities.entries()) {
      const shares = weights[i] ?? [];
      expect(shares).toHaveLength(weight === 0 ? 0 : hostWeights.length);
      const sum = shares.reduce((all, share) => all + share, 0);
      expect(sum).toBeCloseTo(total === 0 ? 0 : weight / total, 12);
      for (const [j, share] of shares.entries()) {
        expect(share * (hostWeights[0] ?? 0)).toBeCloseTo((shares[0] ?? 0) * (hostWeights[j] ?? 0), 12);
      }
    }
    const all = weights.flat();
    expect([min, max]).toEqual(all.length === 0 ? [1, 0] : [Math.min(...all), Math.max(...all)]);
  });
});
