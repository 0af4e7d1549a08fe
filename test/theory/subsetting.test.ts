import { describe, expect, it } from 'vitest';
import { deterministic } from '../../src/balancer/subsetting/deterministic.ts';
import { rendezvous } from '../../src/balancer/subsetting/rendezvous.ts';
import { randomStream } from '../../src/core/random.ts';
import { callerOf, hostsOf, selections, used } from '../balancer/subsetting/group.ts';
import { estimate, expectAgreement } from './theory.ts';

/*
 * Site Reliability Engineering, chapter 20: 300 clients that each draw 90 of 300 backends. Its figure 20-3 is one such
 * draw, in which the least loaded backend has 57 connections and the most loaded 109, of 90 on average; every draw is
 * another one, so the law they follow is compared here, and not these two numbers.
 */
const [CALLERS, HOSTS, SIZE] = [300, 300, 90];

describe('subsets drawn at random by 300 callers, 90 of 300 hosts each', () => {
  it('leave the least used host and the most used one where independent binomial numbers have them', () => {
    const groups = Array.from({ length: 40 }, (_, group) => {
      const hosts = hostsOf(new Array<number>(HOSTS).fill(1));
      const selected = Array.from({ length: CALLERS }, (_, caller) =>
        callerOf(rendezvous, { size: SIZE }, caller, CALLERS, randomStream(`${group}/${caller}`)).select(hosts),
      );
      const counts = used(selected);
      return { least: Math.min(...counts), most: Math.max(...counts) };
    });
    const { least, most } = extremesOfBinomial(HOSTS, CALLERS, SIZE / HOSTS);
    // Their sum is fixed, so they lean against each other by 1/300: nothing, beside the bound.
    expectAgreement(estimate(groups.map((group) => group.least)), least, 0.05);
    expectAgreement(estimate(groups.map((group) => group.most)), most, 0.05);
    // Uneven, that is.
    expect(most / least).toBeGreaterThan(1.5);
  });

  it('leave no difference where they are dealt: three subsets of 100 share all hosts out, in every round of callers', () => {
    const selected = selections(deterministic, { size: SIZE }, CALLERS, hostsOf(new Array<number>(HOSTS).fill(1)));
    expect(new Set(used(selected))).toEqual(new Set([100]));
  });
});

/** The means of the least and of the greatest of `count` independent numbers of successes in so many tries. */
function extremesOfBinomial(count: number, tries: number, probability: number): { least: number; most: number } {
  let term = (1 - probability) ** tries;
  let [below, least, most] = [0, 0, 0];
  for (let k = 0; k < tries; k++) {
    below += term;
    // Sums of P(least > k) and of P(most > k).
    least += (1 - below) ** count;
    most += 1 - below ** count;
    term *= ((tries - k) / (k + 1)) * (probability / (1 - probability));
  }
  return { least, most };
}
