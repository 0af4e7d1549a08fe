import { describe, expect, it } from 'vitest';
import type { WrittenOptions } from '../../src/core/options.ts';
import { type Joining, meanResponse, type State } from './markov.ts';
import { replicateBesideOneQueue, type Size } from './one_queue.ts';
import { expectAgreement } from './theory.ts';

/*
 * One caller that picks by its own requests in flight, no network delay, first-in first-out servers with exponential
 * service: what is in flight to a server is its queue, and the queues are a Markov chain, which is solved. Which of several
 * equal queues an arrival joins makes no difference, so rules that break ties in other ways share an answer.
 */

interface Case extends Omit<Size, 'replications'> {
  readonly options?: WrittenOptions;
}

function expectTheory(name: string, joining: Joining, { options = {}, ...size }: Case): void {
  const measured = replicateBesideOneQueue({ strategy: { name, options } }, { ...size, replications: 40 });
  expectAgreement(measured, meanResponse(size.servers, size.rho, joining));
}

describe('the chain of queues', () => {
  it('gives M/M/1 by a random split', () => {
    expect(meanResponse(1, 0.6, joinAny)).toBeCloseTo(2.5, 6);
    expect(meanResponse(3, 0.6, joinAny)).toBeCloseTo(2.5, 5);
  });

  it('tells the rules apart by much more than the bounds', () => {
    const rules = [joinShortest, joinIdle, bestOfTwoDistinct, bestOfTwo, joinAny];
    const means = rules.map((rule) => meanResponse(3, 0.6, rule));
    for (let i = 1; i < means.length; i++) expect(means[i]).toBeGreaterThan(1.02 * means[i - 1]);
  });
});

describe('the shortest queue of all', () => {
  const fullScan = { algorithm: 'full-scan', weights: 'ignore' };
  it.each<Case>([
    { servers: 2, rho: 0.8, options: fullScan, measuredMs: 5000 },
    { servers: 3, rho: 0.7, options: fullScan, measuredMs: 3000 },
    { servers: 4, rho: 0.6, options: fullScan, measuredMs: 2000 },
    { servers: 3, rho: 0.6, options: { algorithm: 'nginx-least-conn' }, measuredMs: 3000 },
    { servers: 3, rho: 0.6, options: { algorithm: 'haproxy-leastconn' }, measuredMs: 3000 },
  ])('$servers servers, load $rho, $options.algorithm', (given) => {
    expectTheory('least-request', joinShortest, given);
  });
});

describe('the best of two', () => {
  const replaced = { weights: 'ignore', replacement: true };
  const distinct = { weights: 'ignore', replacement: false };
  it.each<Case>([
    { servers: 2, rho: 0.7, options: replaced, measuredMs: 10_000 },
    { servers: 3, rho: 0.6, options: replaced, measuredMs: 8000 },
  ])('drawn with replacement, $servers servers, load $rho', (given) => {
    expectTheory('least-request', bestOfTwo, given);
  });

  it('drawn without replacement from two is the shortest queue', () => {
    expectTheory('least-request', joinShortest, { servers: 2, rho: 0.7, options: distinct, measuredMs: 4000 });
  });

  it.each<Case>([
    { servers: 3, rho: 0.6, options: distinct, measuredMs: 5000 },
    { servers: 3, rho: 0.6, options: { algorithm: 'nginx-random-two' }, measuredMs: 5000 },
  ])('drawn without replacement, $servers servers, load $rho, $options', (given) => {
    expectTheory('least-request', bestOfTwoDistinct, given);
  });
});

describe('an idle server if there is one, else any', () => {
  it.each<Case>([
    { servers: 3, rho: 0.6, measuredMs: 8000 },
    { servers: 4, rho: 0.6, measuredMs: 6000 },
  ])('$servers servers, load $rho', (given) => {
    expectTheory('join-idle-queue', joinIdle, given);
  });
});

function joinAny(queues: State): number[] {
  return queues.map(() => 1 / queues.length);
}

function joinShortest(queues: State): number[] {
  const least = Math.min(...queues);
  const shortest = queues.filter((length) => length === least).length;
  return queues.map((length) => (length === least ? 1 / shortest : 0));
}

function joinIdle(queues: State): number[] {
  return queues.includes(0) ? joinShortest(queues) : joinAny(queues);
}

/** Both drawn from all: the same one twice in one of n pairs. */
function bestOfTwo(queues: State): number[] {
  return bestOfPairs(queues, () => true);
}

function bestOfTwoDistinct(queues: State): number[] {
  return bestOfPairs(queues, (first, second) => first !== second);
}

function bestOfPairs(queues: State, drawn: (first: number, second: number) => boolean): number[] {
  const wins = queues.map(() => 0);
  let pairs = 0;
  queues.forEach((first, i) => {
    queues.forEach((second, j) => {
      if (!drawn(i, j)) return;
      wins[second < first ? j : i]++;
      pairs++;
    });
  });
  return wins.map((count) => count / pairs);
}
