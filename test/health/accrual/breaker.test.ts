import { describe, expect, test } from 'vitest';
import { Outcome } from '../../../src/core/outcome.ts';
import { breaker } from '../../../src/health/accrual/breaker.ts';
import { Watched } from './watched.ts';

describe('gobreaker_test.go', () => {
  test('TestDefaultCircuitBreaker: six in a row, 60 s, one trial', () => {
    const watched = new Watched(breaker);
    expect(watched.play('-----')).toBe('in');
    expect(watched.play('+------')).toBe('out');
    watched.clock.advance(59_000);
    expect(watched.standing()).toBe('out');
    watched.clock.advance(1000);
    expect(watched.standing()).toBe('probing');
    expect(watched.play('-')).toBe('out');
    watched.clock.advance(60_000);
    expect(watched.play('+')).toBe('in');
  });

  test('TestCustomCircuitBreaker: a failure ratio of 0.6 among at least 3; three trials that must succeed', () => {
    const options = {
      consecutiveFailures: 0,
      failureRate: 0.6,
      minRequests: 3,
      window: 30_000,
      openTime: 90_000,
      trials: 3,
    };
    const watched = new Watched(breaker, options);
    expect(watched.play('+-'.repeat(5))).toBe('in');
    watched.clock.advance(30_000);
    expect(watched.play('-')).toBe('in');
    expect(watched.play('+-')).toBe('out');
    watched.clock.advance(90_000);
    expect(watched.play('++')).toBe('probing');
    watched.health.started(0);
    expect(watched.standing()).toBe('out');
    watched.health.ended(0, Outcome.ok);
    expect(watched.standing()).toBe('in');
  });
});

describe('breaker', () => {
  test('trials at once: it is out while they are under way, and one failure opens it', () => {
    const watched = new Watched(breaker, { consecutiveFailures: 1, openTime: 1000, trials: 2 });
    watched.play('-.');
    watched.health.started(0);
    expect(watched.standing()).toBe('probing');
    watched.health.started(0);
    expect(watched.standing()).toBe('out');
    watched.health.ended(0, Outcome.ok);
    expect(watched.standing()).toBe('out');
    watched.health.ended(0, Outcome.reset);
    watched.clock.advance(1000);
    expect(watched.log).toEqual(['0 0 out', '1000 0 probing', '1000 0 out', '2000 0 probing']);
  });

  test('results of earlier requests are disregarded while it is open and before the first trial', () => {
    const watched = new Watched(breaker, { consecutiveFailures: 1, openTime: 1000 });
    for (let i = 0; i < 3; i++) watched.health.started(0);
    watched.health.ended(0, Outcome.error);
    watched.health.ended(0, Outcome.ok);
    watched.clock.advance(1000);
    watched.health.ended(0, Outcome.error);
    expect(watched.log).toEqual(['0 0 out', '1000 0 probing']);
  });

  test('a trial that says nothing lets another be tried', () => {
    expect(new Watched(breaker, { consecutiveFailures: 1, openTime: 1000 }).play('-.?')).toBe('probing');
  });
});
