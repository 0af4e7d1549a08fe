import { describe, expect, test } from 'vitest';
import { Outcome } from '../../../src/core/outcome.ts';
import { ExponentialBackoff } from '../../../src/health/accrual/backoff.ts';
import { linkerd } from '../../../src/health/accrual/linkerd.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';
import { Watched } from './watched.ts';

/** As Linkerd's tests have it: 1 s to 100 s, no jitter. */
const steady = { maxPenalty: 100_000, jitter: 0, rejection: 'rate-limit' };
const consecutive = { ...steady, mode: 'consecutive' };

describe('consecutive_failures.rs, transitions', () => {
  test('two failures shut it for 1 s, a failed probe for 2 s, stragglers are ignored, one success opens it', () => {
    const watched = new Watched(linkerd, { ...consecutive, maxFailures: 2 });
    expect(watched.play('-')).toBe('in');
    watched.health.started(0);
    expect(watched.play('-')).toBe('out');
    watched.clock.advance(500);
    expect(watched.standing()).toBe('out');
    watched.clock.advance(500);
    expect(watched.standing()).toBe('probing');
    expect(watched.play('-.')).toBe('out');
    watched.health.ended(0, Outcome.ok);
    expect(watched.standing()).toBe('out');
    expect(watched.play('.')).toBe('probing');
    watched.health.started(0);
    expect(watched.standing()).toBe('out');
    watched.health.ended(0, Outcome.ok);
    expect(watched.standing()).toBe('in');
  });
});

// channel.rs: a response future that is dropped sends no classification; gate.rs: its permit is forgotten even so.
test('a probe that nobody waits for any more leaves the gate as it is until another result comes', () => {
  const watched = new Watched(linkerd, { ...consecutive, maxFailures: 1 });
  watched.health.started(0);
  expect(watched.play('-.')).toBe('probing');
  watched.health.abandoned?.(0);
  expect(watched.play('...')).toBe('out');
  watched.health.ended(0, Outcome.ok);
  expect(watched.standing()).toBe('in');
});

describe('unified.rs', () => {
  const unified = (maxFailures: number, successRate: number, minRequests: number) =>
    new Watched(linkerd, { ...steady, maxFailures, successRate, minRequests });

  test('trips_on_consecutive_failures, success_resets_consecutive_count', () => {
    expect(unified(3, 0, 1).play('--')).toBe('in');
    expect(unified(3, 0, 1).play('---')).toBe('out');
    expect(unified(3, 0, 1).play('--+--')).toBe('in');
  });

  test('trips_on_low_success_rate, success_rate_counts_5xx, cold_start_protects_success_rate', () => {
    expect(unified(100, 0.8, 1).play('+.q')).toBe('out');
    expect(unified(100, 0.8, 1).play('-')).toBe('out');
    expect(unified(100, 0.8, 5).play('q.q.q.q.')).toBe('in');
  });

  test('probation_success_reopens, probation_failure_on_429', () => {
    expect(unified(3, 0.8, 1).play('-.+')).toBe('in');
    expect(unified(3, 0.8, 1).play('-.q')).toBe('out');
  });

  test('consecutive_failures_ignores_429, threshold_zero_disables_success_rate, both_policies_disabled_never_trips', () => {
    expect(unified(3, 0.1, 100).play('qqqqq')).toBe('in');
    expect(unified(100, 0, 1).play('q+-qqqqqq')).toBe('in');
    expect(unified(0, 0, 1).play('-'.repeat(50))).toBe('in');
  });

  test('backoff_resets_to_base_on_retrip', () => {
    const watched = unified(2, 0.8, 5);
    expect(watched.play('--.-..')).toBe('probing');
    expect(watched.play('+')).toBe('in');
    expect(watched.play('--')).toBe('out');
    expect(watched.play('.')).toBe('probing');
  });

  test('idle_reengages_cold_start_with_failure', () => {
    const watched = unified(100, 0.5, 3);
    expect(watched.play('+.+.+.-.')).toBe('in');
    watched.clock.advance(200_000);
    expect(watched.play('--')).toBe('in');
    expect(watched.play('-')).toBe('out');
  });

  test('dual_mode_success_rate_trips_before_consecutive', () => {
    expect(unified(5, 0.8, 3).play('+.q.')).toBe('in');
    expect(unified(5, 0.8, 3).play('+.q.q')).toBe('out');
  });

  test('success_rate_recovers_after_decay', () => {
    const watched = unified(0, 0.5, 3);
    expect(watched.play('+.+.+.q.q.q.')).toBe('in');
    expect(watched.play('q')).toBe('out');
    expect(watched.play('.+')).toBe('in');
    expect(watched.play(`-${'.+'.repeat(20)}`)).toBe('in');
    expect(watched.log).toHaveLength(4);
  });

  test('slow_healthy_probe_reopens', () => {
    const watched = unified(3, 0, 1);
    watched.play('---.');
    watched.health.started(0);
    watched.clock.advance(60_000);
    expect(watched.standing()).toBe('out');
    watched.health.ended(0, Outcome.ok);
    expect(watched.standing()).toBe('in');
  });
});

describe('linkerd', () => {
  test('consecutive policy: a 429 passes for a success, a probe included', () => {
    expect(new Watched(linkerd, { ...consecutive, maxFailures: 3 }).play('--q--')).toBe('in');
    expect(new Watched(linkerd, { ...consecutive, maxFailures: 3 }).play('---.q')).toBe('in');
  });

  test('seven in a row by default where the success rate is off; five where it is not', () => {
    expect(new Watched(linkerd, { mode: 'consecutive' }).play('------')).toBe('in');
    expect(new Watched(linkerd, { mode: 'consecutive' }).play('-------')).toBe('out');
    expect(new Watched(linkerd).play('----')).toBe('in');
    expect(new Watched(linkerd).play('-----')).toBe('out');
  });

  test('the window goes on by tenths, counted from when the gate opened', () => {
    const trips = (lastMs: number): boolean => {
      const watched = new Watched(linkerd, { ...steady, maxFailures: 0, successRate: 0.7, minRequests: 3 });
      for (const [outcome, atMs] of [
        [Outcome.error, 1050],
        [Outcome.ok, 1060],
        [Outcome.ok, lastMs],
        [Outcome.ok, lastMs],
      ]) {
        watched.clock.advanceTo(atMs);
        if (watched.standing() === 'in') watched.send(outcome as Outcome);
      }
      return watched.standing() === 'out';
    };
    expect([10_500, 10_999, 11_000, 11_010].map(trips)).toEqual([true, true, false, false]);
  });

  test('a result sent long before decides once a request may pass', () => {
    const watched = new Watched(linkerd, { ...consecutive, maxFailures: 1 });
    watched.health.started(0);
    watched.play('-.');
    watched.health.ended(0, Outcome.ok);
    expect(watched.standing()).toBe('in');
  });

  test('without jitter nothing is drawn', () => {
    const backoff = new ExponentialBackoff(1000, 60_000, 0, scriptedRandom([]));
    expect([backoff.next(), backoff.next()]).toEqual([1000, 2000]);
  });

  test('penalties double up to the most, with up to half as much again as long as it is below that', () => {
    const backoff = new ExponentialBackoff(1000, 60_000, 0.5, scriptedRandom(Array(8).fill(2 ** 31)));
    expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([
      1250, 2500, 5000, 10_000, 20_000, 40_000, 60_000, 60_000,
    ]);
  });
});

// In Linkerd it is another service, with a breaker of its own: P2cPool.add_endpoint.
describe('a host that weighs something else', () => {
  const twoInARow = { ...consecutive, maxFailures: 2 };

  test('has a gate that is open, and a count from 0', () => {
    const watched = new Watched(linkerd, twoInARow);
    expect(watched.play('--')).toBe('out');
    watched.health.renew?.(0);
    expect(watched.log).toEqual(['0 0 out', '0 0 in']);
    watched.clock.advance(1000);
    expect(watched.play('-')).toBe('in');
    watched.health.renew?.(0);
    expect(watched.play('-')).toBe('in');
    expect(watched.play('-')).toBe('out');
    expect(watched.log.slice(2)).toEqual(['1000 0 out']);
  });

  test('hears nothing of what was sent before, be it in the same instant, and of all that was sent since', () => {
    const watched = new Watched(linkerd, twoInARow);
    const { health } = watched;
    for (let i = 0; i < 3; i++) health.started(0);
    health.renew?.(0);
    for (let i = 0; i < 2; i++) health.started(0);
    health.ended(0, Outcome.error, 0, false);
    for (const outcome of [Outcome.error, Outcome.ok, Outcome.error]) health.ended(0, outcome, 0, true);
    expect(watched.standing()).toBe('in');
    health.ended(0, Outcome.error, 0, false);
    expect(watched.standing()).toBe('out');
  });

  test('may be renewed again, and leave with attempts under way', () => {
    const watched = new Watched(linkerd, twoInARow);
    const { clock, health } = watched;
    health.started(0);
    health.renew?.(0);
    clock.advance(1);
    health.renew?.(0);
    watched.remove(0);
    health.ended(0, Outcome.error, 0, true);
    watched.add(0);
    expect(watched.play('-')).toBe('in');
    expect(watched.play('-')).toBe('out');
  });
});
