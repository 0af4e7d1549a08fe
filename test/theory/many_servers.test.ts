import { describe, expect, it } from 'vitest';
import { envoyChecks } from '../helpers/checks.ts';
import { callers, instances } from '../helpers/trial.ts';
import { replicateBesideOneQueue } from './one_queue.ts';
import { expectAgreement, latency, meanResponseByBusy, queueing, relaxedMs, replicate } from './theory.ts';

const strategy = (name: string) => ({ strategy: { name, options: {} } });

describe('a random split', () => {
  it.each([1, 10])('makes each queue an M/M/1, by %d callers', (count) => {
    const trial = queueing(5, 0.5, {
      durationMs: 20_000,
      warmupMs: relaxedMs(0.5),
      callers: callers(count),
      ...strategy('random'),
    });
    expectAgreement(replicate(trial, 50, latency('mean')), 2, 0.015);
  });
});

describe('a random split when one of five is gone', () => {
  it('leaves each of the others n / (n - 1) times the load', () => {
    const servers = 5;
    const left = (0.4 * servers) / (servers - 1);
    const trial = queueing(servers, 0.4, {
      // Found out during the warm-up.
      durationMs: 12_000,
      warmupMs: relaxedMs(left) + 500,
      healthCheck: envoyChecks({ intervalMs: 20, timeoutMs: 5, unhealthyThreshold: 1, healthyThreshold: 1 }),
      faults: [
        {
          action: { kind: 'crash' },
          target: { kind: 'count', count: 1 },
          when: { kind: 'at', atMs: 100, forMs: Infinity },
        },
      ],
      ...strategy('random'),
    });
    expectAgreement(meanResponseByBusy(trial, left, 30), 1 / (1 - left), 0.02);
  });
});

describe('round robin by one caller', () => {
  for (const { servers, rho, measuredMs } of [
    { servers: 2, rho: 0.5, measuredMs: 4000 },
    { servers: 4, rho: 0.7, measuredMs: 11_000 },
  ]) {
    it(`makes each of ${servers} queues an E${servers}/M/1 at load ${rho}`, () => {
      // sigma solves sigma = (n rho / (n rho + 1 - sigma))^n and W = 1/(1 - sigma) (theory.md, Queues).
      let sigma = 0.5;
      for (let i = 0; i < 10_000; i++) sigma = ((servers * rho) / (servers * rho + 1 - sigma)) ** servers;
      if (servers === 2) expect(1 / (1 - sigma)).toBeCloseTo((1 + Math.sqrt(5)) / 2, 9);
      const size = { servers, rho, measuredMs, replications: 100 };
      expectAgreement(replicateBesideOneQueue(strategy('round-robin'), size), 1 / (1 - sigma));
    });
  }

  it('over deterministic servers is M/D/c', () => {
    const servers = 3;
    const rho = 0.8;
    const plain = queueing(servers, rho, { durationMs: 20_000, warmupMs: relaxedMs(rho), ...strategy('round-robin') });
    const trial = { ...plain, instances: instances(servers, { serviceTime: { kind: 'constant', valueMs: 1 } }) };
    expectAgreement(replicate(trial, 100, latency('mean')), meanResponseMDc(servers, rho));
  });
});

/**
 * Mean response of M/D/c with unit service: the number in the system one service time on is the number that could not
 * be served plus a Poisson number of arrivals (Crommelin 1932); its stationary law by iteration, then Little's law.
 */
function meanResponseMDc(servers: number, rho: number): number {
  const states = 200;
  const rate = servers * rho;
  const arrivals = [Math.exp(-rate)];
  for (let k = 1; k < states; k++) arrivals.push((arrivals[k - 1] * rate) / k);
  let law: number[] = Array.from({ length: states }, (_, k) => (k === 0 ? 1 : 0));
  for (let round = 0; round < 1500; round++) {
    const next = new Array<number>(states).fill(0);
    for (let k = 0; k < states; k++) {
      const left = Math.max(0, k - servers);
      for (let a = 0; left + a < states && a < 60; a++) next[left + a] += law[k] * arrivals[a];
    }
    law = next;
  }
  return law.reduce((sum, probability, k) => sum + probability * k, 0) / rate;
}
