import { describe, expect, it, test } from 'vitest';
import { type LoadBalancerSettings, PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { PLAIN_REQUEST, UNTRIED_HOSTS } from '../../src/mesh/request_policy.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';

const measured = (trial: TrialConfig) => runTrial(trial, 1, { recordSeries: false }).measures;

/** Two zones of three, two priorities, a backup, one host that crashes for a while. */
function world(name: string, loadBalancer: Partial<LoadBalancerSettings>, workers = 1): TrialConfig {
  return trialOf({
    durationMs: 6000,
    instances: instances(8, { concurrency: 2 }).map((instance, i) => ({
      ...instance,
      zone: i % 2 === 0 ? 'a' : 'b',
      weight: 1 + (i % 3),
      priority: i < 5 ? 0 : 1,
      backup: i === 7,
      metadata: { stage: i === 0 ? 'canary' : 'prod' },
    })),
    callers: callers(4).map((caller, i) => ({ ...caller, zone: i % 2 === 0 ? 'a' : 'b', workers })),
    load: { arrivals: 'poisson', ratePerMs: 0.5, keys: { kind: 'uniform', count: 50 } },
    networkLatency: { kind: 'constant', valueMs: 0.3 },
    strategy: { name, options: {} },
    loadBalancer: { ...PLAIN_LOAD_BALANCER, ...loadBalancer },
    healthCheck: {
      kind: 'http',
      intervalMs: 200,
      timeoutMs: 50,
      unhealthyThreshold: 1,
      healthyThreshold: 1,
      intervalJitterMs: 0,
    },
    request: {
      ...PLAIN_REQUEST,
      timeoutMs: 500,
      retries: 2,
      retryOn: ['connect-failure', 'reset', '5xx'],
      hostSelection: { ...UNTRIED_HOSTS, updateFrequency: 1 },
    },
    faults: [
      {
        action: { kind: 'crash' },
        target: { kind: 'instances', indexes: [1, 2, 3] },
        when: { kind: 'at', atMs: 2000, forMs: 2000 },
      },
    ],
  });
}

const settings: Record<string, Partial<LoadBalancerSettings>> = {
  'priorities and backups': { backups: 'first' },
  'all or nothing': { failover: 'all-or-nothing' },
  'zones by weight': { locality: { kind: 'weighted', weights: { a: 2 } } },
  'zone-aware routing': {
    locality: { kind: 'zone-aware', minClusterSize: 1, routingEnabledPercent: 100, forceLocalZoneMinSize: null },
  },
  'locality failover': { locality: { kind: 'failover', failover: [] } },
  subset: { subset: { selectors: [{ keys: ['stage'] }], match: { stage: 'prod' } } },
  'random aperture': { subsetting: { name: 'random-aperture', options: {} } },
  'deterministic aperture': { subsetting: { name: 'deterministic-aperture', options: { minAperture: 3 } } },
  'slow start': { slowStart: { kind: 'haproxy', windowMs: 1000 } },
  sessions: { sessionAffinity: { ttlMs: 1000, maxSessions: 20, strict: false } },
};

describe.each(Object.entries(settings))('%s', (_name, loadBalancer) => {
  it('works around every strategy, with retries that avoid priorities: every request is accounted for', () => {
    const digests = strategies.map(({ name }) => {
      const { requests, inputDigest } = measured(world(name, loadBalancer, 2));
      const { offered, succeeded, failed, inFlightAtEnd } = requests;
      expect(offered).toBe(succeeded + failed + inFlightAtEnd);
      expect(succeeded).toBeGreaterThan(0.9 * offered);
      return inputDigest;
    });
    expect(new Set(digests).size).toBe(1);
  });
});

test('retries that avoid priorities reach hosts that get no load otherwise', () => {
  const { instances: rows } = measured({
    ...world('round-robin', {}),
    healthCheck: null,
    faults: [
      {
        action: { kind: 'errors', rate: 1, probes: false },
        target: { kind: 'instances', indexes: [0] },
        when: { kind: 'at', atMs: 0, forMs: Infinity },
      },
    ],
  });
  // The first priority is whole, so that the second gets retries only; of each five requests one fails.
  const second = rows.slice(5, 7).reduce((sum, { requests }) => sum + requests, 0);
  const first = rows.slice(0, 5).reduce((sum, { requests }) => sum + requests, 0);
  expect(second / first).toBeCloseTo(0.2, 2);
  for (const { expectedShare } of rows.slice(5)) expect(expectedShare).toBe(0);
});

test('each worker of a caller takes turns of its own; which worker gets a request no strategy decides', () => {
  const trial = trialOf({
    instances: instances(3),
    callers: callers(1).map((caller) => ({ ...caller, workers: 2 })),
    load: { arrivals: 'poisson', ratePerMs: 0.1, keys: null },
  });
  const order = traceOf(trial).sends.map(({ instance }) => instance);
  const steps = order.slice(1).map((instance, i) => (instance - order[i] + 3) % 3);
  // One cursor would always move on by one.
  expect(new Set(steps)).toEqual(new Set([0, 1, 2]));
  const one = trialOf({ ...trial, callers: callers(1) });
  expect(traceOf(trial).arrivals).toEqual(traceOf(one).arrivals);
});
