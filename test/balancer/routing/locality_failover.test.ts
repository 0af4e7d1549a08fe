import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { localityPriorities } from '../../../src/balancer/routing/locality_failover.ts';

const TO_REGION_2 = [{ from: 'region1', to: 'region2' }];

describe("Istio's loadbalancer_test.go, TestApplyLocalitySetting", () => {
  const own = 'region1/zone1/subzone1';

  test('Failover: all priorities', () => {
    const zones = [
      'region1/zone1/subzone1',
      'region1/zone1/subzone1',
      'region1/zone1/subzone2',
      'region1/zone1/subzone3',
      'region1/zone2',
      'region2',
      'region3',
    ];
    expect(localityPriorities(own, zones, TO_REGION_2)).toEqual([0, 0, 1, 1, 2, 3, 4]);
  });

  test('Failover: priorities with gaps', () => {
    const zones = ['region1/zone1/subzone2', 'region2/zone1/subzone2', 'region2/zone1/subzone2'];
    expect(localityPriorities(own, zones, TO_REGION_2)).toEqual([0, 1, 1]);
  });

  test('Failover: priorities with some nil localities', () => {
    const zones = ['region1/zone1/subzone2', null, 'region2/zone1/subzone2'];
    expect(localityPriorities(own, zones, TO_REGION_2)).toEqual([0, 2, 1]);
  });

  test('FailoverPriority with Failover: match all labels', () => {
    const zones = [
      'region1/zone1/subzone1',
      'region1/zone2/subzone2',
      'region2/zone2/subzone2',
      'region3/zone3/subzone3',
      'region2/zone2/subzone2',
      'region3/zone3/subzone3',
    ];
    // By labels: 0 both match, 1 the first alone, 2 not even that.
    const assigned = [2, 0, 2, 1, 0, 2];
    expect(localityPriorities(own, zones, TO_REGION_2, assigned)).toEqual([3, 0, 4, 2, 1, 5]);
  });
});

describe('zones without parts', () => {
  test('a zone without slashes is a region', () => {
    expect(localityPriorities('a', ['a', 'b', 'c', null])).toEqual([0, 1, 1, 1]);
    expect(localityPriorities('a', ['a', 'b', 'c'], [{ from: 'a', to: 'c' }])).toEqual([0, 2, 1]);
    expect(localityPriorities('a', ['a/x', 'b'])).toEqual([0, 1]);
  });

  test('callers without a zone are at home where there is no name', () => {
    expect(localityPriorities(null, ['a', null, ''])).toEqual([1, 0, 0]);
    expect(localityPriorities(null, ['a', 'b'], TO_REGION_2)).toEqual([0, 0]);
  });

  test('what follows the second slash is the sub-zone', () => {
    expect(localityPriorities('a/b/c/d', ['a/b/c', 'a/b/c/d'])).toEqual([1, 0]);
  });
});

test('of several settings for a region the first counts', () => {
  const failover = [...TO_REGION_2, { from: 'region1', to: 'region3' }];
  expect(localityPriorities('region1', ['region2', 'region3'], failover)).toEqual([0, 1]);
});

test('nobody has no priorities', () => {
  expect(localityPriorities('a', [])).toEqual([]);
});

const anyName = fc.constantFrom('', 'a', 'b', 'c');
const anyZone = fc.oneof(
  fc.constant(null),
  fc.array(anyName, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
);
const anyFailover = fc.array(fc.record({ from: anyName, to: anyName }), { maxLength: 3 });

prop.prop([anyZone, fc.array(fc.tuple(anyZone, fc.nat(3)), { maxLength: 8 }), anyFailover])(
  'priorities have no gaps, keep the order of those assigned, and put nearer places first',
  (own, hosts, failover) => {
    const zones = hosts.map(([zone]) => zone);
    const assigned = hosts.map(([, priority]) => priority);
    const priorities = localityPriorities(own, zones, failover, assigned);
    const distinct = [...new Set(priorities)].toSorted((a, b) => a - b);
    expect(distinct).toEqual(distinct.map((_, i) => i));
    const shared = (zone: string | null) => {
      const [mine, theirs] = [own, zone].map((each) => [...(each ?? '').split('/'), '', ''].slice(0, 3));
      const different = mine?.findIndex((part, i) => part !== theirs?.[i]) ?? 0;
      return different < 0 ? 3 : different;
    };
    for (const i of zones.keys()) {
      for (const j of zones.keys()) {
        const [a = 0, b = 0] = [assigned[i], assigned[j]];
        const nearer = shared(zones[i] ?? null) > shared(zones[j] ?? null);
        if (a < b || (a === b && nearer)) expect(priorities[i]).toBeLessThan(priorities[j] ?? 0);
      }
    }
  },
);
