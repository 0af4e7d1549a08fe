import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST, type RequestPolicy } from '../../src/mesh/request_policy.ts';
import { admitsRetry, type RetryLimit } from '../../src/mesh/retry_limit.ts';
import { Router } from '../../src/mesh/router.ts';
import { balancerOf } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const { ok, error, reset, refused, timedOut } = Outcome;

/** Two hosts in turn. `sent`: how many attempts went out so far; `done`: requests with their answers. */
function rigOf(retryLimit: RetryLimit, request: Partial<RequestPolicy> = {}) {
  const clock = new ManualClock();
  const balancer = balancerOf(strategyNamed('ring').withOptions({}), [1, 1], { clock });
  const calls = new CallTable(1 + (request.retries ?? 5));
  const sent: number[] = [];
  const done: [number, Outcome][] = [];
  const router = new Router({
    clock,
    balancer,
    transport: { send: (call) => void sent.push(call), abandon: () => {} },
    request: {
      ...PLAIN_REQUEST,
      retries: 5,
      retryOn: ['connect-failure', 'reset', 'timeout', '5xx'],
      retryLimit,
      ...request,
    },
    calls,
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: (call, outcome) => void done.push([call, outcome]),
  });
  const start = (count = 1): number[] =>
    Array.from({ length: count }, () => {
      const call = calls.open();
      router.start(call, NO_KEY);
      return call;
    });
  /** Whether that failure of the call was retried. */
  const retried = (call: number, outcome: Outcome = error): boolean => {
    const before = sent.length;
    router.settle(call, outcome);
    return sent.length > before;
  };
  return { clock, router, start, retried, sent, done };
}

const budget = (share: number, min: number): RetryLimit => ({ kind: 'budget', share, min });
const count = (max: number): RetryLimit => ({ kind: 'count', max });

describe('how many may retry at once', () => {
  // Figures of envoy's retry_state_impl_test.cc: BudgetAvailableRetries, BudgetNoAvailableRetries, BudgetVerifyMinimumConcurrency.
  it.each([
    [budget(0.2, 3), 0, 0, true],
    [budget(0, 0), 0, 20, false],
    [budget(0.2, 3), 2, 0, true],
    [budget(0.2, 3), 3, 0, false],
    [budget(0.2, 3), 3, 20, true],
    [budget(0.2, 3), 4, 20, false],
    [budget(1, 3), 4, 20, true],
    // circuit_breaker.proto: with 100 active requests and 25 percent there may be 25 retries.
    [budget(0.25, 3), 24, 100, true],
    [budget(0.25, 3), 25, 100, false],
    // Cut off to a whole number.
    [budget(0.2, 0), 3, 19, false],
    [budget(0.2, 0), 2, 19, true],
    [count(0), 0, 100, false],
    [count(3), 2, 100, true],
    [count(3), 3, 100, false],
  ])('%j beside %i, %i attempts under way: %s', (limit, retrying, attempts, admitted) => {
    expect(admitsRetry(limit, retrying, attempts)).toBe(admitted);
  });
});

describe('a router with a limit of retries', () => {
  it('ends a request as it failed when others are being retried, until one of them ends', () => {
    const { start, retried, router, done } = rigOf(count(2));
    const [a, b, c, d] = start(4);
    expect([retried(a), retried(b), retried(c)]).toEqual([true, true, false]);
    expect(done).toEqual([[c, error]]);
    router.settle(b, ok);
    expect(retried(d)).toBe(true);
  });

  it('counts a request once, however often it is retried', () => {
    const { start, retried } = rigOf(count(1));
    const [a, b] = start(2);
    expect([retried(a), retried(a), retried(a), retried(b), retried(a)]).toEqual([true, true, true, false, true]);
  });

  it('lets go of requests that time out, or fail for good', () => {
    const { clock, start, retried } = rigOf(count(1), { timeoutMs: 100, retries: 1 });
    const [a] = start();
    expect(retried(a)).toBe(true);
    clock.advance(50);
    const [b, c, d] = start(3);
    expect(retried(b)).toBe(false);
    clock.advance(50);
    expect(retried(c)).toBe(true);
    expect(retried(c)).toBe(false);
    expect(retried(d)).toBe(true);
  });

  it.each([
    // Of five attempts under way one may be a retry, of four none.
    [error, true],
    [reset, true],
    [refused, false],
  ])('counts the attempt that has just failed while it is not gone: %i %s', (outcome, admitted) => {
    const { start, retried } = rigOf(budget(0.2, 0));
    expect(retried(start(5)[0], outcome)).toBe(admitted);
  });

  it('does not count an attempt that was given up', () => {
    const rigs = [4, 5].map((others) => {
      const rig = rigOf(budget(0.2, 0), { perTryTimeoutMs: 10 });
      rig.start();
      rig.clock.advance(5);
      rig.start(others);
      rig.clock.advance(5);
      return rig.done;
    });
    expect(rigs).toEqual([[[0, timedOut]], []]);
  });

  it('never has more retrying than the limit says at each decision, by a naive count', () => {
    const step = fc.record({ at: fc.nat(30), outcome: fc.constantFrom(ok, error, reset, refused) });
    const limits = fc.oneof(
      fc.nat(4).map(count),
      fc.tuple(fc.constantFrom(0, 0.2, 0.5), fc.nat(3)).map((b) => budget(...b)),
    );
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 80 }), (limit, steps) => {
        const { start, retried, done } = rigOf(limit, { retries: 3 });
        /** Open requests by how often each was retried. */
        const open = new Map<number, number>();
        for (const { at, outcome } of steps) {
          const call = [...open.keys()][at];
          if (call === undefined) {
            open.set(start()[0], 0);
            continue;
          }
          const retries = open.get(call) as number;
          const others = [...open].filter(([other, times]) => other !== call && times > 0).length;
          const attempts = outcome === refused ? open.size - 1 : open.size;
          const allowed = limit.kind === 'count' ? limit.max : Math.max(Math.trunc(limit.share * attempts), limit.min);
          const expected = outcome !== ok && retries < 3 && others < allowed;
          expect(retried(call, outcome)).toBe(expected);
          if (expected) open.set(call, retries + 1);
          else {
            open.delete(call);
            expect(done.pop()).toEqual([call, outcome]);
          }
        }
      }),
    );
  });
});
