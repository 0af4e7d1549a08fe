import { describe, expect, it } from 'vitest';
import { strategies } from '../../src/balancer/strategies/index.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';

/** A world with everything in it. */
const world = (strategy: string): TrialConfig =>
  trialOf({
    durationMs: 8000,
    warmupMs: 1000,
    instances: [
      ...instances(4, {
        concurrency: 2,
        queue: 20,
        zone: 'a',
        serviceTime: { kind: 'lognormal', medianMs: 8, p99Ms: 60 },
      }),
      ...instances(2, {
        weight: 3,
        zone: 'b',
        onClientGone: 'cancel',
        serviceTime: { kind: 'weibull', meanMs: 5, shape: 2 },
      }),
    ].map((instance, i) => ({ ...instance, id: `w-${i}`, address: `10.0.0.${i}:80` })),
    callers: callers(3),
    load: { arrivals: 'poisson', ratePerMs: 0.6, keys: { kind: 'zipf', count: 100, exponent: 0.9 } },
    networkLatency: { kind: 'uniform', minMs: 0.2, maxMs: 0.6 },
    discoveryLag: { kind: 'uniform', minMs: 50, maxMs: 250 },
    registry: { kind: 'memory', lease: { ttlMs: 1500, renewIntervalMs: 500 } },
    strategy: { name: strategy, options: {} },
    healthCheck: envoyChecks({
      intervalMs: 500,
      timeoutMs: 100,
      unhealthyThreshold: 2,
      healthyThreshold: 2,
      intervalJitterMs: 100,
    }),
    request: {
      timeoutMs: 1000,
      perTryTimeoutMs: 300,
      connectTimeoutMs: 100,
      retries: 2,
      retryOn: ['connect-failure', 'reset', 'timeout', '5xx'],
    },
    faults: [
      {
        action: { kind: 'blackhole' },
        target: { kind: 'zone', zone: 'b' },
        when: { kind: 'at', atMs: 3000, forMs: 2000 },
      },
      {
        action: { kind: 'hang' },
        target: { kind: 'count', count: 2 },
        when: {
          kind: 'lifetime',
          lifetime: { kind: 'exponential', meanMs: 3000 },
          repair: { kind: 'exponential', meanMs: 300 },
        },
      },
      {
        action: { kind: 'errors', rate: 0.1, probes: true },
        target: { kind: 'instances', indexes: [0] },
        when: { kind: 'at', atMs: 2000, forMs: 4000 },
      },
      {
        action: { kind: 'restart', drainMs: 200, downMs: 300, everyMs: 700 },
        target: { kind: 'instances', indexes: [1, 2] },
        when: { kind: 'at', atMs: 5500, forMs: Infinity },
      },
    ],
  });

const report = (strategy: string, seed: number) => runTrial(world(strategy), seed, { recordSeries: false }).measures;

describe('one seed, one answer', () => {
  for (const { name } of strategies) {
    it(`${name}: the same cell gives the same report to the last digit, another seed another one`, () => {
      const first = report(name, 7);
      expect(report(name, 7)).toEqual(first);
      const other = report(name, 8);
      expect(other.digest).not.toBe(first.digest);
      expect(other.inputDigest).not.toBe(first.inputDigest);
    });
  }

  it('meets the very same requests under every strategy', () => {
    const reports = strategies.map(({ name }) => report(name, 7));
    expect(new Set(reports.map(({ inputDigest }) => inputDigest)).size).toBe(1);
    expect(new Set(reports.map(({ digest }) => digest)).size).toBe(strategies.length);
    const arrivals = strategies.map(({ name }) => traceOf(world(name), 7).arrivals.slice(0, 3000));
    for (const other of arrivals) expect(other).toEqual(arrivals[0]);
    const truths = strategies.map(({ name }) => traceOf(world(name), 7).truths);
    for (const other of truths) expect(other).toEqual(truths[0]);
  });

  it('gives the same picks when all times are multiplied by four', () => {
    // A power of two changes no mantissa. peak-ewma has a time constant of its own, which is an option.
    const stretch = (trial: TrialConfig, by: number): TrialConfig => ({
      ...trial,
      durationMs: trial.durationMs * by,
      instances: trial.instances.map((instance) => ({
        ...instance,
        serviceTime: { kind: 'exponential', meanMs: 4 * by },
      })),
      load: { ...trial.load, ratePerMs: trial.load.ratePerMs / by },
      strategy: { name: 'peak-ewma', options: { decayTime: 10_000 * by } },
    });
    const plain = trialOf({
      durationMs: 2000,
      instances: instances(5),
      load: { arrivals: 'poisson', ratePerMs: 0.9, keys: null },
    });
    const picks = (by: number) => traceOf(stretch(plain, by), 3).sends.map(({ instance }) => instance);
    expect(picks(1).length).toBeGreaterThan(1500);
    expect(picks(4)).toEqual(picks(1));
  });
});
