import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { ringHash } from '../../../src/balancer/strategies/ring_hash.ts';
import type { Strategy, StrategyFactory } from '../../../src/balancer/strategy.ts';
import type { HashText } from '../../../src/core/hash/hash_text.ts';
import { murmur64 } from '../../../src/core/hash/murmur64.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { type Key, NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { watchedStrategies } from '../../../src/run/replay/watched_strategy.ts';
import { balancerOf, balancerWith, hostNamed, instancesOf } from '../../helpers/balancing.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { plantedKeys } from '../../helpers/planted_keys.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const MAX = 2n ** 64n - 1n;

/** The host picked for this hash after `attempt` turned it down. */
function pickAt(strategy: (hashes: bigint[]) => Strategy, hash: bigint, attempt = 0): Host {
  return pickOf(strategy([hash]), 0, attempt);
}

/** Strategies over these hosts, for keys of these hashes. */
function over(hosts: readonly Host[], options: WrittenOptions, eligible = hosts) {
  return (hashes: bigint[]): Strategy =>
    rebuilt(ringHash.create({ options, ...ports({ keyText: plantedKeys(hashes) }) }), hosts, eligible);
}

const portOf = (host: Host): number => Number(host.instance.address.split(':')[1]);
const addresses = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ address: `127.0.0.1:${from + i}` }));

describe('ring hash as in Envoy', () => {
  // All rings and picks: Envoy, test/extensions/load_balancing_policies/ring_hash/ring_hash_lb_test.cc.

  describe('over six hosts and a ring of 12', () => {
    const six = over(hostsOf(addresses(90, 95)), { minimumRingSize: 12 });
    const ring: [number, bigint][] = [
      [94, 833437586790550860n],
      [92, 928266305478181108n],
      [90, 1033482794131418490n],
      [95, 3551244743356806947n],
      [93, 3851675632748031481n],
      [91, 5583722120771150861n],
      [91, 6311230543546372928n],
      [93, 7700377290971790572n],
      [95, 13144177310400110813n],
      [92, 13444792449719432967n],
      [94, 15516499411664133160n],
      [90, 16117243373044804889n],
    ];

    it.each(ring)('has a point of port %i at %i', (port, place) => {
      expect(portOf(pickAt(six, place))).toBe(port);
      const next = ring[(ring.findIndex(([, at]) => at === place) + 1) % ring.length][0];
      expect(portOf(pickAt(six, place + 1n))).toBe(next);
    });

    it('gives the ends of the circle to its first point', () => {
      expect(portOf(pickAt(six, 0n))).toBe(94);
      expect(portOf(pickAt(six, MAX))).toBe(94);
      expect(portOf(pickAt(six, 16117243373044804880n))).toBe(90);
    });

    it('goes on point by point when turned down, and round', () => {
      expect(portOf(pickAt(six, 0n, 1))).toBe(92);
      expect(portOf(pickAt(six, 0n, 2))).toBe(90);
      expect(portOf(pickAt(six, 0n, 13))).toBe(92);
    });
  });

  it('hashes points by murmur2', () => {
    const six = over(hostsOf(addresses(80, 85)), { minimumRingSize: 12, hashFunction: 'murmur2' });
    const ring: [number, bigint][] = [
      [85, 1358027074129602068n],
      [83, 4361834613929391114n],
      [84, 7224494972555149682n],
      [81, 7701421856454313576n],
      [82, 8649315368077433379n],
      [84, 8739448859063030639n],
      [81, 9887544217113020895n],
      [82, 10150910876324007731n],
      [83, 15168472011420622455n],
      [80, 15427156902705414897n],
      [85, 16375050414328759093n],
      [80, 17613279263364193813n],
    ];
    for (const [port, place] of ring) expect(portOf(pickAt(six, place))).toBe(port);
    expect(portOf(pickAt(six, MAX))).toBe(85);
    expect(portOf(pickAt(six, 1358027074129602069n))).toBe(83);
  });

  it('hashes what the metadata says, where it says something', () => {
    // Its ring by hostnames 90 to 95.
    const hosts = hostsOf(addresses(90, 95).map((each, i) => ({ ...each, metadata: { hash_key: String(90 + i) } })));
    const six = over(hosts, { minimumRingSize: 12, hashBalanceFactor: 200 });
    const ring: [number, bigint][] = [
      [95, 1975508444536362413n],
      [95, 2376063919839173711n],
      [93, 2386806903309390596n],
      [94, 6749904478991551885n],
      [93, 6803900775736438537n],
      [92, 7225015537174310577n],
      [90, 8787465352164086522n],
      [92, 11282020843382717940n],
      [91, 13723418369486627818n],
      [90, 13776502110861797421n],
      [91, 14338313586354474791n],
      [94, 15364271037087512980n],
    ];
    for (const [port, place] of ring) expect(portOf(pickAt(six, place))).toBe(port);
  });

  const placeOf = (text: string): bigint => {
    const halves = new Uint32Array(2);
    xxh64(text, halves);
    return (BigInt(halves[0]) << 32n) | BigInt(halves[1]);
  };

  // HashingLoadBalancer::hashKey.
  it('hashes the address where the metadata says nothing', () => {
    const silent = over(hostsOf(addresses(90, 95).map((each) => ({ ...each, metadata: { hash_key: '' } }))), {});
    for (const port of [90, 91, 95]) expect(portOf(pickAt(silent, placeOf(`127.0.0.1:${port}_0`)))).toBe(port);
  });

  it('hands fractions of points on in the order of the list, whatever the hash keys', () => {
    const four = over(hostsOf(addresses(90, 93).toReversed()), { minimumRingSize: 6, maximumRingSize: 6 });
    const points = ['93_0', '93_1', '92_0', '91_0', '91_1', '90_0'];
    for (const point of points)
      expect(portOf(pickAt(four, placeOf(`127.0.0.1:${point}`)))).toBe(Number(point.slice(0, 2)));
  });

  it('gives hosts points by weight', () => {
    const hosts = hostsOf(addresses(90, 92).map((each, i) => ({ ...each, weight: i + 1 })));
    const three = over(hosts, { minimumRingSize: 6, maximumRingSize: 6 });
    const expected: [number, bigint][] = [
      [92, 928266305478181108n],
      [92, 4443673547860492590n],
      [91, 5583722120771150861n],
      [91, 6311230543546372928n],
      [92, 13444792449719432967n],
      [90, 16117243373044804889n],
    ];
    for (const [port, place] of expected) expect(portOf(pickAt(three, place))).toBe(port);
  });

  it('follows weights on a large ring as closely as it does in Envoy', () => {
    const hosts = hostsOf(addresses(90, 92).map((each, i) => ({ ...each, weight: i + 1 })));
    const strategy = over(hosts, { minimumRingSize: 6144 })(
      Array.from({ length: 6000 }, (_, i) => BigInt(i) * (MAX / 6000n)),
    );
    const counts = [0, 0, 0];
    for (let key = 0; key < 6000; key++) counts[portOf(pickOf(strategy, key)) - 90]++;
    expect(counts).toEqual([987, 1932, 3081]);
  });

  it('leaves hosts without points where the ring is too small', () => {
    // 127/128 of 4 points are 3.97: all four, and after them the sum for both hosts has no point left.
    const hosts = hostsOf(addresses(90, 91).map((each, i) => ({ ...each, weight: [127, 1][i] })));
    const two = over(hosts, { minimumRingSize: 4, maximumRingSize: 4 });
    for (let i = 0n; i < 100n; i++) expect(portOf(pickAt(two, i * (MAX / 100n)))).toBe(90);
  });

  it('finds the points of a host again when it needs more of them', () => {
    const hosts = hostsOf(addresses(90, 92));
    pickOf(over(hosts, { minimumRingSize: 6 })([]), 1);
    const grown = over(hosts, { minimumRingSize: 60 })([]);
    const fresh = over(hostsOf(addresses(90, 92)), { minimumRingSize: 60 })([]);
    for (let key = 0; key < 100; key++) expect(pickOf(grown, key).slot).toBe(pickOf(fresh, key).slot);
  });

  it.each([0.1, 1, 7])('has 1026 points for three hosts of weight %d', (weight) => {
    const hosts = hostsOf(addresses(90, 92).map((each) => ({ ...each, weight })));
    const strategy = over(hosts, {})([]);
    const points = naive(hosts, [1, 1, 1], 1024, 8_388_608, xxh64);
    expect(points).toHaveLength(1026);
    for (let key = 0; key < 100; key++) {
      const first = points.findIndex(({ at }) => at >= whole(xxh64, String(key)));
      for (const attempt of [0, 1, 400]) {
        expect(pickOf(strategy, key, attempt)).toBe(points[(Math.max(first, 0) + attempt) % 1026].host);
      }
    }
  });

  it('chooses the priority by the same hash', () => {
    const strategy = over(hostsOf(addresses(90, 91)), {})([]);
    for (let key = 0; key < 100; key++) {
      const into = new Uint32Array(2);
      xxh64(String(key), into);
      const hash = (BigInt(into[0]) << 32n) | BigInt(into[1]);
      expect((strategy.selector?.(key) as number) % 100).toBe(Number(hash % 100n));
    }
  });
});

/** Envoy's ring as its source says it, for any hosts: the host that a hash finds. */
function naive(hosts: readonly Host[], weights: readonly number[], min: number, max: number, hash: HashText) {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares = weights.map((weight) => weight / sum);
  const scale = Math.min(Math.ceil(Math.min(...shares) * min) / Math.min(...shares), max);
  const points: { at: bigint; host: Host }[] = [];
  let current = 0;
  let target = 0;
  hosts.forEach((host, i) => {
    target += scale * shares[i];
    for (let number = 0; current < target; number++, current++) {
      points.push({ at: whole(hash, `${host.instance.address}_${number}`), host });
    }
  });
  points.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return points;
}

function whole(hash: HashText, text: string): bigint {
  const into = new Uint32Array(2);
  hash(text, into);
  return (BigInt(into[0]) << 32n) | BigInt(into[1]);
}

const weightsArbitrary = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 9 });

describe('ring hash with bounded load', () => {
  it('passes an overloaded host over, and learns of attempts by being told', () => {
    const hosts = hostsOf(Array(5).fill({}));
    const strategy = over(hosts, { hashBalanceFactor: 100 })([]);
    const sent = Array.from({ length: 50 }, () => {
      const host = pickOf(strategy, 1);
      host.inFlight++;
      strategy.onStart(host);
      return host;
    });
    const own = pickOf(over(hosts, {})([]), 1);
    // It takes one more while it has no more than its slots, of which the last of 50 placements leaves it ceil(50 / 5).
    expect(own.inFlight).toBe(11);
    for (const host of hosts) expect(host.inFlight).toBeLessThanOrEqual(11);
    for (const host of sent) {
      host.inFlight--;
      strategy.onEnd(host, 1, Outcome.ok, null, host.reweighed);
    }
    // Nothing in flight that it was told of: one slot each, and two are too many.
    own.inFlight = 2;
    expect(pickOf(strategy, 1)).not.toBe(own);
    own.inFlight = 1;
    expect(pickOf(strategy, 1)).toBe(own);
  });

  it('is heard of by the balancer: it tells the strategy of attempts', () => {
    const traitsOf = (options: WrittenOptions) => ringHash.variantOf(options).traits.feedback;
    expect(traitsOf({ hashBalanceFactor: 150 })).toBe('inFlight');
    expect(traitsOf({ hashBalanceFactor: 150, system: 'haproxy' })).toBe('inFlight');
    expect(traitsOf({})).toBe('none');
    expect(traitsOf({ system: 'haproxy' })).toBe('none');
    expect(ringHash.variantOf({}).system).toBe('Envoy RING_HASH');
  });
});

describe('the options of ring hash', () => {
  // ring_hash.proto, ring_hash_lb.h.
  it('has 1024 points at least, 8388608 at most, unless told otherwise, as Envoy', () => {
    const { minimumRingSize, maximumRingSize } = ringHash.options;
    expect([minimumRingSize.default, maximumRingSize.default]).toEqual([1024, 8_388_608]);
    expect(() => ringHash.create({ options: { maximumRingSize: 8_388_609 }, ...ports() })).toThrow("'maximumRingSize'");
  });

  it.each([
    // Envoy refuses this pair too (ring_hash_lb_test.cc, BadRingSizeBounds).
    [{ minimumRingSize: 20, maximumRingSize: 10 }, /'minimumRingSize' must be at most maximumRingSize, 10, found 20/],
    [{ system: 'grpc', minimumRingSize: 8_388_609 }, /'minimumRingSize'/],
    [{ hashBalanceFactor: 99 }, /'hashBalanceFactor' must be 0 or at least 100, found 99/],
    // HAProxy refuses 100 as well: 'hash-balance-factor' must be 0 or greater than 100.
    [{ system: 'haproxy', hashBalanceFactor: 100 }, /'hashBalanceFactor' must be 0 or at least 101, found 100/],
  ])('may not be %j', (options, problem) => {
    expect(() => ringHash.create({ options, ...ports() })).toThrow(problem);
  });
});

describe('ring hash without a key', () => {
  // grpc-go, picker.go: a pick whose hash nothing has set fails.
  it.each([
    ['as it is', (factory: StrategyFactory) => factory],
    ['watched by a replay', (factory: StrategyFactory) => watchedStrategies(factory, '', { wanted: false, note() {} })],
  ])('has no host by withoutKey: fail, %s', (_, given) => {
    const strategy = given(ringHash.withOptions({ system: 'grpc', withoutKey: 'fail' }));
    // Nothing but what is drawn beneath: for two lists and a state.
    const balancer = balancerWith({ strategy, random: scriptedRandom([0, 0, 0, 0, 0]) });
    balancer.update(instancesOf([1, 1, 1]).map((each, i) => ({ ...each, priority: i >> 1 })));
    const expectNone = () => {
      expect([0, 1].map((attempt) => balancer.pick(NO_KEY, attempt))).toEqual([null, null]);
      expect(balancer.pick(1, 0)).not.toBeNull();
    };
    expectNone();
    // Now some load goes to the other priority, so that one has to be chosen first.
    balancer.setHealthy(hostNamed(balancer, 'a'), false);
    expectNone();
    const random = balancerOf(ringHash.withOptions({ system: 'grpc' }), [1, 1]);
    expect(random.pick(NO_KEY, 0)).not.toBeNull();
  });

  it.each(['envoy', 'grpc'])('draws once a send, as %s: 64 bits', (system) => {
    const hosts = hostsOf(addresses(90, 95));
    const options = { system, minimumRingSize: 12 };
    for (const hash of [0n, 1n, 0xfedc_ba98_7654_3210n, 2n ** 64n - 1n]) {
      // grpc-go has drawn for the round robin beneath.
      const beneath = system === 'grpc' ? [0, 0] : [];
      const worker = ports({ random: scriptedRandom([...beneath, ...beneath, hash]) });
      const one = rebuilt(ringHash.create({ options, ...worker }), hosts);
      // Another host set of the same worker, which has not seen the send before a host of the first turned it down.
      const other = rebuilt(ringHash.create({ options, ...worker }), hosts);
      const given = one.selector?.(NO_KEY) as number;
      for (const attempt of [0, 1, 2]) {
        const expected = pickAt(over(hosts, options), hash, attempt);
        expect(one.pick(NO_KEY, attempt, given)).toBe(expected);
        expect(other.pick(NO_KEY, attempt, given)).toBe(expected);
      }
    }
  });
});

describe('ring hash against its naive form', () => {
  test.prop([
    weightsArbitrary,
    fc.integer({ min: 1, max: 64 }),
    fc.integer({ min: 1, max: 64 }),
    fc.constantFrom('xxhash', 'murmur2'),
    fc.nat(5),
  ])('in Envoy', (weights, a, b, hashFunction, attempt) => {
    const [min, max] = [Math.min(a, b), Math.max(a, b)];
    const hosts = hostsOf(weights.map((weight) => ({ weight })));
    const options = { minimumRingSize: min, maximumRingSize: max, hashFunction };
    const strategy = over(hosts, options)([]);
    const points = naive(hosts, weights, min, max, hashFunction === 'murmur2' ? murmur64 : xxh64);
    for (let key: Key = 0; key < 40; key++) {
      const first = points.findIndex(({ at }) => at >= whole(xxh64, String(key)));
      expect(pickOf(strategy, key, attempt)).toBe(points[(Math.max(first, 0) + attempt) % points.length].host);
    }
  });

  test.prop([weightsArbitrary, fc.integer({ min: 20, max: 500 }), fc.nat()])('in gRPC', (weights, min, mask) => {
    const hosts = hostsOf(weights.map((weight) => ({ weight }))).reverse();
    const eligible = hosts.filter((host, i) => i === 0 || ((mask >> i) & 1) === 0 || host.weight > 10);
    const strategy = over(hosts, { system: 'grpc', minimumRingSize: min }, eligible)([]);
    // Sorted by hash key, and failed hosts keep their points.
    const sorted = hosts.toReversed();
    const points = naive(
      sorted,
      sorted.map(({ weight }) => weight),
      min,
      4096,
      xxh64,
    );
    for (let key: Key = 0; key < 40; key++) {
      const first = Math.max(
        points.findIndex(({ at }) => at >= whole(xxh64, String(key))),
        0,
      );
      const inOrder = [...points.slice(first), ...points.slice(0, first)].map(({ host }) => host);
      const usable = [...new Set(inOrder)].filter((host) => eligible.includes(host));
      usable.forEach((host, attempt) => {
        expect(pickOf(strategy, key, attempt)).toBe(host);
      });
    }
  });
});

describe('ring hash as in gRPC', () => {
  // grpc-go's normalizeWeights, which sorts, and newRing, whose fractions carry over in that order.
  it('hands points out in the order of hash keys, byte by byte', () => {
    const keys = ['b', '\u{1f600}', 'a', '\uff01'];
    const weights = [1, 2, 3, 1];
    const hosts = hostsOf(keys.map((hash_key, i) => ({ id: String(i), weight: weights[i], metadata: { hash_key } })));
    const halves = new Uint32Array(2);
    let target = 0;
    const ring: [at: bigint, id: string][] = [];
    // 5 points for 7: the first gets 3, and the others none, one and one.
    for (const host of [2, 0, 3, 1]) {
      target += (5 * weights[host]) / 7;
      for (let i = 0; ring.length < target; i++) {
        xxh64(`${keys[host]}_${i}`, halves);
        ring.push([(BigInt(halves[0]) << 32n) | BigInt(halves[1]), String(host)]);
      }
    }
    const sizes = { system: 'grpc', minimumRingSize: 5, maximumRingSize: 5 };
    const sorted = ring.toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (let place = 0n; place < MAX; place += MAX / 200n) {
      const [, id] = sorted.find(([at]) => at >= place) ?? sorted[0];
      expect(pickAt(over(hosts, sizes), place).instance.id).toBe(id);
    }
    expect(ring.map(([, id]) => id).join('')).toBe('22231');
  });

  it('caps both sizes at 4096', () => {
    const hosts = hostsOf(Array(3).fill({}));
    const strategy = over(hosts, { system: 'grpc', minimumRingSize: 1_000_000 })([]);
    const points = naive(hosts, [1, 1, 1], 4096, 4096, xxh64);
    for (let key = 0; key < 1000; key++) {
      const found = points.find(({ at }) => at >= whole(xxh64, String(key))) ?? points[0];
      expect(pickOf(strategy, key)).toBe(found.host);
    }
  });

  // ring_hash.cc, RingHash::Ring::Ring: it walks endpoints as they are listed, and is otherwise as grpc-go, which sorts them.
  it('has the ring of grpc-go in gRPC core where the list is sorted, and another where it is not', () => {
    const listed = [1, 3, 2, 0].map((i) => ({ address: `10.0.0.${i}:80`, weight: 2 + i }));
    const options = { minimumRingSize: 9, maximumRingSize: 9 };
    const owners = (system: string, instances: typeof listed): string =>
      Array.from({ length: 200 }, (_, i) =>
        pickAt(over(hostsOf(instances), { ...options, system }), (MAX / 200n) * BigInt(i)).instance.address.at(-4),
      ).join('');
    const sorted = listed.toSorted((a, b) => (a.address < b.address ? -1 : 1));
    expect(owners('grpc-core', sorted)).toBe(owners('grpc', listed));
    expect(owners('grpc-core', listed)).not.toBe(owners('grpc', listed));
  });

  it.each(['grpc', 'grpc-java', 'grpc-core'])('moves no other keys when a host fails: %s', (system) => {
    const hosts = hostsOf(Array(7).fill({}));
    const strategy = ringHash.create({ options: { system }, ...ports() });
    const keys = Array.from({ length: 500 }, (_, key) => key);
    rebuilt(strategy, hosts);
    const before = keys.map((key) => pickOf(strategy, key));
    const failed = hosts[3];
    rebuilt(
      strategy,
      hosts,
      hosts.filter((host) => host !== failed),
    );
    keys.forEach((key, i) => {
      const host = pickOf(strategy, key);
      if (before[i] === failed) expect(host).not.toBe(failed);
      else expect(host).toBe(before[i]);
    });
  });

  it('has nobody where all points are of failed hosts: gRPC fails such requests', () => {
    const hosts = hostsOf([{ weight: 1_000_000 }, { weight: 1 }]);
    const strategy = ringHash.create({ options: { system: 'grpc' }, ...ports() });
    expect(pickOf(rebuilt(strategy, hosts), 7)).toBe(hosts[0]);
    expect(rebuilt(strategy, hosts, [hosts[1]]).pick(7, 0, 0)).toBeNull();
    expect(pickOf(rebuilt(strategy, hosts), 7)).toBe(hosts[0]);
  });
});
