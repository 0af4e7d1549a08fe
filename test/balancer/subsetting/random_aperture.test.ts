import { describe, expect, test } from 'vitest';
import { RunningSumsTable } from '../../../src/balancer/parts/aperture.ts';
import { LoadBand } from '../../../src/balancer/subsetting/load_band.ts';
import { randomAperture } from '../../../src/balancer/subsetting/random_aperture.ts';
import type { Subsetting } from '../../../src/balancer/subsetting/subsetting.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { callerOf, hostsOf, subset } from './group.ts';

/** A caller whose hosts get these tokens in order. */
const withTokens = (tokens: readonly number[], minAperture = 1): Subsetting =>
  callerOf(randomAperture, { minAperture, smoothWindow: 0 }, 0, 1, scriptedRandom(tokens));

function load(subsetting: Subsetting, attempts: number): void {
  for (let i = 0; i < attempts; i++) subsetting.started?.(0);
}

describe('the band', () => {
  test('tracks concurrency: k is within 1 of c / 1.125 (finagle-core LoadBandTest)', () => {
    const hosts = 60;
    const band = new LoadBand(0.875, 1.125, 0);
    band.restart(1, hosts);
    const up = Array.from({ length: hosts - 1 }, (_, i) => i + 2);
    for (const concurrency of [...up, ...up.toReversed()]) {
      let width = 0;
      for (let round = 0; round <= 100; round++) {
        for (let i = 0; i < concurrency; i++) band.started(0);
        width = band.width;
        for (let i = 0; i < concurrency; i++) band.ended(0);
      }
      expect(Math.abs(concurrency / 1.125 - width)).toBeLessThanOrEqual(1);
    }
  });

  test('moves by one host at a time, at the very edges of the band, within its bounds', () => {
    const band = new LoadBand(1, 2, 0);
    band.restart(1, 2);
    const afterStart = () => {
      band.started(0);
      return band.width;
    };
    const afterEnd = () => {
      band.ended(0);
      return band.width;
    };
    expect(afterStart()).toBe(1); // 1 per host: low, but already the least
    expect(afterStart()).toBe(2); // 2 per host: high
    expect(afterStart()).toBe(2); // 1.5
    expect(afterStart()).toBe(2); // 2: high, but already the most
    expect(afterEnd()).toBe(2); // 1.5
    expect(afterEnd()).toBe(1); // 1: low
  });

  test.each([
    [1e-9, 2],
    [-1e-9, 3],
  ])(
    'smooths over a mean lifetime: 1 in flight, and 2 after it, average 2 - 1/e (%f above: %i hosts)',
    (above, width) => {
      const band = new LoadBand(0, (2 - Math.exp(-1)) / 2 + above, 15_000);
      band.restart(2, 3);
      band.started(1000); // The first is taken as it is.
      expect(band.width).toBe(2);
      band.started(16_000);
      expect(band.width).toBe(width);
    },
  );

  test('may not be empty', () => {
    expect(() => new LoadBand(1, 1, 0)).toThrow(RangeError);
  });
});

describe('the order', () => {
  test('is that of the tokens, whatever the order of the list, and k hosts of it are used', () => {
    const hosts = hostsOf([1, 1, 1, 1]);
    const subsetting = withTokens([7, 3, 9, 1]);
    expect(subset(subsetting.select(hosts))).toEqual([3]);
    load(subsetting, 2); // 1 and 2 in flight: 2 hosts, then 2/2 within the band
    expect(subset(subsetting.select(hosts))).toEqual([1, 3]);
    load(subsetting, 1);
    expect(subset(subsetting.select(hosts.toReversed()))).toEqual([0, 2, 3]);
  });

  test('takes in a host that joins by its own token, and begins again from the least', () => {
    const hosts = hostsOf([1, 1, 1]);
    const subsetting = withTokens([5, 6, 7, 4]);
    subsetting.select(hosts.slice(0, 3));
    load(subsetting, 3);
    expect(subset(subsetting.select(hosts))).toEqual([0, 1, 2]);
    const joined = [...hosts, ...hostsOf([1, 1, 1, 1]).slice(3)];
    expect(subset(subsetting.select(joined))).toEqual([3]);
    expect(subset(subsetting.select(joined.slice(0, 3)))).toEqual([0]);
  });

  test('puts the healthy first, anew when nobody in the aperture is healthy and at the pick that sees one so again', () => {
    const hosts = hostsOf([1, 1, 1]);
    const subsetting = withTokens([1, 2, 3], 2);
    expect(subset(subsetting.select(hosts))).toEqual([0, 1]);
    hosts[0].healthy = false;
    expect(subset(subsetting.select(hosts))).toEqual([0, 1]);
    hosts[1].healthy = false;
    expect(subset(subsetting.select(hosts))).toEqual([0, 2]);
    expect(subsetting.picked?.()).toBe(false);
    hosts[1].healthy = true;
    expect(subset(subsetting.select(hosts))).toEqual([0, 2]);
    expect(subsetting.picked?.()).toBe(true);
    expect(subset(subsetting.select(hosts))).toEqual([1, 2]);
    expect(subsetting.picked?.()).toBe(false);
    hosts[1].healthy = hosts[2].healthy = false;
    expect(subset(subsetting.select(hosts))).toEqual([1, 2]);
  });
});

test('tokens are 32 bits with their sign, as in Finagle', () => {
  const subsetting = withTokens([1, 0x80000000, 0, 0xffffffff], 2);
  expect(subset(subsetting.select(hostsOf([1, 1, 1, 1])))).toEqual([1, 3]);
});

test('with a strategy that tells of it, the order waits for that', () => {
  const random = scriptedRandom([1, 2, 3]);
  const streams = { random, shared: random, common: random };
  const subsetting = randomAperture.create({ options: {}, toldInVain: true, caller: 0, callers: 1, ...streams });
  const hosts = hostsOf([1, 1, 1]);
  subsetting.select(hosts);
  hosts[0].healthy = false;
  expect(subset(subsetting.select(hosts))).toEqual([0]);
  subsetting.inVain?.();
  expect(subset(subsetting.select(hosts))).toEqual([1]);
});

test('with unequal weights the aperture is k/n of the weight, across its edge in part (finagle-core WeightedApertureTest)', () => {
  // The running sums that test prints; an aperture of 12 of 20 is 0.6 of the weight, and reaches into host 12.
  const sums = [
    0.10897957345898437, 0.1268500607086572, 0.24388128008462095, 0.2517531287369932, 0.26009561906137796,
    0.2709863439395602, 0.32192445432616834, 0.4268557117936775, 0.49587102482185114, 0.5434526136090619,
    0.5744517234237482, 0.5927875387629006, 0.6240404207108955, 0.6794445417803858, 0.7321388121574698,
    0.757508511564142, 0.8312170117679757, 0.8352321269266164, 0.9179030745947724, 1.0,
  ];
  const weights = sums.map((sum, i) => sum - (sums[i - 1] ?? 0));
  const factors = withTokens(
    sums.map((_, i) => i),
    12,
  ).select(hostsOf(weights));
  expect(factors.slice(0, 12)).toEqual(Array(12).fill(1));
  expect(factors[12]).toBeCloseTo((0.6 - sums[11]) / (sums[12] - sums[11]), 9);
  expect(factors.slice(13)).toEqual(Array(7).fill(0));
});

test('a draw of 0 finds nobody of weight 0', () => {
  const table = new RunningSumsTable(hostsOf([0, 0, 3, 1]), { width: 1 });
  expect(table.draw(scriptedRandom([0]))).toBe(2);
});

test('the defaults of finagle-core Balancers.aperture', () => {
  const { minAperture, lowLoad, highLoad, smoothWindow } = randomAperture.options;
  const defaults = [minAperture, lowLoad, highLoad, smoothWindow].map((option) => option.default);
  expect(defaults).toEqual([1, 0.875, 1.125, 15_000]);
});
