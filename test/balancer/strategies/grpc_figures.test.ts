import { describe, expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import type { Host } from '../../../src/balancer/host.ts';
import { proportionalRing } from '../../../src/balancer/parts/proportional_ring.ts';
import { leastRequest } from '../../../src/balancer/strategies/least_request.ts';
import { ringHash } from '../../../src/balancer/strategies/ring_hash.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { xxh64 } from '../../../src/core/hash/xxh64.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

describe('least_request', () => {
  const over = (hosts: readonly Host[], choiceCount: number, draws: readonly number[]): Strategy => {
    const options = { weights: 'ignore', choiceCount };
    return rebuilt(leastRequest.create({ options, ...ports({ random: scriptedRandom(draws) }) }), hosts);
  };
  /** The places of the next picks. */
  const picks = (strategy: Strategy, hosts: readonly Host[], count: number, held: boolean): number[] =>
    Array.from({ length: count }, () => {
      const host = pickOf(strategy);
      if (held) host.inFlight++;
      return hosts.indexOf(host);
    });
  const repeated = (draws: readonly number[], times: number): number[] => Array(times).fill(draws).flat();

  test('grpc-go, TestLeastRequestE2E: calls answered at once, then streams that stay', () => {
    const hosts = hostsOf([{}, {}, {}]);
    expect(picks(over(hosts, 2, [0, 0, 1, 1, 2, 2]), hosts, 3, false)).toEqual([0, 1, 2]);
    const draws = [0, 0, 0, 1, 1, 2, 0, 3, 1, 0, 2, 0, 0, 0, 2, 2, 2, 1];
    expect(picks(over(hosts, 2, draws), hosts, 9, true)).toEqual([0, 1, 2, 0, 1, 2, 0, 2, 1]);
  });

  test('grpc-go, TestLeastRequestPersistsCounts: one that joins gets all until it has as much as the others', () => {
    const hosts = hostsOf([{}, {}, {}]);
    const two = hosts.slice(0, 2);
    picks(over(two, 2, repeated([0, 0, 1, 1], 25)), two, 50, true);
    expect(hosts.map(({ inFlight }) => inFlight)).toEqual([25, 25, 0]);
    const strategy = over(hosts, 3, repeated([0, 1, 2, 3, 4, 5], 14));
    expect(new Set(picks(strategy, hosts, 25, true))).toEqual(new Set([2]));
    expect(picks(strategy, hosts, 3, true).toSorted()).toEqual([0, 1, 2]);
  });

  test('grpc-java, LeastRequestLoadBalancerTest, pickerLeastRequest', () => {
    const hosts = hostsOf([{}, {}, {}]);
    expect(picks(over(hosts, 2, [0, 2, 0, 2, 1, 1]), hosts, 3, true)).toEqual([0, 2, 1]);
  });
});

// Names of grpc-java's RingHashLoadBalancerTest. Its requests have the hash of a server's first point.
describe('ring_hash', () => {
  const servers = (count: number): Host[] =>
    hostsOf(Array.from({ length: count }, (_, i) => ({ address: `FakeSocketAddress-server${i}` })));
  const create = (minimumRingSize: number, maximumRingSize: number): Strategy => {
    const keyText = (key: number): string => `FakeSocketAddress-server${key}_0`;
    return ringHash.create({ options: { system: 'grpc', minimumRingSize, maximumRingSize }, ...ports({ keyText }) });
  };

  test('deterministicPickWithHostsPartiallyRemoved and deterministicPickWithNewHostsAdded', () => {
    const hosts = servers(5);
    const strategy = create(10, 100);
    for (const count of [5, 2, 5]) {
      expect(pickOf(rebuilt(strategy, hosts.slice(0, count)), 1)).toBe(hosts[1]);
    }
  });

  test('skipFailingHosts_pickNextNonFailingHost: after server 0 comes server 1', () => {
    const hosts = servers(3);
    const strategy = create(3, 3);
    expect(pickOf(rebuilt(strategy, hosts), 0)).toBe(hosts[0]);
    expect(pickOf(rebuilt(strategy, hosts, hosts.slice(1)), 0)).toBe(hosts[1]);
  });

  test('skipFailingHosts_firstTwoHostsFailed_pickNextFirstReady: the one that is left gets all', () => {
    const hosts = servers(3);
    const strategy = rebuilt(create(3, 3), hosts, [hosts[1]]);
    for (const key of [0, 1, 2]) expect(pickOf(strategy, key)).toBe(hosts[1]);
  });

  // A comment there says 104, 808 and 9088. These were of rings whose points from the 10th on had other numbers:
  // RingHashLoadBalancer.java of commit d4fa0ecc07 cuts off one digit only. With points numbered so we found just these.
  test('hostSelectionProportionalToWeights: the hashes of 0 to 9999 by weights 1, 10 and 100, within 0.03', async () => {
    // The hashes are of the numbers as 4 bytes, low byte first. The ring is larger than a client would take one.
    const { h64Raw } = await xxhash();
    const rules = { minimumSize: 10_000, maximumSize: 100_000, hash: xxh64 };
    const ring = proportionalRing(servers(3), Float64Array.of(1 / 111, 10 / 111, 100 / 111), rules);
    const counts = [0, 0, 0];
    const bytes = new Uint8Array(4);
    for (let i = 0; i < 10_000; i++) {
      new DataView(bytes.buffer).setUint32(0, i, true);
      const hash = h64Raw(bytes);
      counts[ring.owner[ring.successor(Number(hash >> 32n), Number(hash & 0xffffffffn))]]++;
    }
    expect(Math.abs(counts[0] / counts[1] - 1 / 10)).toBeLessThan(0.03);
    expect(Math.abs(counts[1] / counts[2] - 10 / 100)).toBeLessThan(0.03);
  });
});
