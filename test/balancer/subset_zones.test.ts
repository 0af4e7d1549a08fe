import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { LoadBalancerSettings } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { SubsetSettings } from '../../src/balancer/subset.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { balancerWith, hostNamed, instance, sequence, silentObserver } from '../helpers/balancing.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

/** Hosts a, b, c, ... of these zones, by the versions they have: `10 11` are one of 1.0 and one of 1.1. */
function fleet(zones: Readonly<Record<string, string>>): Instance[] {
  const hosts = Object.entries(zones).flatMap(([zone, versions]) =>
    versions.split(' ').map((version) => ({ zone, metadata: { version } })),
  );
  return hosts.map((host, i) => ({ ...instance(String.fromCharCode(97 + i)), ...host }));
}

interface Setup extends Partial<LoadBalancerSettings> {
  readonly subset: SubsetSettings;
  readonly draws?: readonly number[];
  readonly strategy?: string;
  readonly callers?: Readonly<Record<string, number>>;
}

function balancerOf(instances: readonly Instance[], { draws, strategy, callers, ...settings }: Setup): Balancer {
  const peersByZone = new Map(Object.entries(callers ?? {}));
  const balancer = balancerWith({
    strategy: strategyNamed(strategy ?? 'round-robin').withOptions({}),
    random: scriptedRandom(draws ?? Array(100).fill(0)),
    place: { zone: 'z1', index: 0, count: 1, peersByZone },
    ...settings,
  });
  balancer.update(instances);
  return balancer;
}

const selecting = (version: string): SubsetSettings => ({ selectors: [{ keys: ['version'] }], match: { version } });

// Envoy's subset_test.cc; the names are its tests'.
describe('weights of zones', () => {
  const weighted = (...[z1, z2]: readonly number[]) => ({
    locality: { kind: 'weighted' as const, weights: { z1, z2 } },
  });
  const even = fleet({ z1: '10 11', z2: '10 11 10 11' });
  const uneven = fleet({ z1: '10 11', z2: '10 10 10 11' });

  test('DisabledLocalityWeightAwareness: the first host of all', () => {
    const any: SubsetSettings = { selectors: [], fallback: 'any' };
    expect(sequence(balancerOf(even, { subset: any, ...weighted(1, 100) }), 6)).toBe('abcdef');
    expect(sequence(balancerOf(even, { subset: selecting('11'), ...weighted(1, 100) }), 3)).toBe('bdf');
  });

  test('EnabledLocalityWeightAwareness: the heavy zone', () => {
    const subset: SubsetSettings = { selectors: [], fallback: 'any', localityWeightAware: true };
    expect(sequence(balancerOf(even, { subset, ...weighted(1, 100) }), 1)).toBe('c');
  });

  const scaled = (version: string): SubsetSettings => ({
    ...selecting(version),
    localityWeightAware: true,
    scaleLocalityWeight: true,
  });

  test('EnabledScaleLocalityWeights: 50 and 50 become 25 and 13, as there are fewer of the hosts', () => {
    expect(sequence(balancerOf(uneven, { subset: scaled('11'), ...weighted(50, 50) }), 9)).toBe('bfbbfbbfb');
  });

  test('EnabledScaleLocalityWeightsRounding: 2 and 2 become 1 and 2', () => {
    expect(sequence(balancerOf(uneven, { subset: scaled('10'), ...weighted(2, 2) }), 7)).toBe('cadeacd');
  });

  test('a zone scaled to nothing gets nothing, with policies that hash too', () => {
    const hosts = fleet({ z1: '10 11 11 11 11', z2: '10' });
    for (const strategy of ['round-robin', 'ring-hash']) {
      const balancer = balancerOf(hosts, { subset: scaled('10'), ...weighted(2, 2), strategy });
      expect(balancer.eligible.map(({ instance }) => instance.id)).toEqual(['f']);
    }
  });

  // determineLocalityWeights: without scaling the sum has zones that the subset has nobody in.
  test('policies that hash leave the share of a zone outside the subset to nobody', () => {
    const wholes: (number | undefined)[] = [];
    const read = (subset: SubsetSettings): number[] => {
      const weights: number[] = [];
      const inner = strategyNamed('rendezvous').withOptions({});
      const create: typeof inner.create = (ports) => {
        const strategy = inner.create(ports);
        const rebuild: typeof strategy.rebuild = (members, eligible, weightOf) => {
          wholes.push(weightOf.whole);
          weights.splice(0, Infinity, ...eligible.map(weightOf));
          strategy.rebuild(members, eligible, weightOf);
        };
        return new Proxy(strategy, {
          get: (of, name) => (name === 'rebuild' ? rebuild : Reflect.get(of, name)?.bind(of)),
        });
      };
      const balancer = balancerWith({ strategy: { ...inner, create }, subset, ...weighted(1, 3) });
      balancer.update(fleet({ z1: '10 10', z2: '11' }));
      balancer.pick(1, 0);
      return weights;
    };
    expect(read({ ...selecting('10'), localityWeightAware: true })).toEqual([1 / 8, 1 / 8]);
    expect(read(scaled('10'))).toEqual([1 / 2, 1 / 2]);
    expect(wholes).toEqual([1, 1]);
  });
});

describe('zone-aware routing', () => {
  const locality = {
    kind: 'zone-aware' as const,
    minClusterSize: 2,
    basis: 'hosts' as const,
    routingEnabledPercent: 100,
    forceLocalZoneMinSize: null,
  };
  const callers = { z1: 2, z2: 2, z3: 2 };

  test('ZoneAwareBalancesSubsets', () => {
    const hosts = fleet({ z1: '10 11', z2: '10 11 10 11', z3: '10 11 10 11' });
    // The seeds of both subsets; of each pick the priority, whether it stays, and the zone.
    const draws = [0, 0, 0, 100, 0, 9999, 2];
    const balancer = balancerOf(hosts, { subset: selecting('11'), locality, callers, draws });
    expect(sequence(balancer, 2)).toBe('bd');
  });

  test('ZoneAwareComplicatedBalancesSubsets: the own zone has nobody in the subset', () => {
    const hosts = fleet({ z1: '10', z2: '10 11 10 11', z3: '10 11 10 11', z4: '11' });
    const draws = [0, 0, 0, 0, 666, 0, 0, 667, 0, 0, 1334];
    const balancer = balancerOf(hosts, { subset: selecting('11'), locality, callers, draws });
    expect(sequence(balancer, 3)).toBe('cgj');
  });

  // HostsPerLocality::filter keeps zones that it empties, and hostSourceToUse may choose one of them.
  test('zones that the subset has nobody in are zones all the same', () => {
    const hosts = fleet({ z1: '10', z2: '11 11' });
    const balancer = balancerOf(hosts, {
      subset: selecting('11'),
      locality,
      callers: { z1: 1, z2: 10_000 },
      // z1 sends 0 of 10,000 parts, z2 9,999 and takes all 10,000: one part of room, in z2.
      draws: [0, 0, 0, 5000, 0],
    });
    expect(sequence(balancer, 1)).toBe('b');
    const even = balancerOf(hosts, {
      subset: selecting('11'),
      locality,
      callers: { z1: 0, z2: 1 },
      draws: [0, 0, 0, 0, 0],
    });
    // No room anywhere: any of the zones, and in z1 is nobody.
    expect(even.pick(NO_KEY, 0)).toBeNull();
  });
});

// PriorityLbSubset::finalize: a subset is updated with its priority, whoever of it has changed.
describe('a change outside the subset', () => {
  const weighed = (weight: number): Instance[] => [
    { ...instance('a'), metadata: { version: '10' } },
    { ...instance('b', 2), metadata: { version: '10' } },
    { ...instance('c', weight), metadata: { version: '11' } },
  ];
  const edf = () => {
    const strategy = strategyNamed('weighted-round-robin').withOptions({ algorithm: 'edf' });
    const balancer = balancerWith({ strategy, subset: selecting('10'), random: scriptedRandom(Array(50).fill(0)) });
    balancer.update(weighed(1));
    return balancer;
  };

  test.each<[string, (balancer: Balancer) => void, string]>([
    ['none', (balancer) => balancer.update(weighed(1)), 'abb'],
    ['of a weight', (balancer) => balancer.update(weighed(5)), 'bab'],
    ['of health', (balancer) => balancer.setHealthy(hostNamed(balancer, 'c'), false), 'bab'],
  ])('begins its schedule anew: %s', (_, change, picks) => {
    const balancer = edf();
    // By weights 1 and 2: b a b b a b.
    expect(sequence(balancer, 1)).toBe('b');
    change(balancer);
    expect(sequence(balancer, 3)).toBe(picks);
  });

  // A host is not among those of the list yet when its check says that it has not been checked.
  test('is none of a host that is about to join', () => {
    const balancer: Balancer = balancerWith({
      strategy: strategyNamed('weighted-round-robin').withOptions({ algorithm: 'edf' }),
      subset: selecting('10'),
      random: scriptedRandom(Array(50).fill(0)),
      observer: {
        ...silentObserver,
        onAdded: (host) => {
          if (host.instance.priority === 1) balancer.setHealth(host, { healthy: false, excluded: true });
        },
      },
    });
    balancer.update(weighed(1));
    expect(sequence(balancer, 1)).toBe('b');
    balancer.update([...weighed(1), { ...instance('d'), priority: 1 }]);
    expect(sequence(balancer, 3)).toBe('abb');
  });
});
