import { expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { weightedRoundRobin } from '../../../src/balancer/strategies/weighted_round_robin.ts';
import { balancerOf, hostNamed, instance, sequence } from '../../helpers/balancing.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

function withWeights(...weights: number[]): Balancer {
  const strategy = weightedRoundRobin.create({ options: {}, ...ports({ random: scriptedRandom([]) }) });
  return balancerOf(strategy, weights);
}

// {5,1,1} is the example in nginx's commit "Upstream: smooth weighted round-robin balancing" (2012). All three sequences
// were measured on nginx as well.
test.each([
  [[5, 1, 1], 'aabacaa'],
  [[3, 2, 1], 'abacba'],
  [[1, 3, 3, 7], 'dbcddabdcddbcd'],
])('nginx gives weights %j the sequence %s, over and over', (weights, round) => {
  expect(sequence(withWeights(...weights), 3 * round.length)).toBe(round.repeat(3));
});

test('only eligible hosts take part in a round; the others keep what they have saved', () => {
  const balancer = withWeights(1, 1, 1);
  // After a, their currents are -2, 1, 1.
  expect(sequence(balancer, 1)).toBe('a');
  balancer.setHealthy(hostNamed(balancer, 'a'), false);
  // Among b and c, starting from 1 and 1.
  expect(sequence(balancer, 4)).toBe('bcbc');
  balancer.setHealthy(hostNamed(balancer, 'a'), true);
  // Still -2, 1, 1: a comes last in its round.
  expect(sequence(balancer, 6)).toBe('bcabca');
});

test('a host that takes over the slot of one that left starts from nothing', () => {
  const balancer = withWeights(1, 1);
  expect(sequence(balancer, 1)).toBe('a');
  // Currents -1 and 1; a goes, and its slot with it.
  balancer.update([instance('b')]);
  balancer.update([instance('c', 2), instance('b')]);
  expect(hostNamed(balancer, 'c').slot).toBe(0);
  // 0 + 2 against 1 + 1: a tie, for the first. With what a owed it would be b's turn.
  expect(sequence(balancer, 3)).toBe('cbc');
});
