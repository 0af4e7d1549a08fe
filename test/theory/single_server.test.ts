import { describe, it } from 'vitest';
import { runTrial } from '../../src/run/trial.ts';
import { estimate, expectAgreement, latency, queueing, relaxedMs, replicate, Z } from './theory.ts';

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
