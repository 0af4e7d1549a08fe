import { describe, expect, test } from 'vitest';
import { EqualJitteredBackoff } from '../../../src/health/accrual/backoff.ts';
import { SuccessRate } from '../../../src/health/accrual/finagle_policies.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

/** A policy that marks dead for 5 s, its clock, and what it says of a failure then. */
function policy(required: number, windowMs: number, minRequests: number) {
  const clock = new ManualClock();
  const backoff = new EqualJitteredBackoff(5000, 5000, scriptedRandom([]));
  const rate = new SuccessRate(required, windowMs, minRequests, backoff, clock);
  const failedAt = (atMs: number): number => {
    clock.advanceTo(atMs);
    return rate.failed();
  };
  return { clock, rate, failedAt };
}

describe('SuccessRate', () => {
  test('revived() resets failures (FailureAccrualPolicyTest.scala)', () => {
    const { rate, failedAt } = policy(1, 30_000, 0);
    expect(failedAt(30_000)).toBe(5000);
    rate.revived();
    expect(failedAt(30_000)).toBe(0);
    expect(failedAt(60_000)).toBe(5000);
  });

  test('a revival forgets the average: the success that follows is all there is', () => {
    const { rate, failedAt } = policy(0.3, 1000, 0);
    failedAt(0);
    rate.revived();
    rate.succeeded();
    // e^-1 = 0.37 of it is left.
    expect(failedAt(1000)).toBe(0);
    expect(failedAt(1300)).toBe(5000);
  });

  test('a revival forgets the requests', () => {
    const { clock, rate, failedAt } = policy(1, 5000, 5);
    for (let i = 0; i < 10; i++) failedAt(0);
    clock.advanceTo(900);
    rate.revived();
    rate.succeeded();
    expect([2800, 4700, 5900].map(failedAt)).toEqual([0, 0, 0]);
    expect(failedAt(5950)).toBe(5000);
  });

  test('requests are counted in five slices, each from its first request on (WindowedAdder)', () => {
    const { failedAt } = policy(1, 5000, 3);
    expect([0, 999, 1998].map(failedAt)).toEqual([0, 0, 0]);
    // The slices began at 0, 1998, 3996 and 5994: what came first is counted yet, though more than a window ago.
    expect([3996, 5994].map(failedAt)).toEqual([0, 5000]);
    const { failedAt: sparse } = policy(1, 5000, 2);
    // Five slices further, nothing is left of the first.
    expect([0, 5000].map(sparse)).toEqual([0, 0]);
    const { failedAt: close } = policy(1, 5000, 2);
    expect([100, 1100, 5999].map(close)).toEqual([0, 0, 5000]);
  });
});
