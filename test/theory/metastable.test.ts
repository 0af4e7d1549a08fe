import { expect, it } from 'vitest';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import type { RetryLimit } from '../../src/mesh/retry_limit.ts';
import { instances, traceOf } from '../helpers/trial.ts';
import { queueing } from './theory.ts';

/*
 * Metastable failures (Huang et al., Metastable Failures in the Wild, OSDI 2022): a short trigger, work that retries add,
 * and a system that stays down when the trigger is gone. It is vulnerable where all retries together are more than it can
 * do: load x (1 + retries) > 1 (theory.md). Servers do what was asked of them although nobody waits for it any more.
 */
const TRIGGER_MS = 1000;
const TRIGGER_FOR_MS = 300;

/**
 * With a budget, which is a share of the attempts under way: while all of them time out, first tries are 1 - share of them,
 * so that the load is load / (1 - share) at most. A few retries at once are next to nothing.
 */
const budgetOf = (share: number): RetryLimit => ({ kind: 'budget', share, min: 0 });

it.each<{ load: number; retries: number; retryLimit?: RetryLimit; staysDown: boolean }>([
  { load: 0.6, retries: 0, staysDown: false },
  { load: 0.6, retries: 3, staysDown: true },
  { load: 0.2, retries: 3, staysDown: false },
  { load: 0.6, retries: 3, retryLimit: budgetOf(0.2), staysDown: false },
  { load: 0.6, retries: 3, retryLimit: budgetOf(0.6), staysDown: true },
  { load: 0.6, retries: 3, retryLimit: { kind: 'count', max: 3 }, staysDown: false },
])('load $load, $retries retries, limit $retryLimit, stays down after the trigger: $staysDown', (given) => {
  const { load, retries, retryLimit, staysDown } = given;
  const trial = queueing(4, load, {
    durationMs: 6000,
    warmupMs: 0,
    instances: instances(4, { serviceTime: { kind: 'exponential', meanMs: 1 } }),
    request: {
      ...PLAIN_REQUEST,
      perTryTimeoutMs: 40,
      retries,
      retryOn: ['timeout'],
      ...(retryLimit && { retryLimit }),
    },
    strategy: { name: 'random', options: {} },
    faults: [
      {
        action: { kind: 'slow', factor: 10 },
        target: { kind: 'instances', indexes: [0, 1, 2, 3] },
        when: { kind: 'at', atMs: TRIGGER_MS, forMs: TRIGGER_FOR_MS },
      },
    ],
  });
  const { done } = traceOf(trial);
  const served = (fromMs: number, toMs: number): number => {
    const within = done.filter(({ arrivedAtMs }) => arrivedAtMs >= fromMs && arrivedAtMs < toMs);
    return within.filter(({ outcome }) => outcome === 'ok').length / within.length;
  };
  expect(served(0, 900)).toBeGreaterThan(0.99);
  expect(served(1100, 1300)).toBeLessThan(0.01);
  if (staysDown) expect(served(4000, 5500)).toBeLessThan(0.01);
  else expect(served(4000, 5500)).toBeGreaterThan(0.99);
});
