import { describe, expect, it } from 'vitest';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { callers, instances } from '../helpers/trial.ts';
import { estimate, expectBelow, queueing, relaxedMs } from './theory.ts';

const strategy = (name: string, options: TrialConfig['strategy']['options'] = {}) => ({ strategy: { name, options } });

describe('join-idle-queue by one caller', () => {
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

  it('stays, above what servers are allotted, where equal shares let it grow (Prequal, NSDI 2024, sections 2 and 5.1)', () => {
    // Of 50 servers two get only what they were allotted, as neighbours want the rest; the others may take twice that.
    // Balancing what they use gives equal shares. Loads are steps of the paper's ramp; its pool is 16 of 100.
    const allotted = 8;
    const servers = Array.from({ length: 50 }, (_, i) => i).flatMap((i) =>
      instances(1, {
        id: `i-${i}`,
        concurrency: i < 2 ? allotted : 2 * allotted,
        serviceTime: { kind: 'exponential', meanMs: 80 },
      }),
    );
    const p99 = (load: number, name: string, options = {}) => {
      const ratePerMs = (load * allotted * servers.length) / 80;
      const trial = shared({
        instances: servers,
        callers: callers(50),
        load: { arrivals: 'poisson', ratePerMs, keys: null },
        ...strategy(name, options),
      });
      return seeds(10, (seed) => figure(trial, seed, 'p99'));
    };
    const probed = [0.93, 1.27].map((load) => p99(load, 'prequal', { poolSize: 8 }));
    const equal = [0.93, 1.27].map((load) => p99(load, 'weighted-round-robin'));
    expectBelow(probed[1], equal[1]);
    const growth = ([below, above]: number[][]): number[] => above.map((value, i) => value / below[i]);
    expectBelow(growth(probed), growth(equal));
    // None could be seen in the paper's at this step; less than 10% here.
    expectBelow(
      growth(probed),
      probed[0].map(() => 1.1),
    );
  });

  it('is shorter by the latency of those that are not hot than by requests in flight alone (section 5.3)', () => {
    // Half of the servers take twice as long; 75% of what they can do together.
    const mixed = Array.from({ length: 50 }, (_, i) => i).flatMap((i) =>
      instances(1, {
        id: `i-${i}`,
        concurrency: 8,
        serviceTime: { kind: 'exponential', meanMs: i % 2 === 0 ? 80 : 40 },
      }),
    );
    const ratePerMs = 0.75 * 25 * 8 * (1 / 40 + 1 / 80);
    const p99 = (rifQuantile: number) => {
      const trial = shared({
        instances: mixed,
        callers: callers(50),
        load: { arrivals: 'poisson', ratePerMs, keys: null },
        ...strategy('prequal', { poolSize: 8, rifQuantile }),
      });
      return seeds(10, (seed) => figure(trial, seed, 'p99'));
    };
    expectBelow(p99(0.84), p99(0));
  });
});

function seeds(count: number, value: (seed: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => value(i + 1));
}

function figure(trial: TrialConfig, seed: number, name: 'mean' | 'p99'): number {
  return runTrial(trial, seed, { recordSeries: false }).measures.latencyMs[name] ?? Number.NaN;
}
