import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { weightedRoundRobin } from '../../../src/balancer/strategies/weighted_round_robin.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
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

describe('effective weights, lowered by failures', () => {
  function failing(
    options: WrittenOptions,
    weights: number[],
  ): { balancer: Balancer; fail: (id: string, outcome: Outcome) => void } {
    const strategy = weightedRoundRobin.create({ options, ...ports({ random: scriptedRandom([]) }) });
    const balancer = balancerOf(strategy, weights);
    const fail = (id: string, outcome: Outcome): void => {
      const host = hostNamed(balancer, id);
      balancer.acquire(host);
      balancer.release(host, 0, outcome);
    };
    // A whole round, after which all currents are 0 again.
    sequence(
      balancer,
      weights.reduce((sum, weight) => sum + weight, 0),
    );
    return { balancer, fail };
  }

  test('one failure costs all the weight, which comes back by 1 a round', () => {
    const { balancer, fail } = failing({}, [3, 1]);
    fail('a', Outcome.refused);
    // Worked by hand after ngx_http_upstream_get_peer. Effective (0,1): 0,1 b; (1,1): 1,1 a; (2,1): 1,2 b; (3,1): 4,0 a;
    // then, from 0,0, as ever.
    expect(sequence(balancer, 4)).toBe('baba');
    expect(sequence(balancer, 8)).toBe('aabaaaba');
  });

  test.each([
    [{ maxFails: 0 }, 'aabaaaba'],
    // 3 / 2, whole: 1. Effective (2,1): 2,1 a -> -1; (3,1): 2,2 a -> -2; (3,1): 1,3 b -> -1; 4,0 a; and as ever.
    [{ maxFails: 2 }, 'aabaaaba'],
    // 3 / 4 is nothing.
    [{ maxFails: 4 }, 'aabaaaba'],
  ])('%j: what one failure costs', (options, picks) => {
    const { balancer, fail } = failing(options, [3, 1]);
    fail('a', Outcome.timedOut);
    expect(sequence(balancer, 8)).toBe(picks);
  });

  test('more failures cost more, but never below 0', () => {
    const { balancer, fail } = failing({ maxFails: 2 }, [4, 1]);
    for (let i = 0; i < 5; i++) fail('a', Outcome.reset);
    // 4 - 2 - 2, no less: (0,1): 0,1 b; (1,1): 1,1 a; (2,1): 1,2 b; (3,1): 4,0 a; (4,1): 4,1 a.
    expect(sequence(balancer, 5)).toBe('babaa');
  });

  test.each([[Outcome.ok], [Outcome.error], [Outcome.rejected]])('an answer is no failure: outcome %i', (outcome) => {
    const { balancer, fail } = failing({}, [3, 1]);
    fail('a', outcome);
    expect(sequence(balancer, 4)).toBe('aaba');
  });

  test.each([[Outcome.error], [Outcome.rejected]])('failOnErrors: outcome %i is one', (outcome) => {
    const { balancer, fail } = failing({ failOnErrors: true }, [3, 1]);
    fail('a', outcome);
    expect(sequence(balancer, 4)).toBe('baba');
  });

  test('a lone server is not lowered', () => {
    const { balancer, fail } = failing({}, [2]);
    fail('a', Outcome.refused);
    balancer.update([instance('a', 2), instance('b', 1)]);
    expect(sequence(balancer, 3)).toBe('aba');
  });

  test('what a host was lowered by survives a change of its weight', () => {
    const { balancer, fail } = failing({}, [3, 1]);
    fail('a', Outcome.refused);
    balancer.update([instance('a', 4), instance('b', 1)]);
    // Lowered by 3: (1,1): 1,1 a; (2,1): 1,2 b; (3,1): 4,0 a; (4,1): 4,1 a.
    expect(sequence(balancer, 4)).toBe('abaa');
  });

  test('but no host is lowered by more than it weighs', () => {
    const { balancer, fail } = failing({}, [3, 1]);
    fail('a', Outcome.refused);
    balancer.update([instance('a', 1), instance('b', 1)]);
    // (0,1): 0,1 b; (1,1): 1,1 a; and so on.
    expect(sequence(balancer, 6)).toBe('bababa');
  });
});
