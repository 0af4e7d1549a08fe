import { describe, expect, test } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';

/** So many of four instances are down for the second half; a single failure is enough to take one out for the rest of it. */
const trial = (strategy: TrialConfig['strategy'], down: number, panicThreshold = 0): TrialConfig =>
  trialOf({
    durationMs: 20_000,
    instances: instances(4),
    callers: callers(1),
    load: { arrivals: 'constant', ratePerMs: 0.1, keys: null },
    strategy,
    loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold },
    failureAccrual: { name: 'nginx-max-fails', options: { failTimeout: 60_000 } },
    faults: [
      {
        action: { kind: 'crash' },
        target: { kind: 'instances', indexes: [0, 1, 2, 3].slice(0, down) },
        when: { kind: 'at', atMs: 10_000, forMs: 60_000 },
      },
    ],
  });

const measured = (config: TrialConfig) => runTrial(config, 1, { recordSeries: false }).measures;

describe.each([
  ['finagle-heap', { name: 'least-request', options: { algorithm: 'finagle-heap' } }, 0],
  // Two of three down are drawn in each of two tries and once more: ((3/4)(2/3))^3 of 1000 requests.
  ['p2c', { name: 'least-request', options: { weights: 'ignore', replacement: false, maxEffort: 2 } }, 125],
  ['peak-ewma', { name: 'peak-ewma', options: { maxEffort: 2 } }, 125],
] as const)('%s', (_, strategy, toThree) => {
  test('what it sends to those that it cannot pick is a leak by panic, and never theirs by right', () => {
    const { failover, failovers } = measured(trial(strategy, 3));
    expect(failovers.map(({ undetected, censored }) => undetected + censored)).toEqual([0, 0, 0]);
    const { panic, ...others } = failover.leaks;
    expect(others).toEqual({ halfOpen: 0, unejected: 0, staleView: 0 });
    expect(Math.abs(panic - toThree)).toBeLessThanOrEqual(4 * Math.sqrt(toThree));
  });

  test('where nobody is left it sends all the same', () => {
    const { failover } = measured(trial(strategy, 4));
    expect(failover.leaks.panic).toBeGreaterThan(900);
    expect(failover.leaks.panic).toBeLessThan(1000);
  });
});
