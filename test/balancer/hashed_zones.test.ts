import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { xxh64 } from '../../src/core/hash/xxh64.ts';
import type { Instance } from '../../src/core/instance.ts';
import { balancerWith, hostNamed } from '../helpers/balancing.ts';
import { plantedKeys } from '../helpers/planted_keys.ts';

const idOf = (host: Host | null): string => host?.instance.id ?? '-';

/** Instances at 127.0.0.1, by zone, weight and port, which is their name. */
function localInstances(list: readonly (readonly [zone: string, weight: number, port: number])[]): Instance[] {
  return list.map(([zone, weight, port]) => ({ id: String(port), address: `127.0.0.1:${port}`, zone, weight }));
}

/** A balancer with weights of zones, for keys of these hashes. */
function zoned(
  strategy: string,
  options: Readonly<Record<string, string | number>>,
  weights: Readonly<Record<string, number>>,
  {
    hashes = [],
    panicThreshold = 0,
    own = null,
  }: Partial<{ hashes: bigint[]; panicThreshold: number; own: string | null }> = {},
): Balancer {
  return balancerWith({
    strategy: strategyNamed(strategy).withOptions(options),
    locality: { kind: 'weighted', weights },
    place: { zone: own, index: 0, count: 1, peersByZone: new Map() },
    panicThreshold,
    keyText: plantedKeys(hashes),
  });
}

interface Entry {
  readonly at: bigint;
  readonly port: number;
}

/** Envoy's ring_hash_lb.cc, from hosts in its order and their normalized weights. */
function naiveRing(
  hosts: readonly (readonly [port: number, weight: number])[],
  minimum: number,
  maximum: number,
): Entry[] {
  const halves = new Uint32Array(2);
  const least = Math.min(...hosts.map(([, weight]) => weight));
  const scale = Math.min(Math.ceil(least * minimum) / least, maximum);
  const ring: Entry[] = [];
  let target = 0;
  for (const [port, weight] of hosts) {
    target += scale * weight;
    for (let i = 0; ring.length < target; i++) {
      xxh64(`127.0.0.1:${port}_${i}`, halves);
      ring.push({ at: (BigInt(halves[0]) << 32n) | BigInt(halves[1]), port });
    }
  }
  return ring.toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** Points of the ring, and places just after them. */
const placesOf = (ring: readonly Entry[]): bigint[] => ring.flatMap(({ at }) => [at, at + 1n]);

function expectRing(ring: readonly Entry[], balancer: Balancer, hashes: readonly bigint[]): void {
  const expected = hashes.map((hash) => String((ring.find(({ at }) => at >= hash) ?? ring[0]).port));
  expect(hashes.map((_, key) => idOf(balancer.pick(key, 0)))).toEqual(expected);
}

describe('weights of zones in hash policies', () => {
  // Envoy, ring_hash_lb_test.cc.
  test.each([
    [
      'LocalityWeightedTinyRing',
      localInstances([
        ['A', 1, 90],
        ['B', 1, 91],
        ['C', 1, 92],
        ['D', 1, 93],
      ]),
      { A: 1, B: 2, C: 3, D: 0 },
      6,
      [
        [92, 928266305478181108n],
        [92, 4443673547860492590n],
        [91, 5583722120771150861n],
        [91, 6311230543546372928n],
        [92, 13444792449719432967n],
        [90, 16117243373044804889n],
      ] as const,
    ],
    [
      'HostAndLocalityWeightedTinyRing',
      localInstances([
        ['A', 1, 90],
        ['A', 2, 91],
        ['B', 1, 92],
        ['B', 2, 93],
      ]),
      { A: 1, B: 2 },
      9,
      [
        [92, 928266305478181108n],
        [93, 3851675632748031481n],
        [91, 5583722120771150861n],
        [91, 6311230543546372928n],
        [93, 7700377290971790572n],
        [93, 12559126875973811811n],
        [92, 13444792449719432967n],
        [93, 13784988426630141778n],
        [90, 16117243373044804889n],
      ] as const,
    ],
  ])('%s', (_, instances, weights, size, ring) => {
    const hashes = placesOf(ring.map(([port, at]) => ({ port, at })));
    const sizes = { minimumRingSize: size, maximumRingSize: size };
    const balancer = zoned('ring-hash', sizes, weights, { hashes });
    balancer.update(instances);
    expectRing(
      ring.map(([port, at]) => ({ port, at })),
      balancer,
      hashes,
    );
  });

  // Envoy, maglev_lb_test.cc.
  test('LocalityWeightedGlobalPanic: all hosts, by the weights of zones', () => {
    const hashes = Array.from({ length: 17 }, (_, hash) => BigInt(hash));
    const balancer = zoned('maglev', { tableSize: 17 }, { A: 1, B: 1 }, { hashes, panicThreshold: 0.5 });
    balancer.update(
      localInstances([
        ['A', 1, 90],
        ['B', 2, 91],
      ]),
    );
    for (const host of balancer.members) balancer.setHealthy(host, false);
    const slots = [1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1];
    expect(hashes.map((_, key) => idOf(balancer.pick(key, 0)))).toEqual(slots.map((slot) => String(90 + slot)));
  });

  test('a zone none of whose hosts can be picked leaves its part of the ring to nobody, as in Envoy', () => {
    const ring = naiveRing(
      [
        [90, 1 / 8],
        [91, 1 / 8],
      ],
      16,
      1024,
    );
    expect(ring).toHaveLength(4);
    const whole = naiveRing(
      [
        [90, 1 / 2],
        [91, 1 / 2],
      ],
      16,
      1024,
    );
    const hashes = placesOf(whole);
    const balancer = zoned('ring-hash', { minimumRingSize: 16 }, { A: 1, B: 3 }, { hashes });
    balancer.update(
      localInstances([
        ['A', 1, 90],
        ['A', 1, 91],
        ['B', 1, 92],
      ]),
    );
    balancer.setHealthy(hostNamed(balancer, '92'), false);
    expectRing(ring, balancer, hashes);
  });

  test('so does it with its slots of bounded load', () => {
    const balancer = zoned('ring-hash', { hashBalanceFactor: 100 }, { A: 1, B: 3 });
    balancer.update(
      localInstances([
        ['A', 1, 90],
        ['A', 1, 91],
        ['B', 1, 92],
      ]),
    );
    balancer.setHealthy(hostNamed(balancer, '92'), false);
    const first = balancer.pick(7, 0) as Host;
    // 2 in flight, so 3 slots, an eighth of which is 1; half of them were 2, which it would not exceed.
    for (let i = 0; i < 2; i++) balancer.acquire(first);
    expect(balancer.pick(7, 0)).not.toBe(first);
  });

  test('fractions of points carry over from zone to zone, the own one first', () => {
    const weights = { A: 1, B: 2, C: 4 };
    const shares = { A: 1 / 7, B: 2 / 7, C: 4 / 7 };
    const ring = naiveRing(
      [
        [92, shares.C / 2],
        [94, shares.C / 2],
        [91, shares.A],
        [90, shares.B / 2],
        [93, shares.B / 2],
      ],
      5,
      5,
    );
    const hashes = placesOf(ring);
    const sizes = { minimumRingSize: 5, maximumRingSize: 5 };
    const balancer = zoned('ring-hash', sizes, weights, { hashes, own: 'C' });
    balancer.update(
      localInstances([
        ['B', 1, 90],
        ['A', 1, 91],
        ['C', 1, 92],
        ['B', 1, 93],
        ['C', 1, 94],
      ]),
    );
    expectRing(ring, balancer, hashes);
  });

  test.each(['grpc', 'nginx', 'haproxy'])('%s: a host that fails moves the keys of no other', (system) => {
    const balancer = zoned('ring-hash', { system }, { A: 1, B: 3 });
    balancer.update(
      localInstances([
        ['A', 1, 90],
        ['A', 2, 91],
        ['B', 1, 92],
        ['B', 1, 93],
      ]),
    );
    const keys = Array.from({ length: 400 }, (_, key) => key);
    const before = keys.map((key) => idOf(balancer.pick(key, 0)));
    balancer.setHealthy(hostNamed(balancer, '90'), false);
    const after = keys.map((key) => idOf(balancer.pick(key, 0)));
    expect(before.map((id, key) => (id === '90' ? after[key] : id))).toEqual(after);
    // Three quarters of the keys are due to zone B; a ring of some points a host scatters around that.
    const inB = before.filter((id) => id === '92' || id === '93').length;
    expect(Math.abs(inB - 300)).toBeLessThan(20);
  });
});

test('policies that hash know nothing of failing in panic, as in Envoy', () => {
  const picked = (strategy: string): Set<string> => {
    const balancer = balancerWith({
      strategy: strategyNamed(strategy).withOptions({}),
      panicThreshold: 0.5,
      failTrafficOnPanic: true,
    });
    balancer.update(
      localInstances([
        ['A', 1, 90],
        ['A', 1, 91],
      ]),
    );
    for (const host of balancer.members) balancer.setHealthy(host, false);
    const ids = Array.from({ length: 100 }, (_, key) => idOf(balancer.pick(key, 0)));
    expect(new Set(balancer.eligible.map(idOf))).toEqual(new Set(ids.filter((id) => id !== '-')));
    return new Set(ids);
  };
  expect(picked('maglev')).toEqual(new Set(['90', '91']));
  expect(picked('ring-hash')).toEqual(new Set(['90', '91']));
  expect(picked('round-robin')).toEqual(new Set(['-']));
});

test("bounded load counts what is in flight to all priorities, whenever a priority's first host came", () => {
  const balancer = balancerWith({
    strategy: strategyNamed('maglev').withOptions({ tableSize: 101, hashBalanceFactor: 100 }),
  });
  const [first, ...others] = localInstances([
    ['A', 1, 90],
    ['A', 1, 91],
    ['A', 1, 92],
  ]);
  balancer.update([first]);
  for (let i = 0; i < 5; i++) balancer.acquire(hostNamed(balancer, '90'));
  balancer.update([first, ...others.map((instance) => ({ ...instance, priority: 1 }))]);
  balancer.setHealthy(hostNamed(balancer, '90'), false);
  const picked = balancer.pick(1, 0) as Host;
  // 9 in flight, so 10 slots, 5 each; with these 4 alone it would have 3.
  for (let i = 0; i < 4; i++) balancer.acquire(picked);
  expect(balancer.pick(1, 0)).toBe(picked);
  for (let i = 0; i < 6; i++) balancer.acquire(picked);
  // 15 in flight, 16 slots, 8 each.
  expect(balancer.pick(1, 0)).not.toBe(picked);
});

// Envoy's maglev_lb_test.cc and ring_hash_lb_test.cc, AllZeroLocalityWeights.
test.each(['maglev', 'ring-hash', 'rendezvous'])('%s: nobody where no zone has any weight', (strategy) => {
  const balancer = zoned(strategy, {}, { a: 0, b: 0 });
  balancer.update(
    localInstances([
      ['a', 1, 90],
      ['b', 2, 91],
    ]),
  );
  expect([0, 1, 2, 3].map((key) => idOf(balancer.pick(key, 0)))).toEqual(['-', '-', '-', '-']);
});
