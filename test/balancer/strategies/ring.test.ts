import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import { ring } from '../../../src/balancer/strategies/ring.ts';
import { randomStream } from '../../../src/core/random.ts';
import { answeredAtOnce, balancerOf, countsOf, hostNamed, instance, sequence } from '../../helpers/balancing.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

/** A ring of n seats whose last turn, before the first pick, was that of `seat`. */
function ringOf(n: number, seat: number, skip: 'advance' | 'hold' = 'advance'): Balancer {
  const strategy = ring.create({ options: { skip }, ...ports({ random: scriptedRandom([seat]) }) });
  return balancerOf(strategy, Array(n).fill(1));
}

test('the turn goes round, from the seat after the one drawn', () => {
  expect(sequence(ringOf(4, 3), 9)).toBe('abcdabcda');
  expect(sequence(ringOf(4, 1), 5)).toBe('cdabc');
  expect(sequence(ringOf(1, 0), 3)).toBe('aaa');
});

describe('one of four unavailable', () => {
  const jain = (counts: readonly number[]): number => {
    const sum = counts.reduce((a, b) => a + b, 0);
    return sum ** 2 / (counts.length * counts.reduce((a, b) => a + b ** 2, 0));
  };

  test('skip: advance keeps the others even', () => {
    const balancer = ringOf(4, 3);
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    expect(sequence(balancer, 7)).toBe('acdacda');
    const counts = countsOf(balancer, answeredAtOnce(balancer, 1200));
    expect(counts).toEqual([400, 0, 400, 400]);
  });

  test('skip: hold gives its neighbour two turns: shares 1:2:1, Jain 16/18', () => {
    const balancer = ringOf(4, 3, 'hold');
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    expect(sequence(balancer, 8)).toBe('accdaccd');
    const counts = countsOf(balancer, answeredAtOnce(balancer, 1200));
    expect(counts).toEqual([300, 0, 600, 300]);
    expect(jain(counts.filter((count) => count > 0))).toBeCloseTo(16 / 18, 12);
  });
});

test('the last seats unavailable: the turn wraps to the first available one', () => {
  const balancer = ringOf(5, 4);
  for (const id of ['a', 'd', 'e']) balancer.setHealthy(hostNamed(balancer, id), false);
  expect(sequence(balancer, 5)).toBe('bcbcb');
});

describe('seats that come and go', () => {
  test('leave the turn with the host that had it', () => {
    const balancer = ringOf(4, 3);
    expect(sequence(balancer, 2)).toBe('ab');
    balancer.update(['x', 'a', 'b', 'y', 'c', 'd'].map((id) => instance(id)));
    expect(sequence(balancer, 5)).toBe('ycdxa');
  });

  test('or, if that one is gone, with the nearest before it that is there', () => {
    const balancer = ringOf(5, 4);
    expect(sequence(balancer, 4)).toBe('abcd');
    balancer.update(['a', 'b', 'e'].map((id) => instance(id)));
    expect(sequence(balancer, 4)).toBe('eabe');
  });

  test('a host that is back takes its old turn', () => {
    const balancer = ringOf(4, 3);
    balancer.setHealthy(hostNamed(balancer, 'c'), false);
    expect(sequence(balancer, 2)).toBe('ab');
    balancer.setHealthy(hostNamed(balancer, 'c'), true);
    expect(sequence(balancer, 3)).toBe('cda');
  });
});

test('rings of different callers start at different seats', () => {
  const starts = Array.from({ length: 64 }, (_, caller) => {
    const random = randomStream(`caller-${caller}/strategy`);
    return sequence(balancerOf(ring.create({ options: {}, ...ports({ random }) }), Array(4).fill(1)), 1);
  });
  expect(new Set(starts)).toEqual(new Set(['a', 'b', 'c', 'd']));
});
