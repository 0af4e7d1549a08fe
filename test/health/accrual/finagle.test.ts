import { describe, expect, test } from 'vitest';
import { Outcome } from '../../../src/core/outcome.ts';
import { EqualJitteredBackoff } from '../../../src/health/accrual/backoff.ts';
import { finagle } from '../../../src/health/accrual/finagle.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { Watched } from './watched.ts';

/** Backoff.const(5.seconds), consecutive failures alone. */
const three = { consecutiveFailures: 3, successRate: 0, backoffMax: 5000 };
/** The success rate alone. */
const rateOnly = { consecutiveFailures: 0, backoffMax: 5000 };
/** Half of each jitter there is. */
const half = 2 ** 31;

describe('FailureAccrualPolicyTest.scala', () => {
  test('consecutive failures: fails on the nth attempt; a success starts the count anew', () => {
    expect(new Watched(finagle, three).play('--')).toBe('in');
    expect(new Watched(finagle, three).play('---')).toBe('out');
    expect(new Watched(finagle, three).play('-+--')).toBe('in');
    expect(new Watched(finagle, three).play('-+---')).toBe('out');
  });

  test('fractional success rate: over 100 s of successes, one a second, it takes 70 failures to fall below one half', () => {
    const watched = new Watched(finagle, { ...rateOnly, successRate: 0.5, window: 100_000, minRequests: 0 });
    watched.play('.+'.repeat(100));
    expect(watched.play('.-'.repeat(69))).toBe('in');
    expect(watched.play('.-')).toBe('out');
  });

  test('within a duration: nothing before a full window has passed', () => {
    const watched = new Watched(finagle, { ...rateOnly, successRate: 1, minRequests: 0 });
    expect(watched.play('-')).toBe('in');
    watched.clock.advance(29_999);
    expect(watched.play('-')).toBe('in');
    watched.clock.advance(1);
    expect(watched.play('-')).toBe('out');
  });

  test('respects the request threshold: the fifth request of the window', () => {
    const watched = new Watched(finagle, { ...rateOnly, successRate: 1 });
    watched.clock.advance(30_000);
    expect(watched.play('----')).toBe('in');
    expect(watched.play('-')).toBe('out');
  });

  test('hybrid: a success and a failure in turn for 30 s trip the rate, not the run; revival forgets both', () => {
    const watched = new Watched(finagle, { consecutiveFailures: 3, minRequests: 0, backoffMax: 5000 });
    expect(watched.play('+.-.'.repeat(15))).toBe('in');
    expect(watched.play('-')).toBe('out');
    watched.clock.advance(5000);
    expect(watched.play('+')).toBe('in');
    expect(watched.play('--')).toBe('in');
    expect(watched.play('-')).toBe('out');
  });
});

describe('FailureAccrualFactoryTest.scala', () => {
  test('a failing service enters the probing state, and one bad dispatch marks it unhealthy again', () => {
    const watched = new Watched(finagle, three);
    watched.play('---');
    watched.clock.advance(10_000);
    expect(watched.standing()).toBe('probing');
    expect(watched.play('-')).toBe('out');
    expect(watched.log).toEqual(['0 0 out', '5000 0 probing', '10000 0 out']);
  });

  test('only one request is let through while it is probing', () => {
    const watched = new Watched(finagle, three);
    watched.play('---.....');
    watched.health.started(0);
    expect(watched.standing()).toBe('out');
    watched.health.ended(0, Outcome.ok);
    expect(watched.standing()).toBe('in');
  });

  test('an ignorable result is neither a failure nor a success, and keeps the probe open', () => {
    expect(new Watched(finagle, three).play('--?')).toBe('in');
    expect(new Watched(finagle, three).play('--?-')).toBe('out');
    expect(new Watched(finagle, three).play('---.....?')).toBe('probing');
  });

  test('backs off further while probes fail, and from the start after a revival', () => {
    const watched = new Watched(
      finagle,
      { ...three, backoffMax: 60_000 },
      { random: scriptedRandom(Array(9).fill(half)) },
    );
    watched.play('---');
    for (let i = 0; i < 5; i++) {
      watched.clock.step();
      watched.play('-');
    }
    watched.clock.step();
    watched.play('+---');
    const at = watched.log.filter((line) => line.endsWith('probing')).map((line) => Number(line.split(' ')[0]));
    expect(at).toEqual([5000, 12_500, 27_500, 57_500, 117_500, 177_500]);
    watched.clock.advance(5000);
    expect(watched.standing()).toBe('probing');
  });
});

describe('finagle', () => {
  test('equal jitter: the start as it is, then half and up to as much again, and no more draws at the maximum', () => {
    const draws = [0, half, 2 ** 32 - 1, half];
    const backoff = new EqualJitteredBackoff(5000, 60_000, scriptedRandom(draws));
    const taken = Array.from({ length: 7 }, () => Math.round(backoff.next()));
    expect(taken).toEqual([5000, 5000, 15_000, 40_000, 60_000, 60_000, 60_000]);
  });

  test('dead, it disregards failures but not successes: then a probe that fails finds no run of failures', () => {
    const watched = new Watched(finagle, three);
    watched.health.started(0);
    expect(watched.play('---')).toBe('out');
    watched.health.ended(0, Outcome.ok);
    expect(watched.play('.....-')).toBe('probing');
    expect(watched.play('-')).toBe('probing');
    expect(watched.play('-')).toBe('out');
  });

  test('where both policies say so, the longer backoff counts: each backs off by itself', () => {
    const options = { consecutiveFailures: 3, successRate: 1, window: 1000, minRequests: 0 };
    const watched = new Watched(finagle, options, { random: scriptedRandom(Array(4).fill(half)) });
    watched.clock.advance(1000);
    for (let i = 0; i < 3; i++) {
      watched.play('-');
      watched.clock.step();
    }
    const probing = watched.log.filter((line) => line.endsWith('probing'));
    // 5 s, 7.5 s, and then 15 s by the rate, which speaks for the third time, though 5 s by the run.
    expect(probing).toEqual(['6000 0 probing', '13500 0 probing', '28500 0 probing']);
  });
});
