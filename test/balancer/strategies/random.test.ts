import { expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import type { Host } from '../../../src/balancer/host.ts';
import { random } from '../../../src/balancer/strategies/random.ts';
import type { Random } from '../../../src/core/random.ts';
import { answeredAtOnce, balancerOf, countsOf, hostNamed, sequence } from '../../helpers/balancing.ts';
import { ports } from '../../helpers/ports.ts';
import { Savings } from '../../helpers/savings.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { expectTwins, Oracle } from '../../helpers/twins.ts';

function withDraws(draws: readonly number[], weighted: boolean, weights: readonly number[]): Balancer {
  const strategy = random.create({ options: { weighted }, ...ports({ random: scriptedRandom(draws) }) });
  return balancerOf(strategy, weights);
}

test('Envoy: hosts[draw % n], one draw a pick', () => {
  const balancer = withDraws([0, 1, 2, 3, 2 ** 32 - 1, 7], false, [1, 1, 1]);
  expect(sequence(balancer, 6)).toBe('abcaab');
  expect(() => sequence(balancer, 1)).toThrow(RangeError);
});

// RandomLoadBalancerTest, Normal: of two hosts 2 draws the first and 3 the second.
test('Envoy: weights are ignored', () => {
  expect(sequence(withDraws([2, 3], false, [9, 1]), 2)).toBe('ab');
});

test('nginx: draw % W falls into the ranges of the weights, one draw a pick', () => {
  const balancer = withDraws([0, 1, 2, 3, 4, 5, 6, 7, 11], true, [1, 3, 2]);
  expect(sequence(balancer, 9)).toBe('abbbccabc');
  expect(() => sequence(balancer, 1)).toThrow(RangeError);
});

test('nginx: who cannot be picked is drawn in vain; a server alone takes no draw', () => {
  const balancer = withDraws([0, 1, 2, 3, 4, 6], true, [1, 3, 2]);
  balancer.setHealthy(hostNamed(balancer, 'b'), false);
  expect(sequence(balancer, 3)).toBe('aca');
  expect(() => sequence(balancer, 1)).toThrow(RangeError);
  expect(sequence(withDraws([], true, [3]), 3)).toBe('aaa');
});

test('nginx: after 21 draws in vain it is round robin', () => {
  const inVain = Array<number>(21).fill(1);
  const balancer = withDraws([...inVain, ...inVain, ...inVain, ...inVain.slice(1), 5], true, [1, 3, 2]);
  balancer.setHealthy(hostNamed(balancer, 'b'), false);
  expect(sequence(balancer, 4)).toBe('cacc');
  expect(() => sequence(balancer, 1)).toThrow(RangeError);
});

test('weights that are no whole numbers are drawn by the share of the draw', () => {
  const quarter = 2 ** 30;
  expect(sequence(withDraws([0, quarter - 1, quarter, 2 * quarter, 4 * quarter - 1], true, [0.5, 1.5]), 5)).toBe(
    'aabbb',
  );
});

/** A line of W seats, as many for each host as it weighs. */
class Seats extends Oracle {
  private readonly random: Random;
  private readonly savings = new Savings();

  constructor(random: Random) {
    super();
    this.random = random;
  }

  pick(): Host {
    const seats = this.members.flatMap((host) => Array<Host>(host.weight).fill(host));
    for (let inVain = 0; inVain <= 20; inVain++) {
      const drawn = seats[this.random.int(seats.length)];
      if (this.hosts.includes(drawn)) return drawn;
    }
    return this.savings.winnerOf(this.hosts, this.weightOf);
  }
}

test('nginx: as one would draw from a line of seats', () => {
  expectTwins(random, { weighted: true }, (stream) => new Seats(stream));
});

test.each([
  [
    [5e-324, 5e-324],
    [1, 1],
  ],
  [
    [1e-323, 5e-324],
    [2, 1],
  ],
  [
    [1e-310, 3e-310, 2e-310],
    [1, 3, 2],
  ],
  [
    [1e308, 1e308, 1e308],
    [1, 1, 1],
  ],
  [
    [1.5e308, 0.5e308],
    [3, 1],
  ],
  [
    [5e-324, 1e308],
    [0, 1],
  ],
  // Whole, but beyond what one draw could be taken modulo.
  [
    [1e10, 3e10],
    [1, 3],
  ],
])('weights %j are drawn as %j', (weights, like) => {
  const total = like.reduce((sum, weight) => sum + weight, 0);
  // The middle of each share of the draws.
  const shares = Array.from({ length: 6 * total }, (_, i) => (i + 0.5) / (6 * total));
  const balancer = withDraws(
    shares.map((share) => share * 2 ** 32),
    true,
    weights,
  );
  expect(countsOf(balancer, answeredAtOnce(balancer, shares.length))).toEqual(like.map((weight) => 6 * weight));
});
