import { expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { roundRobin } from '../../../src/balancer/strategies/round_robin.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { balancerOf, hostNamed, instancesOf, sequence } from '../../helpers/balancing.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

function withSeed(seed: number, n: number): Balancer {
  const strategy = roundRobin.create({
    options: {},
    ...ports({ random: scriptedRandom([seed, ...Array(100).fill(0)]) }),
  });
  return balancerOf(strategy, Array(n).fill(1));
}

test('the cursor starts at the seed drawn, modulo the number of hosts', () => {
  expect(sequence(withSeed(0, 3), 7)).toBe('abcabca');
  expect(sequence(withSeed(7, 3), 4)).toBe('bcab');
  // 2^32 - 1 is a multiple of 3.
  expect(sequence(withSeed(2 ** 32 - 1, 3), 4)).toBe('abca');
});

test('the cursor keeps its value when hosts change: hosts[cursor++ % n] throughout', () => {
  const balancer = withSeed(0, 3);
  expect(sequence(balancer, 5)).toBe('abcab');
  // Cursor 5 over two hosts: 5 % 2 = 1.
  balancer.setHealthy(hostNamed(balancer, 'a'), false);
  expect(sequence(balancer, 3)).toBe('cbc');
  // Cursor 8 over five: 8 % 5 = 3.
  balancer.setHealthy(hostNamed(balancer, 'a'), true);
  balancer.update(instancesOf([1, 1, 1, 1, 1]));
  expect(sequence(balancer, 3)).toBe('dea');
  // Cursor 11 through a time in which nobody can be picked.
  for (const host of balancer.members) balancer.setHealthy(host, false);
  expect(balancer.pick(NO_KEY, 0)).toBeNull();
  for (const host of balancer.members) balancer.setHealthy(host, true);
  expect(sequence(balancer, 1)).toBe('b');
});

// Envoy, round_robin_lb_test.cc, RoundRobinLoadBalancerTest.Normal, its peeks left out: two hosts, three, four.
test('as in Envoy: the next host of more, at the count so far', () => {
  const balancer = withSeed(0, 2);
  expect(sequence(balancer, 5)).toBe('ababa');
  balancer.update(instancesOf([1, 1, 1]));
  expect(sequence(balancer, 4)).toBe('cabc');
  balancer.update(instancesOf([1, 1, 1, 1]));
  expect(sequence(balancer, 3)).toBe('bcd');
});

// RoundRobinLoadBalancerTest.Seed.
test('as in Envoy: a seed of 1', () => {
  expect(sequence(withSeed(1, 3), 4)).toBe('bcab');
});

// RoundRobinLoadBalancerTest.HostSelectionWithFilter: a caller that takes the first host only, with two more selections,
// then with none.
test('as in Envoy: hosts that are turned down have had their turn, and the last one is used', () => {
  const balancer = withSeed(0, 2);
  const chosen = (retries: number): string | undefined => {
    let host = balancer.pick(NO_KEY, 0);
    for (let i = 1; i <= retries && host?.instance.id !== 'a'; i++) host = balancer.pick(NO_KEY, i);
    return host?.instance.id;
  };
  expect([2, 2, 2, 0, 0, 0].map(chosen).join('')).toBe('aaabab');
});

// grpc-java, RoundRobinLoadBalancerTest, pickerRoundRobin: from 0, and across the end of its count.
test.each([
  [0, 'abca'],
  [2 ** 31 - 1, 'babca'],
  [-1, 'babca'],
])('grpc-java, from %i: %s', (first, picks) => {
  const strategy = roundRobin.create({
    options: { system: 'grpc-java' },
    ...ports({ random: scriptedRandom([first >>> 0]) }),
  });
  const balancer = balancerOf(strategy, [1, 1, 1]);
  expect(sequence(balancer, picks.length)).toBe(picks);
});

// round_robin_test.cc, AddressUpdates: three, the first two of them, the last two; each time from any of them on.
test.each([
  ['grpc-core', [0, 2, 0, 1], 'cab', 'ab', 'cb'],
  // For each list one more: with whom it begins to connect.
  ['grpc-go', [9, 0, 9, 2, 9, 0, 9, 1], 'abc', 'ba', 'bc'],
] as const)('%s starts anew with other hosts', (system, draws, ...picks) => {
  const strategy = roundRobin.create({ options: { system }, ...ports({ random: scriptedRandom(draws) }) });
  const [a, b, c] = instancesOf([1, 1, 1]);
  const balancer = balancerOf(strategy, [1, 1, 1]);
  for (const [i, hosts] of [
    [a, b, c],
    [a, b],
    [b, c],
  ].entries()) {
    balancer.update(hosts);
    expect(sequence(balancer, picks[i].length)).toBe(picks[i]);
  }
});

test('an empty set leaves the cursor where it is', () => {
  const balancer = withSeed(0, 2);
  expect(sequence(balancer, 3)).toBe('aba');
  balancer.update([]);
  expect(balancer.pick(-1, 0)).toBeNull();
  balancer.update(instancesOf([1, 1, 1]));
  // Cursor 3 over three.
  expect(sequence(balancer, 3)).toBe('abc');
});
