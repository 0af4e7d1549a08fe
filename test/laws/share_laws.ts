import fc from 'fast-check';
import { expect } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { answeredAtOnce, countsOf } from '../helpers/balancing.ts';
import { chiSquaredBounds, type Law, pearson, runsOf, type Subject, traitsOf } from './law.ts';
import { hostsOfKeys, keyOf, rigOf } from './rig.ts';
import { tableTolerance } from './tables.ts';

/** How often each host was picked: for requests without keys, or, where the policy goes by keys, for as many keys. */
function countsFor(subject: Subject, balancer: Balancer, requests: number): number[] {
  const keyed = subject.definition.variantOf(subject.options).traits.affinity !== 'none';
  return countsOf(balancer, keyed ? hostsOfKeys(balancer, requests) : answeredAtOnce(balancer, requests));
}

/** Who gets how much, among healthy hosts that answer at once. */
export const shareLaws: readonly Law[] = [
  {
    name: 'keeps equal hosts within one pick of each other over any run of picks',
    applies: (traits) => traits.evenness === 'exact',
    check: (subject) =>
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (n, seed) => {
          const balancer = rigOf(subject, Array(n).fill(1), { seed });
          expectEven(
            answeredAtOnce(balancer, 4 * n).map((host) => balancer.members.indexOf(host)),
            n,
          );
        }),
        { numRuns: runsOf(subject, 40) },
      ),
  },
  {
    name: 'is even in each worker by itself',
    // Whose turn it is may depend on what others have in flight.
    applies: ({ evenness, feedback }) => evenness !== 'none' && feedback !== 'leastInFlight' && feedback !== 'inFlight',
    check: (subject) => {
      // Workers take turns unevenly, so that a cursor shared between them would show.
      const [n, workers, rounds] = [8, 3, 1200];
      const balancer = rigOf(subject, Array(n).fill(1), { workers });
      const picks: number[][] = Array.from({ length: workers }, () => []);
      for (let i = 0; i < rounds; i++) {
        for (const worker of [0, 1, 0, 2, 1, 0].slice(0, 1 + (i % 6))) {
          const [host] = answeredAtOnce(balancer, 1, 0, worker);
          picks[worker].push(balancer.members.indexOf(host));
        }
      }
      for (const mine of picks) {
        if (subject.definition.variantOf(subject.options).traits.evenness === 'exact')
          expectEven(mine.slice(0, 200), n);
        else {
          const counts = Array.from({ length: n }, (_, place) => mine.filter((pick) => pick === place).length);
          const statistic = pearson(counts, Array(n).fill(mine.length / n));
          expect(statistic).toBeLessThan(chiSquaredBounds(n - 1).high);
        }
      }
    },
  },
  {
    name: 'spreads independently and uniformly over equal hosts',
    applies: (traits) => traits.evenness === 'statistical',
    check: (subject) => {
      // Pairs of consecutive picks: uniform over n^2 cells only if picks are uniform and do not depend on the last one.
      const n = 16;
      const pairs = 20 * n * n;
      for (const seed of [1, 2, 3].slice(0, runsOf(subject, 3))) {
        const balancer = rigOf(subject, Array(n).fill(1), { seed });
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
            const balancer = rigOf(subject, weights, { seed });
            const round = weights.reduce((sum, weight) => sum + weight, 0);
            for (let i = 0; i < 5; i++) expect(countsOf(balancer, answeredAtOnce(balancer, round))).toEqual(weights);
          },
        ),
        { numRuns: runsOf(subject, 60) },
      ),
  },
  {
    name: 'gives each host a share in proportion to its weight',
    applies: (traits) => traits.weighted === 'exact' || traits.weighted === 'proportional',
    check: (subject) => {
      const weights = [1, 2, 3, 4, 5, 6];
      for (const seed of [1, 2, 3].slice(0, runsOf(subject, 3))) {
        const counts = countsFor(subject, rigOf(subject, weights, { seed }), 10_500);
        const expected = weights.map((weight) => 500 * weight);
        expect(pearson(counts, expected)).toBeLessThan(chiSquaredBounds(weights.length - 1).high);
      }
    },
  },
  {
    name: 'follows a weight that changes',
    applies: (traits) => traits.weighted === 'exact' || traits.weighted === 'proportional',
    check: (subject) => {
      const balancer = rigOf(subject, [1, 1, 1]);
      answeredAtOnce(balancer, 100);
      balancer.update(balancer.members.map(({ instance }, i) => ({ ...instance, weight: i === 1 ? 8 : 1 })));
      answeredAtOnce(balancer, 100);
      const counts = countsFor(subject, balancer, 10_000);
      // In the order of members, which may be another by now.
      const due = balancer.members.map((host) => 1000 * host.weight);
      expect(due.toSorted()).toEqual([1000, 1000, 8000]);
      expect(pearson(counts, due)).toBeLessThan(chiSquaredBounds(2).high);
    },
  },
  {
    name: 'takes no notice of weights, but where it says that they count somehow',
    applies: (traits) => traits.weighted === 'none',
    check: (subject) => {
      const seeds = [1, 2, 3].slice(0, runsOf(subject, 3));
      const alike = seeds.every((seed) => {
        const [equal, unequal] = [Array(5).fill(1), [1, 9, 3, 0.5, 4]].map((weights) => {
          return busyPicks(subject, rigOf(subject, weights, { seed }), 300);
        });
        return equal === unequal;
      });
      expect(alike).toBe(traitsOf(subject).weighsSomehow !== true);
    },
  },
  {
    name: 'gives each host keys in proportion to its weight, as well as its table can',
    applies: (traits) => traits.weighted === 'table',
    check: (subject) => {
      const requests = 10_000;
      for (const weights of [
        [1, 1, 1, 1, 1, 1],
        [1, 2, 3, 4, 5, 6],
      ]) {
        const counts = countsFor(subject, rigOf(subject, weights), requests);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        weights.forEach((weight, i) => {
          const off = Math.abs(counts[i] / requests - weight / total);
          expect(off, `host ${i} of weights ${weights}`).toBeLessThan(tableTolerance(subject, weights, i, requests));
        });
      }
    },
  },
];

function expectEven(picks: readonly number[], n: number): void {
  for (let from = 0; from < picks.length; from++) {
    const counts = Array<number>(n).fill(0);
    for (let to = from; to < Math.min(picks.length, from + 4 * n); to++) {
      counts[picks[to]]++;
      if (Math.max(...counts) - Math.min(...counts) > 1) expect.fail(`${counts} in picks ${from} to ${to}`);
    }
  }
}

/** Who is picked while others are still busy: of three requests one ends, the one that has taken longest. */
function busyPicks(subject: Subject, balancer: Balancer, requests: number): string {
  const busy: Host[] = [];
  const ids: string[] = [];
  for (let request = 0; request < requests; request++) {
    const host = balancer.pick(keyOf(subject, request), 0);
    if (host === null) throw new Error('nobody to pick');
    balancer.acquire(host);
    busy.push(host);
    ids.push(host.instance.id);
    const [done] = request % 3 === 0 ? busy.splice(0, 1) : [];
    if (done !== undefined) balancer.release(done, 1, Outcome.ok);
  }
  return ids.join(' ');
}
