import { describe, it } from 'vitest';
import { runTrial } from '../../src/run/trial.ts';
import type { Distribution } from '../../src/sim/config.ts';
import { instances } from '../helpers/trial.ts';
import { estimate, expectAgreement, latency, meanResponseByBusy, queueing, relaxedMs, replicate, Z } from './theory.ts';

describe('M/M/1', () => {
  it('has mean response 1/(1 - rho)', () => {
    const rho = 0.5;
    const trial = queueing(1, rho, { durationMs: 4_400_000, warmupMs: relaxedMs(rho) });
    const { requests, latencyMs } = runTrial(trial, 1, { recordSeries: false }).measures;
    // The variance of the mean of successive responses, Vn/n: theory.md, "How wide is fair"; 36 at rho 0.5.
    const waits = (rho * (2 + 5 * rho - 4 * rho ** 2 + rho ** 3)) / (1 - rho) ** 4;
    const variance = waits + 1 + (2 * rho * (2 - rho)) / (1 - rho) ** 2;
    const bound = Z * Math.sqrt(variance / requests.succeeded);
    expectAgreement({ mean: latencyMs.mean ?? Number.NaN, bound }, 1 / (1 - rho));
  });

  it('has exponential responses: p50 and p99 are ln 2 and ln 100 times the mean', () => {
    const rho = 0.5;
    const trial = queueing(1, rho, { durationMs: 180_000, warmupMs: relaxedMs(rho) });
    const runs = Array.from({ length: 100 }, (_, r) => runTrial(trial, r + 1, { recordSeries: false }).measures);
    expectAgreement(estimate(runs.map(latency('p99'))), Math.log(100) / (1 - rho), 0.012);
    expectAgreement(estimate(runs.map(latency('p50'))), Math.log(2) / (1 - rho));
  });
});

describe('M/G/1', () => {
  const parts = [
    { weight: 4, of: { kind: 'exponential', meanMs: 0.5 } },
    { weight: 1, of: { kind: 'exponential', meanMs: 3 } },
  ] as const;
  it.each<{ law: string; serviceTime: Distribution; square: number; within: number }>([
    { law: 'constant service', serviceTime: { kind: 'constant', valueMs: 1 }, square: 1, within: 0.01 },
    { law: 'uniform service', serviceTime: { kind: 'uniform', minMs: 0, maxMs: 2 }, square: 4 / 3, within: 0.01 },
    {
      law: 'a few long ones',
      serviceTime: { kind: 'mixture', parts },
      square: 2 * (0.8 * 0.5 ** 2 + 0.2 * 3 ** 2),
      within: 0.05,
    },
  ])('waits as Pollaczek and Khinchine have it: $law', ({ serviceTime, square, within }) => {
    const rho = 0.5;
    const trial = queueing(1, rho, { durationMs: 20_000, warmupMs: relaxedMs(rho) });
    const found = meanResponseByBusy({ ...trial, instances: instances(1, { serviceTime }) }, rho, 40);
    expectAgreement(found, 1 + (rho * square) / (2 * (1 - rho)), within);
  });
});

describe('M/M/c through one instance with c workers', () => {
  it('has the mean response of Erlang C', () => {
    const workers = 3;
    const rho = 0.7;
    const offered = workers * rho;
    // Erlang C from Erlang B's recursion (Cooper, Introduction to Queueing Theory, 1981, section 3.3).
    let blocking = 1;
    for (let c = 1; c <= workers; c++) blocking = (offered * blocking) / (c + offered * blocking);
    const waiting = blocking / (1 - rho * (1 - blocking));
    const expected = 1 + waiting / (workers * (1 - rho));
    const trial = queueing(1, rho, { durationMs: 30_000, warmupMs: relaxedMs(rho) }, workers);
    expectAgreement(replicate(trial, 100, latency('mean')), expected);
  });
});

describe('M/M/c without a queue', () => {
  it('rejects the share that Erlang B says, whatever the law of service', () => {
    const workers = 4;
    const rho = 0.8;
    let blocking = 1;
    for (let c = 1; c <= workers; c++) blocking = (workers * rho * blocking) / (c + workers * rho * blocking);
    const plain = queueing(1, rho, { durationMs: 8000, warmupMs: 100 }, workers);
    for (const serviceTime of [
      { kind: 'exponential', meanMs: 1 } as const,
      { kind: 'constant', valueMs: 1 } as const,
    ]) {
      const trial = { ...plain, instances: instances(1, { concurrency: workers, queue: 0, serviceTime }) };
      const loss = replicate(trial, 30, ({ requests }) => requests.rejected / requests.offered);
      expectAgreement(loss, blocking, 0.02);
    }
  });
});

describe('M/M/c/K', () => {
  it('rejects the share of requests that find the system full', () => {
    const workers = 2;
    const queue = 3;
    const rho = 0.9;
    const offered = workers * rho;
    // Birth and death: p(k) is proportional to a^k / (min(k, c)! c^(k - c)).
    const weights = [1];
    for (let k = 1; k <= workers + queue; k++) weights.push((weights[k - 1] * offered) / Math.min(k, workers));
    const full = weights[workers + queue] / weights.reduce((sum, weight) => sum + weight, 0);
    const plain = queueing(1, rho, { durationMs: 20_000, warmupMs: 200 }, workers);
    const trial = { ...plain, instances: plain.instances.map((instance) => ({ ...instance, queue })) };
    const loss = replicate(trial, 100, ({ requests }) => requests.rejected / requests.offered);
    expectAgreement(loss, full, 0.015);
  });
});
