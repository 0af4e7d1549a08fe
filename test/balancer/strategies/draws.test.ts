import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { leastRequest } from '../../../src/balancer/strategies/least_request.ts';
import { random } from '../../../src/balancer/strategies/random.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { balancerOf, hostNamed, sequence } from '../../helpers/balancing.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const picked = (balancer: Balancer): string | undefined => balancer.pick(NO_KEY, 0)?.instance.id;

test('random is hosts[draw % n], one draw a pick', () => {
  const draws = scriptedRandom([0, 1, 2, 3, 2 ** 32 - 1, 7]);
  const balancer = balancerOf(random.create({ options: {}, ...ports({ random: draws }) }), [1, 1, 1]);
  expect(sequence(balancer, 6)).toBe('abcaab');
  expect(() => balancer.pick(NO_KEY, 0)).toThrow(RangeError);
});

describe('least-request', () => {
  function least(draws: readonly number[], inFlight: readonly number[], choiceCount = 2): Balancer {
    const strategy = leastRequest.create({
      options: { choiceCount },
      ...ports({ random: scriptedRandom(draws) }),
    });
    const balancer = balancerOf(strategy, Array(inFlight.length).fill(1));
    inFlight.forEach((count, i) => {
      for (let k = 0; k < count; k++) balancer.acquire(balancer.members[i]);
    });
    return balancer;
  }

  test.each([
    // in flight a b c; draws; picked
    [[0, 0, 0], [2, 1], 'c', 'the first drawn wins a tie'],
    [[1, 0, 0], [0, 1], 'b', 'fewer in flight wins'],
    [[1, 0, 0], [1, 0], 'b', 'wherever it was drawn'],
    [[1, 0, 0], [0, 0], 'a', 'drawn with replacement: the busy one can be both'],
    [[1, 2, 0], [4, 3], 'a', 'draws are taken modulo n'],
  ])('%j in flight, draws %j: %s (%s)', (inFlight, draws, expected) => {
    expect(picked(least(draws, inFlight))).toBe(expected);
  });

  test('choiceCount draws a pick, the first of the least', () => {
    expect(picked(least([0, 1, 2], [2, 1, 1], 3))).toBe('b');
    expect(picked(least([0, 2, 1], [2, 1, 1], 3))).toBe('c');
    expect(() => picked(least([0, 1], [0, 0, 0], 3))).toThrow(RangeError);
  });

  test('counts what this caller has in flight now, not what it sent', () => {
    const balancer = least([0, 1, 0, 1], [0, 0]);
    const a = hostNamed(balancer, 'a');
    balancer.acquire(a);
    expect(picked(balancer)).toBe('b');
    balancer.release(a, 5, 0);
    expect(picked(balancer)).toBe('a');
  });
});
