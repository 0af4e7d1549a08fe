import { describe, expect, it } from 'vitest';
import { proportionalRing } from '../../../src/balancer/parts/proportional_ring.ts';
import { murmur64 } from '../../../src/core/hash/murmur64.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { hostsOf } from '../../helpers/hosts.ts';

const addresses = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ address: `127.0.0.1:${from + i}` }));

describe('rings of Envoy and gRPC', () => {
  const rules = { minimumSize: 12, maximumSize: 40, hash: xxh64 };
  const third = () => new Float64Array(3).fill(1 / 3);

  it('are made once for all that see the same hosts', () => {
    const ring = proportionalRing(hostsOf(addresses(1, 3)), third(), rules);
    expect(proportionalRing(hostsOf(addresses(1, 3)), third(), { ...rules })).toBe(ring);
  });

  it('are others for others', () => {
    const rings = [
      proportionalRing(hostsOf(addresses(1, 3)), third(), rules),
      proportionalRing(hostsOf(addresses(1, 3)).reverse(), third(), rules),
      proportionalRing(hostsOf(addresses(2, 4)), third(), rules),
      proportionalRing(hostsOf(addresses(1, 2)), third().subarray(1), rules),
      proportionalRing(hostsOf(addresses(1, 3)), Float64Array.of(0.5, 0.25, 0.25), rules),
      proportionalRing(hostsOf(addresses(1, 3)), third(), { ...rules, minimumSize: 13 }),
      proportionalRing(hostsOf(addresses(1, 3)), third(), { ...rules, maximumSize: 41 }),
      proportionalRing(hostsOf(addresses(1, 3)), third(), { ...rules, hash: murmur64 }),
    ];
    expect(new Set(rings).size).toBe(rings.length);
  });
});

describe('points', () => {
  const pointsOf = (weights: readonly number[], minimumSize: number): number[] => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shares = Float64Array.from(weights, (weight) => weight / total);
    const rules = { minimumSize, maximumSize: 1000, hash: xxh64 };
    const { owner } = proportionalRing(hostsOf(addresses(1, weights.length)), shares, rules);
    return weights.map((_, host) => owner.filter((each) => each === host).length);
  };

  it.each([
    // grpc-go, ringhash/ring.go, newRing: a scale of 6.66, so two, two and three points; and a ring of 10.
    { weights: [3, 3, 4], minimumSize: 6, points: [2, 2, 3] },
    { weights: [3, 3, 4], minimumSize: 10, points: [3, 3, 4] },
    // grpc-go, ring_test.go, TestRingNew: each within a quarter of its share.
    { weights: [3, 3, 4], minimumSize: 4, points: [2, 2, 3] },
    // Envoy, docs: load_balancing/load_balancers.rst, Ring hash.
    { weights: [1, 2], minimumSize: 3, points: [1, 2] },
    { weights: [1, 2], minimumSize: 300, points: [100, 200] },
  ])('weights $weights on a ring of $minimumSize: $points', ({ weights, minimumSize, points }) => {
    expect(pointsOf(weights, minimumSize)).toEqual(points);
  });
});

describe('the shares of a ring', () => {
  it('scatter with CV^2 = (n - 1) / (n v + 1) for v points a host', () => {
    // The gaps of n v uniform points are Dirichlet(1, ..., 1), so a host's share is Beta(v, (n - 1) v), whose CV^2 this is.
    const [n, v, rings] = [10, 40, 400];
    const rules = { minimumSize: n * v, maximumSize: n * v, hash: xxh64 };
    const squared: number[] = [];
    for (let i = 0; i < rings; i++) {
      const hosts = hostsOf(Array.from({ length: n }, (_, host) => ({ id: `ring${i}-${host}` })));
      const ring = proportionalRing(hosts, new Float64Array(n).fill(1 / n), rules);
      const shares = Array<number>(n).fill(0);
      ring.high.forEach((high, point) => {
        const before = point === 0 ? ring.high[ring.size - 1] - 2 ** 32 : ring.high[point - 1];
        shares[ring.owner[point]] += (high - before) / 2 ** 32;
      });
      squared.push(shares.reduce((sum, share) => sum + (n * share - 1) ** 2, 0) / n);
    }
    const mean = squared.reduce((sum, value) => sum + value, 0) / rings;
    const deviation = Math.sqrt(squared.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (rings - 1));
    // Five standard errors: sound code fails once in a million sets of names.
    expect(Math.abs(mean - (n - 1) / (n * v + 1))).toBeLessThan((5 * deviation) / Math.sqrt(rings));
  });
});
