import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { rendezvous } from '../../../src/balancer/subsetting/rendezvous.ts';
import { randomStream } from '../../../src/core/random.ts';
import { balancerWith, instancesOf, sequence } from '../../helpers/balancing.ts';
import { hostsOf as hostsOfAll } from '../../helpers/hosts.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { callerOf, hostsOf, selections, subset, used } from './group.ts';

const ids = (hosts: readonly Host[], factors: readonly number[]) => subset(factors).map((i) => hosts[i].instance.id);

test('of endpoints 0 to 9, seed 0, size 5: 6, 0, 1, 7 and 3 (grpc-go TestCalculateSubset_EndpointsRetainHashValues)', () => {
  // grpc-go hashes the way an address is printed.
  const hosts = hostsOf(Array(10).fill(1)).map((host, i) => ({
    ...host,
    instance: { ...host.instance, address: `{Addr: "endpoint-${i}", ServerName: "", }` },
  }));
  const subsetting = callerOf(rendezvous, { size: 5 }, 0, 1, scriptedRandom([0]));
  const used = subset(subsetting.select(hosts)).map((i) => hosts[i]);
  expect(used.map((host) => hosts.indexOf(host))).toEqual([0, 1, 3, 6, 7]);
  expect(subsetting.order?.(used).map((host) => hosts.indexOf(host))).toEqual([6, 0, 1, 7, 3]);
});

test('the strategy has them in the order of their hashes, and all of them in that of the registry', () => {
  const strategy = strategyNamed('round-robin').withOptions({ system: 'grpc-java' });
  const turns = (size: number): string => {
    const balancer = balancerWith({ strategy, subsetting: { name: 'rendezvous', options: { size } } });
    balancer.update(instancesOf(Array(6).fill(1)));
    return sequence(balancer, 6);
  };
  const seed = randomStream('balancer').fork('subset').uint32();
  const hashed = hostsOfAll(instancesOf(Array(6).fill(1)));
  const subsetting = callerOf(rendezvous, { size: 5 }, 0, 1, scriptedRandom([seed]));
  const used = subset(subsetting.select(hashed)).map((i) => hashed[i]);
  const inOrder = subsetting.order?.(used).map(({ instance }) => instance.id) ?? [];
  expect(inOrder).not.toEqual(inOrder.toSorted());
  expect([...inOrder, ...inOrder].join('')).toContain(turns(5).slice(0, 5));
  expect('abcdefabcdef').toContain(turns(6));
});

// Both hashes begin with the same 32 bits, and the one that is listed later goes on with less.
test('hashes count with all of their 64 bits', () => {
  const hosts = hostsOfAll([
    { id: 'a', address: '10.0.55.186:80' },
    { id: 'b', address: '10.0.244.173:80' },
  ]);
  expect(subset(callerOf(rendezvous, { size: 1 }, 0, 1, scriptedRandom([0])).select(hosts))).toEqual([1]);
});

test('all hosts where there are no more than size', () => {
  for (const n of [0, 4, 5]) {
    expect(callerOf(rendezvous, { size: 5 }, 0, 1).select(hostsOf(Array(n).fill(1)))).toEqual(Array(n).fill(1));
  }
});

const group = fc.record({
  n: fc.integer({ min: 2, max: 40 }),
  size: fc.integer({ min: 1, max: 20 }),
  seed: fc.nat(2 ** 32 - 1),
  at: fc.nat(),
});

test('a host that leaves is replaced by one other, or by none, and nobody else moves', () =>
  fc.assert(
    fc.property(group, ({ n, size, seed, at }) => {
      const hosts = hostsOf(Array(n).fill(1));
      const subsetting = callerOf(rendezvous, { size }, 0, 1, scriptedRandom([seed]));
      const before = ids(hosts, subsetting.select(hosts));
      const left = hosts.toSpliced(at % n, 1);
      const after = ids(left, subsetting.select(left));
      const gone = hosts[at % n].instance.id;
      expect(after).toEqual(expect.arrayContaining(before.filter((id) => id !== gone)));
      expect(after).toHaveLength(Math.min(size, n - 1));
      if (!before.includes(gone)) expect(after).toEqual(before);
    }),
  ));

test('says the same whatever the order of the list', () =>
  fc.assert(
    fc.property(group, ({ n, size, seed, at }) => {
      // Two share an address.
      const hosts = hostsOf(Array(n).fill(1));
      hosts[0] = { ...hosts[0], instance: { ...hosts[0].instance, address: hosts[1].instance.address } };
      const turned = [...hosts.slice(at % n), ...hosts.slice(0, at % n)].reverse();
      const subsetting = callerOf(rendezvous, { size }, 0, 1, scriptedRandom([seed]));
      expect(ids(turned, subsetting.select(turned)).toSorted()).toEqual(
        ids(hosts, subsetting.select(hosts)).toSorted(),
      );
    }),
  ));

test('callers choose independently: uses of a host are binomial', () => {
  // 2000 callers of 5 of 10: mean 1000, variance 2000 / 4; ten hosts within 5 standard deviations fail once in 10^5.
  const uses = used(selections(rendezvous, { size: 5 }, 2000, hostsOf(Array(10).fill(1))));
  for (const count of uses) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(500));
});
