import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { maglevTable } from '../../src/balancer/parts/maglev_table.ts';
import { proportionalRing } from '../../src/balancer/parts/proportional_ring.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { xxh64 } from '../../src/core/hash/xxh64.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { balancerOf } from '../helpers/balancing.ts';
import { hostsOf, pickOf, rebuilt } from '../helpers/hosts.ts';
import { ports } from '../helpers/ports.ts';
import { estimate, expectAgreement } from './theory.ts';

describe('bounded loads, when an attempt is placed', () => {
  const systems: { name: string; options: WrittenOptions; beyond: number }[] = [
    // Envoy goes on with a host that has just its slots in flight, HAProxy does not (theory.md, Hashing).
    { name: 'ring-hash', options: { system: 'envoy' }, beyond: 1 },
    { name: 'maglev', options: {}, beyond: 1 },
    { name: 'ring-hash', options: { system: 'haproxy' }, beyond: 0 },
  ];
  // Shares that are whole multiples of 1/8: no rounding.
  const cases = systems.flatMap((system) =>
    [
      { hashBalanceFactor: system.options.system === 'haproxy' ? 101 : 100, weights: [1, 1, 1, 1, 1, 1, 1, 1] },
      { hashBalanceFactor: 125, weights: [1, 1, 1, 1, 1, 1, 1, 1] },
      { hashBalanceFactor: 110, weights: [1, 2, 4, 1] },
      { hashBalanceFactor: 150, weights: [1, 2, 4, 1] },
    ].map((given) => ({ ...system, ...given })),
  );

  it.each(cases)('$name, $options, factor $hashBalanceFactor%, weights $weights: $beyond beyond the slots', (given) => {
    const { name, options, hashBalanceFactor, weights, beyond } = given;
    const balancer = balancerOf(strategyNamed(name).withOptions({ ...options, hashBalanceFactor }), weights);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const random = randomStream(`${name} ${hashBalanceFactor}`);
    const inFlight: Host[] = [];
    let most = Number.NEGATIVE_INFINITY;
    for (let step = 0; step < 20_000; step++) {
      // It fills up to some hundreds in flight and empties again, four times over.
      const filling = Math.floor(step / 2500) % 2 === 0;
      if (inFlight.length === 0 || random.unit() < (filling ? 0.6 : 0.4)) {
        // Most requests have the same key, so that its host is full whoever it is.
        const host = balancer.pick(random.unit() < 0.9 ? 0 : random.int(1000), 0);
        if (host === null) throw new Error('nobody to pick');
        balancer.acquire(host);
        inFlight.push(host);
        const slots = Math.ceil((inFlight.length * hashBalanceFactor) / 100);
        const own = Math.max(1, Math.ceil((slots * host.weight) / total));
        most = Math.max(most, host.inFlight - own);
      } else {
        const ended = random.int(inFlight.length);
        balancer.release(inFlight[ended], 1, Outcome.ok);
        inFlight[ended] = inFlight[inFlight.length - 1];
        inFlight.pop();
      }
    }
    // Never more, and the bound is reached.
    expect(most).toBe(beyond);
  });
});

/** Equal hosts of names never used before. */
function freshHosts(count: number, ring: number): Host[] {
  return hostsOf(Array.from({ length: count }, (_, host) => ({ id: `ring${ring}-${host}` })));
}

describe('shares of a ring over ten hosts', () => {
  const n = 10;
  const keys = 20_000;
  /** Points are the gaps' ends of n v uniform points; a host's share is that of a Dirichlet law. */
  const successor = (v: number): number => (n - 1) / (n * v + 1);
  /**
   * To the nearest point each gets half of the gap on either side. With N = n v points the gaps have E[G^2] = 2/(N(N+1))
   * and E[GG'] = 1/(N(N+1)), so that parts of points next to each other go together; of two points of a host the chance
   * of that is 2/(N-1). Summed up, half of `successor` but for the last factor.
   */
  const nearest = (v: number): number => (((n - 1) / (n * v + 1)) * (n * v - 2)) / (2 * (n * v - 1));

  it.each<{ options: WrittenOptions; expected: number }>([
    { options: { system: 'envoy', minimumRingSize: n * 16 }, expected: successor(16) },
    { options: { system: 'grpc', minimumRingSize: n * 16 }, expected: successor(16) },
    { options: { system: 'nginx' }, expected: successor(160) },
    { options: { system: 'haproxy', hostKey: 'address' }, expected: nearest(16) },
  ])('scatter with CV^2 = $expected: $options', ({ options, expected }) => {
    const squared = Array.from({ length: 300 }, (_, ring) => {
      const hosts = freshHosts(n, ring);
      const strategy = rebuilt(strategyNamed('ring-hash').create({ options, ...ports() }), hosts);
      const counts = new Float64Array(n);
      for (let key = 0; key < keys; key++) counts[pickOf(strategy, key).slot]++;
      return counts.reduce((sum, count) => sum + ((count * n) / keys - 1) ** 2, 0) / n;
    });
    // Random keys add the variance of a multinomial law: CV^2 (1 - 1/m) + (n - 1)/m.
    expectAgreement(estimate(squared), expected * (1 - 1 / keys) + (n - 1) / keys, 0.2);
  });

  it('have a largest one of E[max of n Gamma(v)] / v times the mean', () => {
    const v = 16;
    const rules = { minimumSize: n * v, maximumSize: n * v, hash: xxh64 };
    const largest = Array.from({ length: 400 }, (_, i) => {
      const ring = proportionalRing(freshHosts(n, i), new Float64Array(n).fill(1 / n), rules);
      const shares = new Float64Array(n);
      ring.high.forEach((high, point) => {
        const before = point === 0 ? ring.high[ring.size - 1] - 2 ** 32 : ring.high[point - 1];
        shares[ring.owner[point]] += (high - before) / 2 ** 32;
      });
      return n * Math.max(...shares);
    });
    expectAgreement(estimate(largest), meanOfLargestGamma(n, v) / v, 0.04);
  });
});

describe("Maglev's table, when one of a hundred hosts leaves", () => {
  it('gives less of what the others have to somebody else the larger it is (Envoy, maglev.proto, table_size)', () => {
    const n = 100;
    const tableOf = (keys: readonly string[], size: number): string[] => {
      const { owner, order } = maglevTable(keys, new Float64Array(keys.length).fill(1), size);
      return Array.from(owner, (number) => keys[order[number]]);
    };
    const moved = [1009, 10_007, 100_003].map((size) =>
      estimate(
        Array.from({ length: 12 }, (_, table) => {
          const keys = Array.from({ length: n }, (_, i) => `table${table}-${i}`);
          const before = tableOf(keys, size);
          const after = tableOf(keys.slice(1), size);
          return before.filter((host, slot) => host !== keys[0] && host !== after[slot]).length / size;
        }),
      ),
    );
    for (const [i, { mean, bound }] of moved.entries()) {
      if (i > 0) expect(mean + bound).toBeLessThan(moved[i - 1].mean - moved[i - 1].bound);
    }
    // In the largest less than the host that left had itself.
    expect(moved[2].mean + moved[2].bound).toBeLessThan(1 / n);
  });
});

/** The mean of the largest of n Gamma(v), v a whole number: the integral of 1 - F(x)^n, by the midpoint rule. */
function meanOfLargestGamma(n: number, v: number): number {
  const step = 0.001;
  let integral = 0;
  for (let x = step / 2; x < 10 * v; x += step) {
    let term = Math.exp(-x);
    let tail = 0;
    for (let k = 0; k < v; k++) {
      tail += term;
      term *= x / (k + 1);
    }
    integral += (1 - (1 - tail) ** n) * step;
  }
  return integral;
}
