import { expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { weightedRoundRobin } from '../../../src/balancer/strategies/weighted_round_robin.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { Random } from '../../../src/core/random.ts';
import { balancerOf, hostNamed, sequence } from '../../helpers/balancing.ts';
import { hostsOf, pickOf } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const edf = (random: Random): Strategy =>
  weightedRoundRobin.create({ options: { algorithm: 'edf' }, ...ports({ random }) });

/** Draws this number again and again, as the mock of Envoy's tests does. */
const always = (draw: number): Random => scriptedRandom(Array(1000).fill(draw));

/** A strategy with hosts of its own, whose weights change without a word. */
function withHosts(strategy: Strategy, weights: readonly number[]): Host[] {
  const hosts = hostsOf(weights.map((weight, slot) => ({ id: String(slot), weight })));
  strategy.rebuild(hosts, hosts, (host) => host.weight);
  return hosts;
}

const picks = (strategy: Strategy, count: number): string =>
  Array.from({ length: count }, () => pickOf(strategy).instance.id).join('');

// All of RoundRobinLoadBalancerTest.Weighted in Envoy's round_robin_lb_test.cc.
test('as in Envoy: weights respected, converging when they change, anew when hosts do', () => {
  const strategy = edf(always(0));
  const hosts = withHosts(strategy, [1, 2]);
  expect(picks(strategy, 6)).toBe('101101');
  hosts[0].weight = 2;
  hosts[1].weight = 1;
  expect(picks(strategy, 8)).toBe('10010010');
  withHosts(strategy, [2, 1, 3]);
  expect(picks(strategy, 12)).toBe('202102202102');
  withHosts(strategy, [1, 4]);
  expect(picks(strategy, 10)).toBe('1110111101');
});

// RoundRobinLoadBalancerTest.WeightedSeed.
test('the seed is where the schedule starts', () => {
  const strategy = edf(always(1));
  withHosts(strategy, [1, 2]);
  expect(picks(strategy, 6)).toBe('011011');
});

test('equal weights are taken in turn from the seed, and the cursor outlives a time of unequal ones', () => {
  const balancer = balancerOf(edf(always(4)), [1, 1, 1]);
  // 4, 5, 6, 7 modulo 3.
  expect(sequence(balancer, 4)).toBe('bcab');
  const weigh = (weight: number): void =>
    balancer.update(balancer.members.map(({ instance }, i) => ({ ...instance, weight: i === 0 ? weight : 1 })));
  weigh(5);
  // Started after 4 picks, all of them of a, which is due again at 1 like the others, and put in last.
  expect(sequence(balancer, 3)).toBe('bca');
  weigh(1);
  // From 8.
  expect(sequence(balancer, 3)).toBe('cab');
  // 11, 12, 13 modulo 2.
  balancer.setHealthy(hostNamed(balancer, 'b'), false);
  expect(sequence(balancer, 3)).toBe('cac');
});

// EdfLoadBalancerBase::refresh: no schedule only where weights are equal and nobody is in slow start.
test('in slow start equal weights have a schedule too, which each change begins anew', () => {
  const strategy = edf(always(0));
  const hosts = hostsOf([{ id: '0' }, { id: '1' }, { id: '2' }]);
  const change = (): void => strategy.rebuild(hosts, hosts, () => 0.5, true);
  change();
  expect(picks(strategy, 2)).toBe('01');
  change();
  expect(picks(strategy, 2)).toBe('01');
});

test('a lone host needs no schedule', () => {
  const balancer = balancerOf(edf(always(0)), [5, 1]);
  balancer.setHealthy(hostNamed(balancer, 'b'), false);
  expect(sequence(balancer, 3)).toBe('aaa');
});

test('one draw for the seed, and one before each pick, which leads to nothing', () => {
  const draws = [0, 7, 8, 9];
  const balancer = balancerOf(edf(scriptedRandom(draws)), [1, 2]);
  expect(sequence(balancer, 3)).toBe('bab');
  expect(() => balancer.pick(NO_KEY, 0)).toThrow(RangeError);
});
