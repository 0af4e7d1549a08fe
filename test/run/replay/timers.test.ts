import { expect, it } from 'vitest';
import { Outcome } from '../../../src/core/outcome.ts';
import type { RequestPolicy } from '../../../src/mesh/request_policy.ts';
import { noRetryOf, timerOf } from '../../../src/run/replay/timers.ts';

const policy: RequestPolicy = {
  ...{ timeoutMs: 3000, perTryTimeoutMs: 1000, connectTimeoutMs: 250 },
  ...{ retries: 1, retryOn: ['connect-failure'] },
};

it.each([
  [policy, Outcome.timedOut, 250, 'connect'],
  [policy, Outcome.timedOut, 1000, 'try'],
  [policy, Outcome.timedOut, 999.5, 'request'],
  [{ ...policy, connectTimeoutMs: 1000 }, Outcome.timedOut, 1000, 'tryOrConnect'],
  [{ ...policy, perTryTimeoutMs: Infinity, connectTimeoutMs: Infinity }, Outcome.timedOut, 3000, 'request'],
  [policy, Outcome.reset, 250, null],
] as const)('a timer that ended an attempt is named: %o, %i after %d ms', (given, outcome, afterMs, timer) => {
  expect(timerOf(given, outcome, afterMs)).toBe(timer);
});

it.each([
  [policy, Outcome.ok, 1, 5, null],
  [policy, Outcome.noHost, 1, 5, 'noHost'],
  [policy, Outcome.timedOut, 1, 3000, 'outOfTime'],
  [{ ...policy, retries: 0 }, Outcome.refused, 1, 5, 'noRetries'],
  [policy, Outcome.reset, 1, 5, 'notRetried'],
  [policy, Outcome.refused, 2, 5, 'retriesUsed'],
] as const)('why a request was given up: %o, %i, %i attempts, %d ms', (given, outcome, attempts, tookMs, reason) => {
  expect(noRetryOf(given, false, outcome, attempts, tookMs)).toBe(reason);
});

it('where sessions are strict a request may be given up though others may be picked', () => {
  expect(noRetryOf(policy, true, Outcome.noHost, 0, 0)).toBe('noHostOrStrict');
});
