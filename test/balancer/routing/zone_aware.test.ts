import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import {
  chooseZone,
  compareZones,
  planZones,
  type ZoneAwareSettings,
  type ZoneHosts,
  type ZonePlan,
} from '../../../src/balancer/routing/zone_aware.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

/** Zones written `A2 B0`: of two healthy hosts, and of none that is healthy. */
function zones(text: string): ZoneHosts[] {
  return text.split(' ').map((zone) => ({ zone: zone.slice(0, 1), healthy: Number(zone.slice(1)) }));
}

const plan = (own: string, callers: string, upstream: string, settings: ZoneAwareSettings = {}) =>
  planZones(own, zones(callers), zones(upstream), { minClusterSize: 1, ...settings });

/** The zone's name; `-` where zones are disregarded. All draws must be used. */
function chosen(from: ZonePlan, ...draws: number[]): string {
  const random = scriptedRandom(draws);
  const zone = chooseZone(from, random);
  expect(() => random.uint32()).toThrow('asked for one more');
  return zone < 0 ? '-' : (from.zones[zone] ?? 'none');
}

// Envoy's tests draw once for the priority before; here the draws after that.
describe("Envoy's round_robin_lb_test.cc", () => {
  test('ZoneAwareSmallCluster', () => {
    expect(plan('B', 'A1 B1 C1', 'A1 B1 C1', { minClusterSize: 7 }).mode).toBe('all');
    expect(plan('B', 'A1 B1 C1', 'A1 B1 C1', { minClusterSize: 1 }).mode).toBe('direct');
  });

  test('ZoneAwareZonesMismatched', () => {
    const inA = plan('A', 'A1 B1', 'A1 C1');
    expect(chosen(inA)).toBe('A');
    const inB = plan('B', 'A1 B1', 'A1 C1');
    expect(chosen(inB, 0, 0)).toBe('C');
    expect(chosen(inB, 0, 4999)).toBe('C');
  });

  test.each<[string, ...number[]]>([
    ['A', 0],
    ['A', 3749],
    ['C', 3750, 0],
    ['C', 3750, 2083],
    ['D', 9999, 2084],
    ['D', 9999, 4167],
    ['E', 9999, 4168],
    ['E', 9999, 5417],
    // Once round.
    ['C', 9999, 5418],
  ])('ZoneAwareResidualsMismatched: %s, drawing %i', (zone, ...draws) => {
    const found = plan('A', 'A2 B2 C1 D1', 'A1 C3 D3 E1');
    expect(found).toMatchObject({ mode: 'residual', localPer10000: 3750 });
    expect(chosen(found, ...draws)).toBe(zone);
  });

  test.each<[string, ...number[]]>([
    ['B', 0],
    ['B', 6665],
    ['C', 6666, 0],
    ['C', 9999, 3333],
  ])('ZoneAwareDifferentZoneSize: %s, drawing %i', (zone, ...draws) => {
    expect(chosen(plan('B', 'A1 B1', 'A1 B1 C1'), ...draws)).toBe(zone);
  });

  test('ZoneAwareUseHostWeight', () => {
    const callers = [
      { zone: 'A', healthy: 2, weight: 200 },
      { zone: 'B', healthy: 1, weight: 200 },
    ];
    const upstream = [
      { zone: 'A', healthy: 1, weight: 100 },
      { zone: 'B', healthy: 1, weight: 100 },
    ];
    expect(planZones('A', callers, upstream, { minClusterSize: 2 }).mode).toBe('direct');
    expect(plan('A', 'A2 B1', 'A1 B1').mode).toBe('residual');
  });

  test('ZoneAwareRoutingLargeZoneSwitchOnOff', () => {
    expect(chosen(plan('B', 'A1 B1 C1', 'A1 B1 C1'))).toBe('B');
    expect(chosen(plan('B', 'A1 B1 C1', 'A1 B1 C1', { routingEnabledPercent: 0 }))).toBe('-');
  });

  test('ZoneAwareRoutingSmallZone', () => {
    const found = plan('A', 'A1 B1 C1', 'A1 B2 C2');
    expect(chosen(found, 100)).toBe('A');
    expect(chosen(found, 9999, 2)).toBe('B');
  });

  test.each([
    ['D', 3332],
    ['E', 3333],
    ['E', 6665],
    ['F', 6666],
    ['F', 9998],
  ])('ZoneAwareNoMatchingZones: %s, drawing %i', (zone, draw) => {
    expect(chosen(plan('A', 'A1 B1 C1', 'D1 E1 F1'), 0, draw)).toBe(zone);
  });

  test('NoZoneAwareNotEnoughLocalZones, NoZoneAwareNotEnoughUpstreamZones, NoZoneAwareRoutingNoLocalLocality', () => {
    expect(plan('A', 'A1', 'A1 B1').mode).toBe('all');
    expect(plan('A', 'A1 B1', 'A1').mode).toBe('all');
    expect(plan('C', 'A1 B1', 'A1 B1').mode).toBe('all');
    expect(chosen(plan('A', 'A1', 'A1 B1'))).toBe('-');
  });

  test('ZoneAwareForceLocalityDirect', () => {
    expect(plan('A', 'A1 B1', 'A1 B1 C1').mode).toBe('residual');
    expect(plan('A', 'A1 B1', 'A1 B1 C1', { forceLocalZoneMinSize: 2 }).mode).toBe('residual');
    expect(plan('A', 'A1 B1', 'A1 B1 C1', { forceLocalZoneMinSize: 1 }).mode).toBe('direct');
    // Then one zone of callers is enough.
    expect(plan('A', 'A1', 'A1 B1', { forceLocalZoneMinSize: 1 }).mode).toBe('direct');
  });

  test.each([
    ['C', 0],
    ['C', 832],
    ['E', 833],
    ['E', 2498],
    ['F', 2499],
    ['F', 3331],
    ['H', 3332],
    ['H', 4997],
    ['C', 4998],
  ])('ZoneAwareEmptyLocalities: %s, drawing %i', (zone, draw) => {
    const found = plan('A', 'A1 C1 D1 E0 F1', 'A0 B0 C2 E1 F2 G0 H1 I0');
    expect(chosen(found, 0, draw)).toBe(zone);
  });

  test('LowPrecisionForDistribution', () => {
    const found = plan('A', 'A45000 B55000', 'A44999 B55001');
    expect([...found.residual]).toEqual([0, 0]);
    expect(chosen(found, 9996)).toBe('A');
    expect(chosen(found, 9999, 2)).toBe('A');
    expect(chosen(found, 9999, 3)).toBe('B');
  });
});

test('the defaults: six healthy hosts, all requests, nothing forced', () => {
  const sixth = (healthy: number) => [
    { zone: 'A', healthy },
    { zone: 'B', healthy: 3 },
  ];
  expect(planZones('A', zones('A1 B1'), sixth(2)).mode).toBe('all');
  expect(planZones('A', zones('A1 B1'), sixth(3))).toMatchObject({ mode: 'direct', routingEnabledPercent: 100 });
});

test('a part of the requests is routed by zone: one draw more', () => {
  // ProtobufPercentHelper::convertPercent.
  const kept = (routingEnabledPercent: number) =>
    planZones('A', zones('A1 B1'), zones('A1 B1'), { routingEnabledPercent });
  expect([28, 29, 57, 58, 100].map((percent) => kept(percent).routingEnabledPercent)).toEqual([28, 28, 56, 57, 100]);
  const found = plan('A', 'A1 B1', 'A1 B1', { routingEnabledPercent: 30 });
  expect(chosen(found, 29)).toBe('A');
  expect(chosen(found, 30)).toBe('-');
  expect(chosen(found, 129)).toBe('A');
});

test('an own zone none of whose hosts is healthy keeps nothing', () => {
  expect(plan('A', 'A0 B1', 'A0 B9').mode).toBe('residual');
  expect(plan('A', 'A1 B1', 'A0 B9')).toMatchObject({ mode: 'residual', localPer10000: 0, zones: ['A', 'B'] });
});

test('zones: the own one first, the others by region, zone and sub-zone', () => {
  const order = ['b/x', 'a/y', '', 'a', 'a-b', 'a/x/2', 'a/', 'a/x'].toSorted((a, b) => compareZones('b/x', a, b));
  expect(order).toEqual(['b/x', '', 'a', 'a/', 'a/x', 'a/x/2', 'a/y', 'a-b']);
});

const NAMES = 'ABCDE';
const anyZones = fc
  .array(fc.nat(20), { minLength: 2, maxLength: 5 })
  .map((counts) => counts.map((healthy, i) => ({ zone: NAMES.charAt(i), healthy })));

prop.prop([anyZones, anyZones])(
  'with all callers alike, no zone is sent more than its share by much',
  (callers, upstream) => {
    const total = (list: readonly ZoneHosts[]) => list.reduce((sum, { healthy }) => sum + healthy, 0);
    fc.pre(total(callers) > 0 && total(upstream) > 0);
    const received = new Map<string, number>(upstream.map(({ zone }) => [zone, 0]));
    const add = (zone: string, share: number) => received.set(zone, (received.get(zone) ?? 0) + share);
    let planned = true;
    for (const { zone, healthy } of callers) {
      const found = planZones(zone, callers, upstream, { minClusterSize: 1 });
      planned &&= found.mode !== 'all';
      const sent = healthy / total(callers);
      const stays = found.mode === 'direct' ? 1 : found.localPer10000 / 10_000;
      add(found.zones[0] ?? '', stays * sent);
      const room = found.residual.at(-1) ?? 0;
      for (const [i, upTo] of found.residual.entries()) {
        const part = room === 0 ? 1 / found.zones.length : (upTo - (found.residual[i - 1] ?? 0)) / room;
        add(found.zones[i] ?? '', (1 - stays) * sent * part);
      }
    }
    expect(planned).toBe(true);
    for (const { zone, healthy } of upstream) {
      // Each share is rounded down by less than 1/10000, of callers and of hosts, for each of up to 5 zones.
      expect(Math.abs((received.get(zone) ?? 0) - healthy / total(upstream))).toBeLessThan(20 / 10_000);
    }
  },
);

test('zones are in the order of their bytes, as std::string has them', () => {
  expect(['\u{1f600}', '\uff01', 'z'].toSorted((a, b) => compareZones('', a, b))).toEqual(['z', '\uff01', '\u{1f600}']);
});
