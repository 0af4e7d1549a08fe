import { describe, expect, it } from 'vitest';
import type { WrittenOptions } from '../../src/core/options.ts';
import { type Joining, meanResponse, type State } from './markov.ts';
import { expectAgreement, latency, queueing, relaxedMs, replicate } from './theory.ts';

/*
 * One caller that picks by its own requests in flight, no network delay, first-in first-out servers with exponential
 * service: what is in flight to a server is its queue, and the vector of queues is a Markov chain, solved here. Which of
 * several equal queues an arrival joins makes no difference, so rules that only break ties otherwise share an answer.
 */

interface Case {
  readonly servers: number;
  readonly rho: number;
  readonly options?: WrittenOptions;
  /** How long each of 100 replications measures: the least, rounded up, for a bound of 1%. */
  readonly measuredMs: number;
}

function expectTheory(name: string, joining: Joining, { servers, rho, options = {}, measuredMs }: Case): void {
  const warmupMs = relaxedMs(rho);
  const strategy = { name, options };
  const trial = queueing(servers, rho, { durationMs: warmupMs + measuredMs, warmupMs, strategy });
  // rho^50 is 10^-11 at the highest load here.
  expectAgreement(replicate(trial, 100, latency('mean')), meanResponse(servers, rho, joining, 50));
}

describe('the chain of queues', () => {
  it('gives M/M/1 by a random split', () => {
    expect(meanResponse(1, 0.6, joinAny, 60)).toBeCloseTo(2.5, 9);
    expect(meanResponse(3, 0.6, joinAny, 60)).toBeCloseTo(2.5, 6);
  });

  it('tells the rules apart by much more than the bounds', () => {
    const means = [joinShortest, bestOfTwoDistinct, joinIdle, bestOfTwo, joinAny].map((rule) =>
      meanResponse(3, 0.6, rule, 50),
    );
    for (let i = 1; i < means.length; i++) {
      if (means[i - 1] !== means[i]) expect(Math.abs(means[i] / means[i - 1] - 1)).toBeGreaterThan(0.02);
    }
  });
});

describe('the shortest queue of all', () => {
  const cases: Case[] = [
    { servers: 2, rho: 0.5, options: { algorithm: 'full-scan', weights: 'ignore' }, measuredMs: 14_000 },
    { servers: 3, rho: 0.6, options: { algorithm: 'full-scan', weights: 'ignore' }, measuredMs: 10_000 },
    { servers: 4, rho: 0.6, options: { algorithm: 'full-scan', weights: 'ignore' }, measuredMs: 6000 },
    { servers: 3, rho: 0.5, options: { algorithm: 'nginx-least-conn' }, measuredMs: 6000 },
    { servers: 3, rho: 0.5, options: { algorithm: 'haproxy-leastconn' }, measuredMs: 6000 },
  ];
  it.each(cases)('$servers servers, load $rho, $options.algorithm', (given) => {
    expectTheory('least-request', joinShortest, given);
  });
});

describe('the best of two', () => {
  const replaced = { weights: 'ignore', replacement: true };
  const distinct = { weights: 'ignore', replacement: false };
  it.each<Case>([
    { servers: 2, rho: 0.5, options: replaced, measuredMs: 15_000 },
    { servers: 3, rho: 0.6, options: replaced, measuredMs: 14_000 },
  ])('drawn with replacement, $servers servers, load $rho', (given) => {
    expectTheory('least-request', bestOfTwo, given);
  });

  it('drawn without replacement from two is the shortest queue', () => {
    expectTheory('least-request', joinShortest, { servers: 2, rho: 0.5, options: distinct, measuredMs: 14_000 });
  });

  it.each<Case>([
    { servers: 3, rho: 0.6, options: distinct, measuredMs: 12_000 },
    { servers: 3, rho: 0.5, options: { algorithm: 'nginx-random-two' }, measuredMs: 6000 },
  ])('drawn without replacement, $servers servers, load $rho, $options', (given) => {
    expectTheory('least-request', bestOfTwoDistinct, given);
  });
});

describe('an idle server if there is one, else any', () => {
  it.each<Case>([
    { servers: 3, rho: 0.5, measuredMs: 7000 },
    { servers: 4, rho: 0.5, measuredMs: 5000 },
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
