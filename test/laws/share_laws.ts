import fc from 'fast-check';
import { expect } from 'vitest';
import { answeredAtOnce, balancerOf, countsOf } from '../helpers/balancing.ts';
import { chiSquaredBounds, create, type Law, pearson } from './law.ts';

/** Who gets how much, among healthy hosts that answer at once. */
export const shareLaws: readonly Law[] = [
  {
    name: 'keeps equal hosts within one pick of each other over any run of picks',
    applies: (traits) => traits.evenness === 'exact',
    check: (subject) =>
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (n, seed) => {
          const balancer = balancerOf(create(subject, seed), Array(n).fill(1));
          const picks = answeredAtOnce(balancer, 4 * n).map((host) => balancer.members.indexOf(host));
          for (let from = 0; from < picks.length; from++) {
            const counts = Array<number>(n).fill(0);
            for (let to = from; to < picks.length; to++) {
              counts[picks[to]]++;
              if (Math.max(...counts) - Math.min(...counts) > 1) expect.fail(`${counts} in picks ${from} to ${to}`);
            }
          }
        }),
      ),
  },
  {
    name: 'spreads independently and uniformly over equal hosts',
    applies: (traits) => traits.evenness === 'statistical',
    check: (subject) => {
      // Pairs of consecutive picks: uniform over n^2 cells only if picks are uniform and do not depend on the last one.
      const n = 16;
      const pairs = 20 * n * n;
      for (const seed of [1, 2, 3]) {
        const balancer = balancerOf(create(subject, seed), Array(n).fill(1));
        const picks = answeredAtOnce(balancer, 2 * pairs).map((host) => balancer.members.indexOf(host));
        const counts = Array<number>(n * n).fill(0);
        for (let i = 0; i < picks.length; i += 2) counts[picks[i] * n + picks[i + 1]]++;
        const statistic = pearson(counts, Array(n * n).fill(20));
        const { low, high } = chiSquaredBounds(n * n - 1);
        expect(statistic).toBeLessThan(high);
        expect(statistic).toBeGreaterThan(low);
      }
    },
  },
  {
    name: 'gives each host exactly its weight in each round',
    applies: (traits) => traits.weighted === 'exact',
    check: (subject) =>
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
          fc.nat(),
          (weights, seed) => {
            const balancer = balancerOf(create(subject, seed), weights);
            const round = weights.reduce((sum, weight) => sum + weight, 0);
            for (let i = 0; i < 5; i++) expect(countsOf(balancer, answeredAtOnce(balancer, round))).toEqual(weights);
          },
        ),
      ),
  },
  {
    name: 'gives each host a share in proportion to its weight',
    applies: (traits) => traits.weighted === 'exact' || traits.weighted === 'proportional',
    check: (subject) => {
      const weights = [1, 2, 3, 4, 5, 6];
      for (const seed of [1, 2, 3]) {
        const balancer = balancerOf(create(subject, seed), weights);
        const counts = countsOf(balancer, answeredAtOnce(balancer, 21_000));
        const expected = weights.map((weight) => 1000 * weight);
        expect(pearson(counts, expected)).toBeLessThan(chiSquaredBounds(weights.length - 1).high);
      }
    },
  },
  {
    name: 'follows a weight that changes',
    applies: (traits) => traits.weighted === 'exact' || traits.weighted === 'proportional',
    check: (subject) => {
      const balancer = balancerOf(create(subject, 1), [1, 1, 1]);
      answeredAtOnce(balancer, 100);
      balancer.update(balancer.members.map(({ instance }, i) => ({ ...instance, weight: i === 1 ? 8 : 1 })));
      answeredAtOnce(balancer, 100);
      const counts = countsOf(balancer, answeredAtOnce(balancer, 10_000));
      expect(pearson(counts, [1000, 8000, 1000])).toBeLessThan(chiSquaredBounds(2).high);
    },
  },
];
