import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { pointCounts } from '../../../src/balancer/strategies/nginx_ring_hash.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

/** Hosts of these weights and attempts in flight. */
function over(
  name: string,
  options: WrittenOptions,
  weights: readonly number[],
  inFlight: readonly number[],
): Strategy {
  const hosts: Host[] = hostsOf(weights.map((weight) => ({ weight })));
  hosts.forEach((host, i) => {
    host.inFlight = inFlight[i] ?? 0;
  });
  return rebuilt(strategyNamed(name).create({ options, ...ports() }), hosts);
}

const weightsArbitrary = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 9 });
const inFlightArbitrary = fc.array(fc.nat(6), { maxLength: 9 });
/** Powers of 2, as by others sums are rounded otherwise, and a ring has one point more or less. */
const unitArbitrary = fc.integer({ min: -9, max: 9 }).map((power) => 2 ** power);

function expectSamePicks(one: Strategy, other: Strategy): void {
  for (let key = 0; key < 40; key++) {
    for (const attempt of [0, 1, 5]) expect(pickOf(other, key, attempt).slot).toBe(pickOf(one, key, attempt).slot);
  }
}

describe('all weights times a constant change no pick', () => {
  describe.each<[string, WrittenOptions]>([
    ['ring-hash', {}],
    ['ring-hash', { hashBalanceFactor: 120 }],
    ['ring-hash', { minimumRingSize: 7, maximumRingSize: 9 }],
    ['ring-hash', { system: 'grpc', minimumRingSize: 100 }],
    ['maglev', { tableSize: 503 }],
    ['maglev', { tableSize: 503, hashBalanceFactor: 120 }],
    ['rendezvous', {}],
    ['rendezvous', { hashBalanceFactor: 120 }],
  ])('%s %j', (name, options) => {
    test.prop([weightsArbitrary, inFlightArbitrary, unitArbitrary])('whatever they are', (weights, inFlight, unit) => {
      const scaled = weights.map((weight) => weight * unit);
      expectSamePicks(over(name, options, weights, inFlight), over(name, options, scaled, inFlight));
    });

    test.prop([fc.integer({ min: 1, max: 30 }), inFlightArbitrary, fc.double({ min: 0.001, max: 1e6, noNaN: true })])(
      'for equal hosts of any weight instead of 1',
      (n, inFlight, weight) => {
        const [ones, others] = [Array(n).fill(1), Array(n).fill(weight)];
        expectSamePicks(over(name, options, ones, inFlight), over(name, options, others, inFlight));
      },
    );
  });

  test('slots of equal hosts are not rounded up: 12 of 4 hosts of 0.1 are 3 each', () => {
    const options = { hashBalanceFactor: 120 };
    const [tenths, ones] = [0.1, 1].map((weight) => over('rendezvous', options, Array(4).fill(weight), [6, 3]));
    expectSamePicks(ones, tenths);
  });

  // HAProxy and nginx give points by absolute weight, up to a limit.
  test.prop([weightsArbitrary, inFlightArbitrary, fc.nat(9), fc.constantFrom(0, 120)])(
    'ring-hash of haproxy, above its largest weight',
    (weights, inFlight, power, hashBalanceFactor) => {
      const large = [256, ...weights];
      const scaled = large.map((weight) => weight * 2 ** power);
      const options = { system: 'haproxy', hashBalanceFactor };
      expectSamePicks(over('ring-hash', options, large, inFlight), over('ring-hash', options, scaled, inFlight));
    },
  );

  test.prop([weightsArbitrary, fc.nat(4)])('ring-hash of nginx, where its points are too many', (weights, power) => {
    const large = [60_000, ...weights];
    expect(pointCounts(large.map((weight) => weight * 2 ** power))).toEqual(pointCounts(large));
  });
});
