import { expect, it } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';

/** Two of eight instances break down, the second 300 ms after the first, and are back together. */
const trialWith = (updateMergeWindowMs: number): TrialConfig =>
  trialOf({
    durationMs: 60_000,
    instances: instances(8),
    callers: callers(20),
    load: { arrivals: 'constant', ratePerMs: 2, keys: null },
    loadBalancer: { ...PLAIN_LOAD_BALANCER, updateMergeWindowMs },
    healthCheck: envoyChecks({ intervalMs: 200, timeoutMs: 100, unhealthyThreshold: 1, healthyThreshold: 1 }),
    faults: [1, 5].map((index, i) => ({
      action: { kind: 'crash' },
      target: { kind: 'instances', indexes: [index] },
      when: { kind: 'at', atMs: 20_000 + 300 * i, forMs: 20_000 - 300 * i },
    })),
  });

const figuresOf = (updateMergeWindowMs: number) => {
  const { failovers, requests } = runTrial(trialWith(updateMergeWindowMs), 1, { recordSeries: false }).measures;
  return { failovers, requests };
};

it('what a second change finds out counts a window later: failover takes that much longer, finding out does not', () => {
  const [at, late] = [figuresOf(0).failovers, figuresOf(1000).failovers];
  expect(late.map(({ detectMs }) => detectMs)).toEqual(at.map(({ detectMs }) => detectMs));
  for (const { undetected, censored, removedBy } of late) {
    expect({ undetected, censored, removedBy: removedBy.activeCheck }).toEqual({
      undetected: 0,
      censored: 0,
      removedBy: 20,
    });
  }
  // The first is a change after a long rest; the second comes within a second of it with every caller.
  expect(late[0].drainMs).toEqual(at[0].drainMs);
  const longer = (late[1].drainMs.mean ?? Number.NaN) - (at[1].drainMs.mean ?? Number.NaN);
  expect(longer).toBeGreaterThan(900);
  expect(longer).toBeLessThanOrEqual(1020);
  expect(late[1].drainMs.max).toBeLessThanOrEqual((late[1].detectMs.max ?? Number.NaN) + 1000);
});

it('more requests fail for it', () => {
  expect(figuresOf(1000).requests.failed).toBeGreaterThan(1.5 * figuresOf(0).requests.failed);
});
