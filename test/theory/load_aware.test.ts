import { describe, expect, it } from 'vitest';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { callers, instances } from '../helpers/trial.ts';
import { estimate, expectAgreement, latency, queueing, relaxedMs, replicate } from './theory.ts';

const strategy = (name: string, options: TrialConfig['strategy']['options'] = {}) => ({ strategy: { name, options } });

describe('join-idle-queue by one caller', () => {
  it('has the mean response of its Markov chain, two servers', () => {
    const rho = 0.5;
    const trial = queueing(2, rho, { durationMs: 22_000, warmupMs: relaxedMs(rho), ...strategy('join-idle-queue') });
    expectAgreement(replicate(trial, 100, latency('mean')), meanResponseJoinIdle(rho));
  });

  it('waits less than half as long as the best of two at high load (Lu et al., 2011)', () => {
    const rho = 0.8;
    const size = { durationMs: 3 * relaxedMs(rho), warmupMs: relaxedMs(rho) };
    const mean = (name: string, seed: number) =>
      figure(queueing(20, rho, { ...size, ...strategy(name) }), seed, 'mean');
    // Waiting only: service takes 1 on average under both, and is the very same.
    const saved = estimate(seeds(10, (seed) => mean('least-request', seed) - mean('join-idle-queue', seed)));
    const left = estimate(seeds(10, (seed) => mean('join-idle-queue', seed) - 1));
    expect(saved.mean - saved.bound).toBeGreaterThan(left.mean + left.bound);
  });
});

describe('the tail, where some servers are slower and several callers share them', () => {
  const shared = (written: Partial<TrialConfig>): TrialConfig =>
    queueing(20, 0, {
      callers: callers(20),
      durationMs: 2000,
      warmupMs: 500,
      networkLatency: { kind: 'constant', valueMs: 0.1 },
      ...written,
    });

  it('is shorter by probes for load than by the requests a caller has in flight itself (Prequal, NSDI 2024)', () => {
    const group = (count: number, meanMs: number) =>
      instances(count, { concurrency: 4, serviceTime: { kind: 'exponential', meanMs } });
    // A quarter of the servers takes three times as long; 75% of what they can do together.
    const mixed = [...group(15, 5), ...group(5, 15)].map((config, i) => ({ ...config, id: `i-${i}` }));
    const ratePerMs = 0.75 * ((15 * 4) / 5 + (5 * 4) / 15);
    const p99 = (name: string, options = {}) => {
      const trial = shared({
        instances: mixed,
        load: { arrivals: 'poisson', ratePerMs, keys: null },
        ...strategy(name, options),
      });
      return seeds(10, (seed) => figure(trial, seed, 'p99'));
    };
    // A pool much smaller than the number of servers, as in the paper (16 of 100).
    expectBelow(p99('prequal', { poolSize: 5 }), p99('least-request'));
  });

  it('is shorter by the cubic ranking, where servers slow down from time to time (C3, NSDI 2015)', () => {
    const everyServer = Array.from({ length: 20 }, (_, i) => i);
    const spell = { kind: 'exponential', meanMs: 500 } as const;
    const p99 = (name: string, options = {}) => {
      const trial = shared({
        // Servers as in the paper's simulation: exponential service of 4 ms, four at once. Each is slow half of the time.
        instances: instances(20, { concurrency: 4, serviceTime: { kind: 'exponential', meanMs: 4 } }),
        load: { arrivals: 'poisson', ratePerMs: 0.65 * 20 * (2 / 3), keys: null },
        faults: [
          {
            action: { kind: 'slow', factor: 3 },
            target: { kind: 'instances', indexes: everyServer },
            when: { kind: 'lifetime', lifetime: spell, repair: spell },
          },
        ],
        ...strategy(name, options),
      });
      return seeds(10, (seed) => figure(trial, seed, 'p99'));
    };
    expectBelow(p99('c3', { clients: 20 }), p99('least-request'));
  });
});

function seeds(count: number, value: (seed: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => value(i + 1));
}

function figure(trial: TrialConfig, seed: number, name: 'mean' | 'p99'): number {
  return runTrial(trial, seed, { recordSeries: false }).measures.latencyMs[name] ?? Number.NaN;
}

/** The mean of the logarithms of the ratio, paired by seed, lies below 0 by more than Student's bound. */
function expectBelow(lower: readonly number[], upper: readonly number[]): void {
  const { mean, bound } = estimate(lower.map((value, i) => Math.log(value / upper[i])));
  expect(mean + bound, `${lower} against ${upper}`).toBeLessThan(0);
}

/**
 * Two exponential servers with unit service: an arrival goes to an idle server if there is one, else to either alike. Its
 * stationary law by iteration of the uniformised chain on queues of less than 60, and Little's law.
 */
function meanResponseJoinIdle(rho: number): number {
  const size = 60;
  const total = 2 * rho + 2;
  const arrive = (2 * rho) / total;
  const serve = 1 / total;
  let law = new Float64Array(size * size);
  law[0] = 1;
  for (let round = 0; round < 6000; round++) {
    const next = new Float64Array(size * size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        const p = law[a * size + b];
        if (p < 1e-18) continue;
        const toA = a === b || (a > 0 && b > 0) ? 0.5 : a === 0 ? 1 : 0;
        next[Math.min(a + 1, size - 1) * size + b] += p * arrive * toA;
        next[a * size + Math.min(b + 1, size - 1)] += p * arrive * (1 - toA);
        next[Math.max(a - 1, 0) * size + b] += p * serve;
        next[a * size + Math.max(b - 1, 0)] += p * serve;
      }
    }
    law = next;
  }
  let inSystem = 0;
  for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) inSystem += (a + b) * law[a * size + b];
  return inSystem / (2 * rho);
}
