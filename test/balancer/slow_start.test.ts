import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { envoySlowStartFactor, haproxySlowStartWeight } from '../../src/balancer/slow_start.ts';

describe('envoySlowStartFactor', () => {
  // round_robin_lb_test.cc: SlowStartNoWait, SlowStartWithRuntimeAggression, SlowStartNoWaitNonLinearAggression (whose
  // comments give two digits), SlowStartNoWaitMinWeightPercent35. Seconds.
  test.each([
    [12, { windowMs: 60_000 }, 0.2],
    [20, { windowMs: 60_000 }, 0.33],
    [5, { windowMs: 10_000 }, 0.5],
    [9, { windowMs: 10_000, aggression: 1.5 }, 0.93],
    [0, { windowMs: 10_000, aggression: 1.5 }, 0.1],
    [5, { windowMs: 60_000, aggression: 2 }, 0.28],
    [6, { windowMs: 60_000, aggression: 2 }, 0.31],
    [26, { windowMs: 60_000, aggression: 2 }, 0.65],
    [12, { windowMs: 60_000, minWeightShare: 0.35 }, 0.35],
    [30, { windowMs: 60_000, minWeightShare: 0.35 }, 0.5],
    [60, { windowMs: 60_000 }, 1],
    [57, { windowMs: 10_000, aggression: 2 }, 1],
  ])('after %i s with %j: %d', (elapsedS, settings, factor) => {
    // Two digits, cut off or rounded.
    expect(Math.abs(envoySlowStartFactor(1000 * elapsedS, settings) - factor)).toBeLessThan(0.01);
  });

  test('the least elapsed time is 1 ms, and time is in whole milliseconds', () => {
    const settings = { windowMs: 1000, minWeightShare: 0.0001 };
    expect(envoySlowStartFactor(0, settings)).toBe(0.001);
    expect(envoySlowStartFactor(2.9, settings)).toBe(0.002);
  });

  // Measured: std::pow of Envoy on glibc 2.36. V8's ** is another double for both.
  test('powers are to the bit as in Envoy', () => {
    expect(envoySlowStartFactor(391, { windowMs: 1000, aggression: 3 })).toBe(0.7312382811573165);
    expect(envoySlowStartFactor(274, { windowMs: 10_000, aggression: 1.5, minWeightShare: 0 })).toBe(
      0.09088670842911671,
    );
  });

  test('without a window there is no slow start', () => {
    expect(envoySlowStartFactor(0, { windowMs: 0 })).toBe(1);
  });

  test.each([0, -1, Number.NaN])('an aggression of %d is as one of 1', (aggression) => {
    expect(envoySlowStartFactor(250, { windowMs: 1000, aggression })).toBe(0.25);
  });

  const anyShare = fc.double({ min: 0, max: 1, noNaN: true });
  const anyWindow = fc.integer({ min: 1, max: 100_000 });
  const anyAggression = fc.double({ min: 0.1, max: 10, noNaN: true });

  prop.prop([anyWindow, anyAggression, anyShare, anyShare, anyShare])(
    'never falls, from the least share to 1',
    (windowMs, aggression, minWeightShare, earlier, later) => {
      const at = (share: number) => envoySlowStartFactor(share * windowMs, { windowMs, aggression, minWeightShare });
      expect(at(Math.min(earlier, later))).toBeLessThanOrEqual(at(Math.max(earlier, later)));
      expect(at(earlier)).toBeGreaterThanOrEqual(minWeightShare);
      expect(at(earlier)).toBeLessThanOrEqual(1);
      expect(at(1)).toBe(1);
    },
  );

  prop.prop([anyWindow, anyShare])('the higher the aggression, the higher the weight', (windowMs, share) => {
    const at = (aggression: number) =>
      envoySlowStartFactor(share * windowMs, { windowMs, aggression, minWeightShare: 0 });
    expect(at(1)).toBeLessThanOrEqual(at(1.5));
    expect(at(1.5)).toBeLessThanOrEqual(at(4));
  });
});

describe('haproxySlowStartWeight', () => {
  // What HAProxy 3.5-dev5 and 2.6.12 told of servers of weight 16 (`show stat`), asked 20 times a second from `set server
  // .. state ready` on: the weights, one after the other, a second each.
  test.each([
    [16, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]],
    [10, [1, 2, 4, 5, 7, 9, 10, 12, 13, 15, 16]],
    [7, [1, 3, 5, 7, 10, 12, 14, 16]],
    [5, [1, 4, 7, 10, 13, 16]],
    [3, [1, 6, 11, 16]],
  ])('slowstart %i s: %j', (windowS, weights) => {
    expect(weights.map((_, second) => haproxySlowStartWeight(16, second, windowS))).toEqual(weights);
  });

  // The formula of server_recalc_eweight, worked by hand for windows of 16 s and of 10 s.
  test('a window of 16 s has one sixteenth more each second', () => {
    const steps = Array.from({ length: 18 }, (_, second) => haproxySlowStartWeight(16, second, 16));
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16]);
  });

  test('a window of 10 s', () => {
    // (16 t + 10) // 10
    const steps = Array.from({ length: 11 }, (_, second) => haproxySlowStartWeight(16, second, 10));
    expect(steps).toEqual([1, 2, 4, 5, 7, 9, 10, 12, 13, 15, 16]);
  });

  test('no window, no ramp', () => {
    expect(haproxySlowStartWeight(3, 0, 0)).toBe(3);
  });

  const anySeconds = fc.integer({ min: 0, max: 300 });
  prop.prop([fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 200 }), anySeconds, anySeconds])(
    'never falls, in whole sixteenths from the first to the whole weight, close above the straight line',
    (weight, windowS, earlier, later) => {
      const at = (elapsedS: number) => (16 * haproxySlowStartWeight(weight, elapsedS, windowS)) / weight;
      expect(at(Math.min(earlier, later))).toBeLessThanOrEqual(at(Math.max(earlier, later)));
      expect(Number.isInteger(at(earlier))).toBe(true);
      const straight = Math.min(16, (16 * earlier) / windowS);
      expect(at(earlier)).toBeGreaterThanOrEqual(straight);
      expect(at(earlier)).toBeLessThanOrEqual(Math.min(16, straight + 1));
      expect(at(0)).toBe(1);
    },
  );
});
