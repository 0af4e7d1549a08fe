import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { leastRequest } from '../../../src/balancer/strategies/least_request.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { type Random, randomStream } from '../../../src/core/random.ts';
import { hostsOf, pickOf, rebuilt } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';
import { Savings } from '../../helpers/savings.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { expectTwins, Oracle } from '../../helpers/twins.ts';

function hosts(weights: readonly number[], inFlight: readonly number[]): Host[] {
  const made = hostsOf(weights.map((weight, i) => ({ id: 'abcdef'[i], weight })));
  for (const [i, host] of made.entries()) host.inFlight = inFlight[i];
  return made;
}

/** The ids of the next picks. `held`: none of them ends. */
function picks(strategy: Strategy, count: number, held = false): string {
  return Array.from({ length: count }, () => {
    const host = pickOf(strategy);
    if (held) host.inFlight++;
    return host.instance.id;
  }).join('');
}

describe('least_conn', () => {
  const options = { algorithm: 'nginx-least-conn' };
  const leastConn = (weights: readonly number[], inFlight: readonly number[]): Strategy =>
    rebuilt(leastRequest.create({ options, ...ports({ random: scriptedRandom([]) }) }), hosts(weights, inFlight));

  // nginx-tests, upstream_least_conn.t: 10 requests, 5 to each of two; with one waiting on the first, 10 to the other.
  test('the idle take turns; a busy one is left alone', () => {
    expect(picks(leastConn([1, 1], [0, 0]), 10)).toBe('ababababab');
    expect(picks(leastConn([1, 1], [1, 0]), 10)).toBe('bbbbbbbbbb');
  });

  // nginx's own example of smooth weighted round robin.
  test('all idle: smooth weighted round robin', () => {
    expect(picks(leastConn([5, 1, 1], [0, 0, 0]), 14)).toBe('aabacaaaabacaa');
  });

  test('in flight counts for its weight, and the tied go by weight', () => {
    // 2/4 = 1/2 < 1/1: a and b tie, of weights 4 and 2.
    expect(picks(leastConn([4, 2, 1], [2, 1, 1]), 6)).toBe('abaaba');
    // 3/4 > 1/2.
    expect(picks(leastConn([4, 2, 1], [3, 1, 1]), 3)).toBe('bbb');
    expect(
      picks(leastConn([3, 2, 1], [0, 0, 0]), 6, true)
        .split('')
        .toSorted()
        .join(''),
    ).toBe('aaabbc');
  });

  test('who does not tie neither gains nor pays', () => {
    const three = hosts([1, 1, 1], [0, 0, 1]);
    const strategy = leastRequest.create({ options, ...ports({ random: scriptedRandom([]) }) });
    rebuilt(strategy, three);
    // a and b by turns; c would have saved up three by now.
    expect(picks(strategy, 3)).toBe('aba');
    three[2].inFlight = 0;
    // Saved: a -1, b 1, c 0.
    expect(picks(strategy, 3)).toBe('bca');
  });

  test('who does not tie gets back nothing of a weight that failures lowered', () => {
    const three = hosts([1, 1, 4], [1, 1, 0]);
    const strategy = rebuilt(leastRequest.create({ options, ...ports({ random: scriptedRandom([]) }) }), three);
    strategy.onEnd(three[2], 1, Outcome.refused, null, three[2].reweighed);
    expect(picks(strategy, 2)).toBe('cc');
    for (const host of three) host.inFlight = 0;
    // a 1 b 1 c 0; a 0 b 2 c 1; a 1 b 0 c 3.
    expect(picks(strategy, 3)).toBe('abc');
  });

  class LeastConn extends Oracle {
    private readonly savings = new Savings();

    pick(): Host {
      const load = (host: Host): number => host.inFlight / this.weightOf(host);
      const least = Math.min(...this.hosts.map(load));
      const tied = this.hosts.filter((host) => load(host) === least);
      return tied.length === 1 ? tied[0] : this.savings.winnerOf(tied, this.weightOf);
    }
  }

  test('as division would have it', () => {
    expectTwins(leastRequest, options, () => new LeastConn());
  });
});

describe('random two', () => {
  const options = { algorithm: 'nginx-random-two' };
  const randomTwo = (random: Random, weights: readonly number[], inFlight: readonly number[]): Strategy =>
    rebuilt(leastRequest.create({ options, ...ports({ random }) }), hosts(weights, inFlight));

  test.each([
    // weights a b c; in flight; draws of their sum; picked
    [[1, 3, 2], [0, 0, 0], [0, 1], 'b', 'equal: the second'],
    [[1, 3, 2], [0, 0, 0], [1, 0], 'a', 'equal: the second'],
    [[1, 3, 2], [0, 1, 0], [5, 3], 'c', 'the less busy one'],
    [[1, 3, 2], [1, 2, 0], [0, 1], 'b', '1/1 > 2/3'],
    [[1, 3, 2], [0, 3, 2], [1, 4], 'c', '3/3 = 2/2'],
    [[1, 3, 2], [0, 1, 2], [4, 5, 10, 2], 'b', 'the same one again: drawn again'],
  ])('weights %j, %j in flight, draws %j: %s (%s)', (weights, inFlight, draws, expected) => {
    const strategy = randomTwo(scriptedRandom(draws), weights, inFlight);
    expect(picks(strategy, 1)).toBe(expected);
    expect(() => picks(strategy, 1)).toThrow('asked for one more');
  });

  test('the first host 20 times again: a turn of smooth weighted round robin', () => {
    const inVain = Array<number>(21).fill(1);
    // Saved up before each turn: 1 and 3, then 2 and 2, then -1 and 5.
    const turns = scriptedRandom([...inVain, ...inVain, ...inVain]);
    expect(picks(randomTwo(turns, [1, 3], [0, 9]), 3)).toBe('bab');
    // The 20th draw of a second is still one of two.
    expect(picks(randomTwo(scriptedRandom([...inVain.slice(1), 0]), [1, 3], [0, 0]), 1)).toBe('a');
  });

  test('one host alone takes no draw', () => {
    expect(picks(randomTwo(scriptedRandom([]), [2], [5]), 2)).toBe('aa');
  });

  // nginx-tests, upstream_random.t, random weight: three held requests to weights 1 and 2 are 1 and 2 whatever is drawn.
  // With one held request, the next goes to the other one (random wait).
  test('held requests are spread by weight', () => {
    for (let seed = 0; seed < 50; seed++) {
      const held = picks(randomTwo(randomStream(`two/${seed}`), [1, 2], [0, 0]), 3, true);
      expect(['abb', 'bab']).toContain(held);
      expect(picks(randomTwo(randomStream(`two/${seed}`), [1, 1], [0, 1]), 1)).toBe('a');
    }
  });

  test.each([5e-324, 1e308])('weights of %d are drawn as well', (weight) => {
    const share = (part: number): number => part * 2 ** 32;
    // Of three equal shares the first and the last, then the second and the first.
    const draws = [0.1, 0.9, 0.5, 0.2].map(share);
    expect(picks(randomTwo(scriptedRandom(draws), [weight, weight, weight], [0, 0, 0]), 2)).toBe('ca');
  });

  class RandomTwo extends Oracle {
    private readonly random: Random;
    private readonly savings = new Savings();

    constructor(random: Random) {
      super();
      this.random = random;
    }

    pick(): Host {
      const two = new Set<Host>();
      for (let draws = 0; draws < 21 && two.size < 2; draws++) {
        const drawn = this.drawn();
        if (this.hosts.includes(drawn)) two.add(drawn);
      }
      if (two.size < 2) return this.savings.winnerOf(this.hosts, this.weightOf);
      const [first, second] = two;
      return second.inFlight / this.weightOf(second) > first.inFlight / this.weightOf(first) ? first : second;
    }

    private drawn(): Host {
      const seats = this.members.flatMap((host) => Array<Host>(host.weight).fill(host));
      return seats[this.random.int(seats.length)];
    }
  }

  test('as one would draw from a line of seats', () => {
    expectTwins(leastRequest, options, (random) => new RandomTwo(random));
  });
});
