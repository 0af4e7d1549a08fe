import { expect, test } from 'vitest';
import { PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';

/** More load than one instance serves that takes one request at a time. */
const trialWith = (strategy: TrialConfig['strategy'], changes: Partial<TrialConfig>): TrialConfig =>
  trialOf({
    durationMs: 10_000,
    callers: callers(1),
    load: { arrivals: 'poisson', ratePerMs: 0.4, keys: null },
    strategy,
    ...changes,
  });

const requestsOf = (trial: TrialConfig) => runTrial(trial, 1, { recordSeries: false }).measures.requests;

test('with nginx requests go to backups while others are full, and nothing is wrong with that', () => {
  const limited = instances(2).map((one, i) => ({ ...one, ...(i === 0 ? { maxConnections: 1 } : { backup: true }) }));
  const { offered, succeeded, noHost, inFlightAtEnd } = requestsOf(
    trialWith({ name: 'weighted-round-robin', options: {} }, { instances: limited }),
  );
  expect(noHost).toBe(0);
  expect(succeeded + inFlightAtEnd).toBe(offered);
});

test('with HAProxy those that wait for one that is found unhealthy go there all the same, and nothing is wrong with that', () => {
  const limited = instances(2).map((one) => ({ ...one, maxConnections: 1 }));
  const { offered, succeeded, failed, inFlightAtEnd } = requestsOf(
    trialWith(
      { name: 'modulo-hash', options: {} },
      {
        instances: limited,
        load: { arrivals: 'poisson', ratePerMs: 0.4, keys: { kind: 'uniform', count: 10 } },
        loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold: 0 },
        healthCheck: envoyChecks({ intervalMs: 200, timeoutMs: 100, unhealthyThreshold: 1, healthyThreshold: 1 }),
        faults: [
          {
            action: { kind: 'hang' },
            target: { kind: 'instances', indexes: [1] },
            when: { kind: 'at', atMs: 5000, forMs: 3000 },
          },
        ],
      },
    ),
  );
  expect(succeeded + failed + inFlightAtEnd).toBe(offered);
});
