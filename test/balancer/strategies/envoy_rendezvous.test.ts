import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { BoundedLoad } from '../../../src/balancer/parts/bounded_load.ts';
import { rendezvous } from '../../../src/balancer/strategies/rendezvous.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { plantedKeys } from '../../helpers/planted_keys.ts';
import { ports } from '../../helpers/ports.ts';

const MAX = 2n ** 64n - 1n;
/** Hosts a, b, c, ... at 127.0.0.1:90, :91, ..., as in Envoy's rendezvous_hash_lb_test.cc. */
const hostsOfWeights = (weights: readonly number[]): Host[] =>
  hostsOf(weights.map((weight, i) => ({ id: 'abcdef'[i], address: `127.0.0.1:${90 + i}`, weight })));
const over = (hosts: readonly Host[], hashes: readonly bigint[], hashBalanceFactor = 0): Strategy =>
  rebuilt(
    rendezvous.create({ options: { system: 'envoy', hashBalanceFactor }, ...ports({ keyText: plantedKeys(hashes) }) }),
    hosts,
  );
const picks = (strategy: Strategy, count: number, attempt = 0): string =>
  Array.from({ length: count }, (_, key) => pickOf(strategy, key, attempt).instance.id).join('');
/** As many hashes, evenly spaced. */
const spaced = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i) * (MAX / BigInt(count)));

// Envoy's tests name no hosts. These are what its own chooseHost and computeScore (envoyproxy/envoy at aab63aca,
// rendezvous_hash_lb.cc), compiled by themselves, find for the hashes i (2^64 - 1) / 60, i = 0 to 59.
describe('picks of what was proposed for Envoy', () => {
  test.each([
    [[1, 1, 1, 1, 1, 1], 0, 'efaffaffccebddbadceafcaedccbdbfbafccdeddbbeaddeadcefddcfdacb'],
    [[1, 1, 1, 1, 1, 1], 1, 'fbecdeefdfebbcabbcfcbaeabdaadeaeffbcbeafcffddadebbbfcdfacfba'],
    [[1, 1, 1, 1, 1, 1], 2, 'aadcaaacffdbcfacaadbecfeacdbdfddaafcdfaecceaeaabbafdebeeffcf'],
    [[1, 2, 3], 0, 'ccacbabbcccbbccacccaccaccccbabbbccccbbccbcbacccaaccacacccacb'],
    [[1, 2, 3], 1, 'abccccccbccbbcabbcccbbcabcaabcabbabcbbcbcbccacccbbbccbcbccba'],
    [[1, 2, 3], 2, 'aabcaacccacccaccababbcccaccbbbccaaccccabccaacbabbbbbcbcbaacc'],
    [[5, 1, 1, 1], 0, 'aaaabaaaaaabddaaaaaaacaadaaaababaacaddadbaaaadaaaaaaaacadaab'],
    [[5, 1, 1, 1], 1, 'abacdaacdaabbcaaaccabacabdaadaaaaababaabcaadaadcbbbcadcacaaa'],
    [[5, 1, 1, 1], 2, 'aaaaaaaaaadacaaaaaabacdaacaadaddaaccadaaacaaaaaabaaddaaaaaca'],
  ])('weights %j, attempt %i: %s', (weights, attempt, expected) => {
    expect(picks(over(hostsOfWeights(weights), spaced(60)), 60, attempt)).toBe(expected);
  });

  test('the hashes 12345, 100, 200, 300 and 0 over six hosts', () => {
    expect(picks(over(hostsOfWeights(Array(6).fill(1)), [12_345n, 100n, 200n, 300n, 0n]), 5)).toBe('effce');
  });

  test('HostWeightedDistribution: 6000 hashes by weights 1, 2, 3, each within 500 of its thousands', () => {
    const all = picks(over(hostsOfWeights([1, 2, 3]), spaced(6000)), 6000);
    const counts = [...'abc'].map((id) => all.split(id).length - 1);
    expect(counts).toEqual([989, 2048, 2963]);
    counts.forEach((count, i) => {
      expect(Math.abs(count - 1000 * (i + 1))).toBeLessThan(500);
    });
  });

  test('ConsistencyOnHostChange: of 100 keys a fourth host gets fewer than 50, and nobody else any', () => {
    const hashes = Array.from({ length: 100 }, (_, i) => BigInt(i) * 1_000_000n);
    const before = picks(over(hostsOfWeights([1, 1, 1]), hashes), 100);
    const after = picks(over(hostsOfWeights([1, 1, 1, 1]), hashes), 100);
    const moved = [...after].filter((id, i) => id !== before[i]);
    expect(moved).toEqual(Array(29).fill('d'));
  });
});

describe('the lots', () => {
  /** computeScore in whole numbers of 64 bits, with the bits of doubles as they lie in memory. */
  function lot(key: bigint, host: bigint, share: number): number {
    let x = key ^ host;
    x ^= x >> 12n;
    x ^= (x << 25n) & MAX;
    x ^= x >> 27n;
    const normalized = Number((x * 2_685_821_657_736_338_717n) & (2n ** 53n - 1n)) / 2 ** 53;
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, normalized);
    const bits = view.getBigUint64(0);
    const mantissa = bits & (2n ** 52n - 1n);
    const exponent = 1023n ^ (mantissa >> 51n);
    view.setBigUint64(0, (exponent << 52n) | mantissa);
    const t = view.getFloat64(0) - 1;
    const log2 = Number(bits >> 52n) - Number(exponent) + (t * (0.338953 * t + 2.198599)) / (t + 1.523692);
    return -share / (log2 * Math.LN2);
  }

  const hashOf = (text: string): bigint => {
    const halves = new Uint32Array(2);
    xxh64(text, halves);
    return (BigInt(halves[0]) << 32n) | BigInt(halves[1]);
  };

  prop.prop([
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
    fc.bigInt({ min: 0n, max: MAX }),
    fc.nat(3),
  ])('are those of Envoy for any hash', (weights, hash, attempt) => {
    const hosts = hostsOfWeights(weights);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const key = attempt === 0 ? hash : hash ^ (2n ** 64n - BigInt(attempt));
    const lots = hosts.map(({ instance, weight }) => lot(key, hashOf(instance.address), weight / total));
    const strategy = over(hosts, [hash]);
    const host = pickOf(strategy, 0, attempt);
    expect(host).toBe(hosts[lots.indexOf(lots.reduce((most, each) => Math.max(most, each), 0))]);
    const told = strategy.explain?.({ host, key: 0, attempt, draw: 0, drawn: [] })?.compared?.hosts;
    expect(told?.map(({ figure }) => figure)).toEqual(lots);
  });

  test("a key of a host's own hash draws the lowest lot for it, but one", () => {
    // x is 0, which counts for 2^-1023: a lot of share / (1023 ln 2).
    const key = hashOf('127.0.0.1:90');
    expect(pickOf(over(hostsOfWeights([1, 1]), [key]), 0).instance.id).toBe('b');
    expect(pickOf(over(hostsOfWeights([1e6, 1]), [key]), 0).instance.id).toBe('a');
  });
});

describe('with a bound', () => {
  /** Nothing is in flight that the strategy was told of: one slot each, and two attempts are too many. */
  const full = (strategy: Strategy, attempt = 0): string => {
    const host = pickOf(strategy, 0, attempt);
    host.inFlight = 2;
    return host.instance.id;
  };

  // Envoy, bounded_load_hlb_test.cc: five hosts shuffled by 2 come as c b a e d, by 6 as e a c d b, by 7 as a b e d c.
  // They are looked at once the one with the highest lot, which comes first here, has its bound; when all have, it is that
  // one again.
  test.each([
    [2n, 'd', 'cbae'],
    [6n, 'b', 'eacd'],
    [7n, 'c', 'abed'],
    [2n ** 32n + 2n, 'b', 'caed'],
    [2n ** 33n + 6n, 'd', 'eacb'],
    [2n ** 34n + 7n, 'e', 'abdc'],
  ])('hash %i: %s, then %s', (hash, highest, shuffled) => {
    const hosts = hostsOfWeights(Array(5).fill(1));
    expect(picks(over(hosts, [hash]), 1)).toBe(highest);
    const strategy = over(hosts, [hash], 100);
    expect(Array.from({ length: 6 }, () => full(strategy)).join('')).toBe(highest + shuffled + highest);
  });

  test('a host turned down draws new lots, and the shuffle stays', () => {
    const hosts = hostsOfWeights(Array(5).fill(1));
    const second = picks(over(hosts, [2n]), 1, 1);
    const strategy = over(hosts, [2n], 100);
    expect(Array.from({ length: 5 }, () => full(strategy, 1)).join('')).toBe(second + 'cbaed'.replace(second, ''));
  });

  // What `BoundedLoad` does of itself has Envoy's figures in its own tests.
  prop.prop([
    fc.array(fc.record({ weight: fc.integer({ min: 1, max: 9 }), inFlight: fc.nat(6) }), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.bigInt({ min: 0n, max: MAX }),
    fc.integer({ min: 100, max: 300 }),
    fc.nat(3),
  ])('goes to the host with the highest lot, or where Envoy goes from there', (given, hash, factor, attempt) => {
    const weights = given.map(({ weight }) => weight);
    const hosts = hostsOfWeights(weights);
    for (const [i, { inFlight }] of given.entries()) hosts[i].inFlight = inFlight;
    const highest = hosts.indexOf(pickOf(over(hosts, [hash]), 0, attempt));
    const bounded = new BoundedLoad(factor);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    bounded.rebuild(
      hosts,
      hosts,
      Float64Array.from(weights, (weight) => weight / total),
    );
    const expected = hosts[bounded.choose(highest, Number(hash & 0xffffffffn))];
    expect(pickOf(over(hosts, [hash], factor), 0, attempt)).toBe(expected);
  });

  test('is told of attempts: BasicWithBoundedLoad, two of six shares', () => {
    const hosts = hostsOfWeights(Array(6).fill(1));
    const strategy = over(hosts, [12_345n], 200);
    const sent = Array.from({ length: 12 }, () => {
      const host = pickOf(strategy, 0);
      host.inFlight++;
      strategy.onStart(host);
      return host.instance.id;
    }).join('');
    // The shuffle begins with f and a. Of (active + 1) x 2 slots each has a sixth, rounded up, and takes one more than
    // that: 1, from the 4th on 2, from the 7th on 3, from the 10th on 4.
    expect(sent).toBe('eefeffefaefa');
  });
});

test('of hosts with equal lots the first is picked', () => {
  const twins = hostsOf(['a', 'b'].map((id) => ({ id, metadata: { hash_key: 'twin' } })));
  expect(picks(over(twins, spaced(20)), 20)).toBe('a'.repeat(20));
});

test('bounds its load as Envoy does', () => {
  expect(rendezvous.variantOf({ system: 'envoy', hashBalanceFactor: 120 }).system).toBe(
    'rendezvous_hash proposed for Envoy, with hash_balance_factor',
  );
});
