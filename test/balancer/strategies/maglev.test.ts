import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { maglevTable } from '../../../src/balancer/parts/maglev_table.ts';
import { maglev } from '../../../src/balancer/strategies/maglev.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { balancerOf, instancesOf } from '../../helpers/balancing.ts';
import { plantedKeys } from '../../helpers/planted_keys.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const local = (count: number): string[] => Array.from({ length: count }, (_, i) => `127.0.0.1:${90 + i}`);

/** Per slot, the index of its host. */
function slots(keys: readonly string[], weights: readonly number[], size: number): number[] {
  const { owner, order } = maglevTable(keys, Float64Array.from(weights), size);
  return Array.from(owner, (number) => order[number]);
}

function countsIn(table: readonly number[], hosts: number): number[] {
  const counts = Array<number>(hosts).fill(0);
  for (const host of table) counts[host]++;
  return counts;
}

// The tables printed in envoy's maglev_lb_test.cc.
describe('tables of Envoy', () => {
  test.each([
    ['Basic', local(6), [1, 1, 1, 1, 1, 1], [2, 4, 0, 1, 5, 0, 3]],
    ['BasicWithHostName', ['90', '91', '92', '93', '94', '95'], [1, 1, 1, 1, 1, 1], [2, 5, 0, 3, 4, 1, 0]],
    ['Weighted', local(2), [1, 2], [1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1]],
    ['LocalityWeightedSameLocalityWeights', local(2), [1, 1], [1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1]],
    ['LocalityWeightedDifferentLocalityWeights', local(2), [8, 2], [1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]],
  ])('%s', (_, keys, weights, expected) => {
    expect(slots(keys, weights, expected.length)).toEqual(expected);
  });

  test('BasicStability: the same whatever the order of the hosts', () => {
    const turned = slots(local(6).reverse(), [1, 1, 1, 1, 1, 1], 7);
    expect(turned.map((host) => 5 - host)).toEqual([2, 4, 0, 1, 5, 0, 3]);
  });

  test('hash keys are in the order of their bytes, as std::string_view has them', () => {
    const keys = ['\uff01', '\u{1f600}'];
    expect(slots(keys, [1, 1], 7)).toEqual(slots(keys.toReversed(), [1, 1], 7).map((host) => 1 - host));
    expect(Array.from(maglevTable(keys, Float64Array.of(1, 1), 7).order)).toEqual([0, 1]);
  });

  test('LocalityWeightedLopsided: 1023 light hosts own a slot each, the heavy one all others', () => {
    const keys = Array.from({ length: 1024 }, (_, port) => `127.0.0.1:${port}`);
    const table = slots(keys, [127 / 128, ...Array(1023).fill(1 / 128 / 1023)], 65_537);
    expect(countsIn(table, 1024)).toEqual([65_537 - 1023, ...Array(1023).fill(1)]);
  });
});

// docs: load_balancing/load_balancers.rst, Maglev.
test("Envoy's documentation: weights 1 and 2 own 21,846 and 43,691 of 65,537 slots", () => {
  expect(countsIn(slots(local(2), [1, 2], 65_537), 2)).toEqual([21_846, 43_691]);
});

/** maglev_lb.cc as it stands, without a shortcut, in 64-bit integers: the oracle. */
function naiveTable(keys: readonly string[], weights: readonly number[], size: number): number[] {
  const halves = new Uint32Array(2);
  const hash = (key: string, seed: number): bigint => {
    xxh64(key, halves, seed);
    return (BigInt(halves[0]) << 32n) | BigInt(halves[1]);
  };
  const m = BigInt(size);
  const entries = keys
    .map((key, host) => ({ key, host, weight: weights[host], target: 0, next: 0n }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((entry) => ({ ...entry, offset: hash(entry.key, 0) % m, skip: (hash(entry.key, 1) % (m - 1n)) + 1n }));
  const table: (number | undefined)[] = Array(size).fill(undefined);
  const heaviest = Math.max(...weights);
  let filled = 0;
  for (let round = 1; filled < size; round++) {
    for (const entry of entries) {
      if (filled === size || round * entry.weight < entry.target) continue;
      entry.target += heaviest;
      const slot = (): number => Number((entry.offset + entry.skip * entry.next) % m);
      while (table[slot()] !== undefined) entry.next++;
      table[slot()] = entry.host;
      filled++;
    }
  }
  return table as number[];
}

const sizes = fc.constantFrom(2, 3, 7, 17, 101, 211, 503);

test('the table is that of the plain rule', () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
      sizes,
      (weights, size) => {
        expect(slots(local(weights.length), weights, size)).toEqual(naiveTable(local(weights.length), weights, size));
      },
    ),
  ));

test('a host of a 128th of the heaviest plays in round 1 and in round 128', () => {
  // Rounds 1 to 127 fill 129 slots; in the next the first two hosts take the last two.
  expect(countsIn(slots(local(3), [1, 1 / 128, 1 / 128], 131), 3)).toEqual([128, 2, 1]);
});

test('equal hosts differ by one slot at most: max / mean = ceil(M/N) N/M', () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.constantFrom(101, 503, 65_537), (n, size) => {
      const counts = countsIn(slots(local(n), Array(n).fill(1), size), n);
      expect(Math.max(...counts)).toBe(Math.ceil(size / n));
      expect(Math.min(...counts)).toBe(Math.floor(size / n));
    }),
    { numRuns: 50 },
  ));

test('a host of a weight beyond all proportion to the others leaves them a slot each', () => {
  expect(countsIn(slots(local(3), [1e-300, 1, 1e300], 101), 3)).toEqual([1, 1, 99]);
  // Numbers of rounds beyond 2^53, which adding one leaves as they are.
  expect(countsIn(slots(local(3), [1, 5e-19, 1e-18], 101), 3)).toEqual([99, 1, 1]);
});

test('when a host leaves, fewer keys of the others move than it had itself', () => {
  const keys = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}:80`);
  const before = slots(keys, Array(100).fill(1), 65_537);
  const after = slots(keys.slice(0, 99), Array(99).fill(1), 65_537);
  const moved = before.filter((host, slot) => host !== 99 && after[slot] !== host).length;
  expect(moved / 65_537).toBeLessThan(0.02);
});

/** Key i is hashed to i: the slot of a small table is then known. */
function balancer(
  options: Record<string, number>,
  weights: readonly number[],
  hashes: readonly bigint[] = [],
): Balancer {
  const given = ports({ keyText: plantedKeys(hashes) });
  return balancerOf(maglev.create({ options, ...given }), weights);
}

const picked = (of: Balancer, key: number, attempt = 0): string | undefined => of.pick(key, attempt)?.instance.id;

test('a key goes to the owner of the slot at its hash, turned down a times at its hash xor 2^64 - a', () => {
  const instances = instancesOf([1, 1, 1, 1, 1]);
  const of = balancer({ tableSize: 503 }, [1, 1, 1, 1, 1]);
  const table = naiveTable(
    instances.map(({ address }) => address),
    [1, 1, 1, 1, 1],
    503,
  );
  const halves = new Uint32Array(2);
  for (let key = 0; key < 200; key++) {
    xxh64(String(key), halves);
    const hash = (BigInt(halves[0]) << 32n) | BigInt(halves[1]);
    for (const attempt of [0, 1, 2, 5]) {
      const mutated = attempt === 0 ? hash : hash ^ (2n ** 64n - BigInt(attempt));
      expect(picked(of, key, attempt)).toBe(instances[table[Number(mutated % 503n)]].id);
    }
  }
});

// envoy's maglev_lb_test.cc, BasicWithRetryHostPredicate: hash 10 meets hosts 1, 0 and 5 of the table in Basic.
test('hosts turned down are those of the other slots', () => {
  const of = balancer({ tableSize: 7 }, [], [10n]);
  of.update(local(6).map((address) => ({ id: address, address, zone: null, weight: 1 })));
  expect([0, 1, 2].map((attempt) => picked(of, 0, attempt))).toEqual(['127.0.0.1:91', '127.0.0.1:90', '127.0.0.1:95']);
});

test('without a key the hash is random: one draw of 64 bits', () => {
  const weights = [1, 1, 1, 1, 1];
  for (const draw of [0n, 1n, 0xfedc_ba98_7654_3210n, 2n ** 64n - 1n]) {
    const strategy = maglev.create({ options: {}, ...ports({ random: scriptedRandom([draw]) }) });
    const keyed = balancer({}, weights, [draw]);
    const drawn = balancerOf(strategy, weights);
    const given = strategy.selector?.(NO_KEY) as number;
    drawn.pick(1, 0); // The strategy is given its hosts.
    for (const attempt of [0, 1, 2]) {
      expect(strategy.pick(NO_KEY, attempt, given)?.instance.id).toBe(picked(keyed, 0, attempt));
    }
  }
});

test('a host is hashed by the hash_key of its metadata where it has one', () => {
  const named = ['95', '94', '93', '92', '91', '90'];
  const of = balancer({ tableSize: 7 }, [], [0n, 1n, 2n, 3n, 4n, 5n, 6n]);
  of.update(
    named.map((hash_key, i) => ({ id: hash_key, address: local(6)[i], zone: null, weight: 1, metadata: { hash_key } })),
  );
  expect([0, 1, 2, 3, 4, 5, 6].map((key) => picked(of, key))).toEqual(['92', '95', '90', '93', '94', '91', '90']);
});

test('a bound sends what is too much for a host elsewhere, and its key back once it has room', () => {
  const of = balancer({ hashBalanceFactor: 100 }, [1, 1, 1, 1]);
  const home = of.pick(1, 0);
  if (home === null) throw new Error('nobody to pick');
  of.acquire(home);
  of.acquire(home); // 2 in flight; (2 + 1) x 100% of 3 slots, 1 each
  const other = of.pick(1, 0);
  expect(other).not.toBe(home);
  expect(of.pick(1, 0)).toBe(other);
  of.release(home, 1, 0);
  expect(of.pick(1, 0)).toBe(home);
});

test('without a bound a key stays with its host, however busy', () => {
  const of = balancer({}, [1, 1, 1, 1]);
  const home = of.pick(1, 0);
  if (home === null) throw new Error('nobody to pick');
  for (let i = 0; i < 50; i++) of.acquire(home);
  expect(of.pick(1, 0)).toBe(home);
});

// cluster.proto, ConsistentHashingLbConfig.hash_balance_factor: 100 or more.
test.each([1, 99])('refuses a bound of %d percent', (hashBalanceFactor) => {
  expect(() => balancer({ hashBalanceFactor }, [1])).toThrow(/'hashBalanceFactor' must be 0 or at least 100, found/);
});

test.each([8, 49, 65_536, 1, 0, -7, 7.5, 5_000_077])('refuses a table of %d slots', (tableSize) => {
  expect(() => balancer({ tableSize }, [1])).toThrow(
    /'tableSize' must be (a prime|a whole number|at least 2|at most 5000011), found/,
  );
});

test('takes the largest table', () => {
  expect(picked(balancer({ tableSize: 5_000_011 }, [1]), 1)).toBe('a');
});

// maglev_lb.h, DefaultTableSize.
test('has 65537 slots unless told otherwise, as in Envoy', () => {
  expect(maglev.options.tableSize.default).toBe(65_537);
});
