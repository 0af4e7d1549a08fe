import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import type { Host } from '../../../src/balancer/host.ts';
import { rendezvous } from '../../../src/balancer/strategies/rendezvous.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import type { Instance } from '../../../src/core/instance.ts';
import { balancerOf, hostNamed, instancesOf } from '../../helpers/balancing.ts';
import { ports } from '../../helpers/ports.ts';
import { chiSquaredBounds, pearson } from '../../laws/law.ts';

const KEYS = 500;

function balancer(weights: readonly number[], options: Record<string, number | boolean> = {}): Balancer {
  return balancerOf(rendezvous.create({ options, ...ports() }), weights);
}

const idsOfKeys = (of: Balancer, keys = KEYS): (string | undefined)[] =>
  Array.from({ length: keys }, (_, key) => of.pick(key, 0)?.instance.id);

function hash64(text: string): bigint {
  const halves = new Uint32Array(2);
  xxh64(text, halves);
  return (BigInt(halves[0]) << 32n) | BigInt(halves[1]);
}

/** MurmurHash3's fmix32. */
function fmix32(bits: bigint): bigint {
  let h = bits;
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) % 2n ** 32n;
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) % 2n ** 32n;
  return h ^ (h >> 16n);
}

/** The documented combination in 64-bit integers, and the hosts in the order they come in: the oracle. */
function ranking(instances: readonly Instance[], key: number): string[] {
  const lot = ({ address, weight }: Instance): number => {
    const mixed = hash64(String(key)) ^ hash64(address);
    const [a, b] = [mixed >> 32n, mixed % 2n ** 32n];
    const x = fmix32(a ^ ((b * 0x9e3779b1n) % 2n ** 32n));
    const y = fmix32(b ^ ((x * 0x85ebca77n) % 2n ** 32n));
    return -weight / Math.log((Number((x << 20n) | (y >> 12n)) + 0.5) / 2 ** 52);
  };
  return instances.toSorted((a, b) => lot(b) - lot(a)).map(({ id }) => id);
}

const weightsArb = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });

test('the host of the highest lot, and the next for each that is turned down', () =>
  fc.assert(
    fc.property(weightsArb, fc.nat(10_000), (weights, key) => {
      const of = balancer(weights);
      const order = weights.map((_, attempt) => of.pick(key, attempt)?.instance.id);
      expect(order).toEqual(ranking(instancesOf(weights), key));
      expect(of.pick(key, weights.length)?.instance.id).toBe(order[0]);
    }),
  ));

test('says the same whatever the order of the list, hosts of one address included', () =>
  fc.assert(
    fc.property(weightsArb, (weights) => {
      const instances = instancesOf(weights);
      instances.push({ ...instances[0], id: 'twin' });
      const of = balancer([]);
      of.update(instances);
      const before = idsOfKeys(of);
      of.update(instances.reverse());
      expect(idsOfKeys(of)).toEqual(before);
    }),
  ));

describe('moves no key without need', () => {
  const change = fc.record({ weights: weightsArb, at: fc.nat(), weight: fc.integer({ min: 1, max: 9 }) });

  test('when a host leaves or joins: only its own', () =>
    fc.assert(
      fc.property(change, ({ weights, at }) => {
        const instances = instancesOf([...weights, 1]);
        const of = balancer([]);
        of.update(instances);
        const before = idsOfKeys(of);
        const gone = instances[at % instances.length].id;
        of.update(instances.filter(({ id }) => id !== gone));
        idsOfKeys(of).forEach((id, key) => {
          expect(id === before[key] || before[key] === gone).toBe(true);
        });
        of.update(instances);
        expect(idsOfKeys(of)).toEqual(before);
      }),
    ));

  test('when a weight changes: only to the host if it has grown, only from it if it has shrunk', () =>
    fc.assert(
      fc.property(change, ({ weights, at, weight }) => {
        const of = balancer(weights);
        const before = idsOfKeys(of);
        const instances = instancesOf(weights);
        const { id: changed, weight: was } = instances[at % instances.length];
        of.update(instances.map((each) => (each.id === changed ? { ...each, weight } : each)));
        idsOfKeys(of).forEach((id, key) => {
          if (id === before[key]) return;
          expect(weight > was ? id : before[key]).toBe(changed);
        });
      }),
    ));
});

describe('shares of keys', () => {
  const sharesOf = (weights: readonly number[], options: Record<string, boolean> = {}): number[] => {
    const of = balancer(weights, options);
    const counts = new Map<string | undefined, number>();
    for (const id of idsOfKeys(of, 100_000)) counts.set(id, (counts.get(id) ?? 0) + 1);
    return of.members.map(({ instance: { id } }) => counts.get(id) ?? 0);
  };
  const expectShares = (counts: readonly number[], weights: readonly number[]): void => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const { low, high } = chiSquaredBounds(weights.length - 1);
    const statistic = pearson(
      counts,
      weights.map((weight) => (weight * 100_000) / total),
    );
    expect(statistic).toBeLessThan(high);
    expect(statistic).toBeGreaterThan(low);
  };

  test('follow the weights', () => expectShares(sharesOf([1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6]));

  test('are even among equals', () => expectShares(sharesOf(Array(100).fill(3)), Array(100).fill(1)));

  test('are even where weights are not looked at', () =>
    expectShares(sharesOf([1, 2, 3, 4, 5, 6], { weighted: false }), [1, 1, 1, 1, 1, 1]));

  test('of first and second are independent: every ordered pair of hosts as often as any other', () => {
    const of = balancer(Array(10).fill(1));
    const pairs = Array<number>(100).fill(0);
    for (let key = 0; key < 90_000; key++) {
      const [first, second] = [0, 1].map((attempt) => of.members.indexOf(of.pick(key, attempt) as Host));
      pairs[10 * first + second]++;
    }
    const different = pairs.filter((_, i) => i % 11 !== 0);
    expect(different.reduce((sum, count) => sum + count, 0)).toBe(90_000);
    expect(pearson(different, Array(90).fill(1000))).toBeLessThan(chiSquaredBounds(89).high);
  });
});

test('without a bound a key stays with its host, however busy', () => {
  const of = balancer([1, 1, 1]);
  const home = of.pick(7, 0) as Host;
  for (let i = 0; i < 50; i++) of.acquire(home);
  expect(of.pick(7, 0)).toBe(home);
});

describe('with a bound', () => {
  test.each([1, 99])('%d percent are refused', (hashBalanceFactor) => {
    expect(() => balancer([1], { hashBalanceFactor })).toThrow(/'hashBalanceFactor' must be 0 or at least 100, found/);
  });

  test('nobody gets more than its share of slots, and room is found in the order of the lots', () =>
    fc.assert(
      fc.property(weightsArb, fc.integer({ min: 100, max: 300 }), (weights, hashBalanceFactor) => {
        const of = balancer(weights, { hashBalanceFactor });
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let active = 1; active <= 60; active++) {
          const slots = Math.floor((active * hashBalanceFactor + 99) / 100);
          const hasRoom = ({ inFlight, weight }: Host) => inFlight < Math.max(1, Math.ceil((slots * weight) / total));
          const expected = ranking(instancesOf(weights), 7).find((id) =>
            of.members.some((host) => host.instance.id === id && hasRoom(host)),
          );
          const host = of.pick(7, 0) as Host;
          expect(host.instance.id).toBe(expected);
          of.acquire(host);
        }
      }),
      { numRuns: 30 },
    ));

  test('full hosts come after all that have room, by lot among themselves', () => {
    // Two in flight and one to place are three slots, one each.
    const of = balancer([1, 1, 1], { hashBalanceFactor: 100 });
    const order = [0, 1, 2].map((attempt) => of.pick(7, attempt) as Host);
    of.acquire(order[0]);
    expect([0, 1, 2].map((attempt) => of.pick(7, attempt))).toEqual([order[1], order[2], order[0]]);
    of.acquire(order[1]);
    expect([0, 1, 2].map((attempt) => of.pick(7, attempt))).toEqual([order[2], order[0], order[1]]);
  });

  // A key that is the hash key of a host: nothing is left of the two to mix, and the lot would be 0, as good as none.
  test('a host of the lowest lot there is comes last, and does come, though it is full', () => {
    const [a, b] = instancesOf([1, 2]);
    const strategy = rendezvous.create({
      options: { hashBalanceFactor: 100 },
      ...ports({ keyText: () => b.address }),
    });
    const of = balancerOf(strategy, [1, 2]);
    for (let i = 0; i < 3; i++) of.acquire(hostNamed(of, b.id));
    expect([0, 1].map((attempt) => of.pick(7, attempt)?.instance.id)).toEqual([a.id, b.id]);
  });
});
