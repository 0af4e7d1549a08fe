import { describe, it } from 'vitest';
import { callers } from '../helpers/trial.ts';
import { type Estimate, expectAgreement, meanResponseByBusy, queueing, relaxedMs } from './theory.ts';

/*
 * Twelve servers at load 0.8, and callers that each see their own requests only (theory.md, Queues). By round robin each
 * has a cursor of its own, and by best of two its own numbers in flight: with more callers both turn into chance, under
 * which the mean is 5. What `scenarios/many-callers.yaml` shows, to a few per cent. Round robin by ten: workers.test.ts.
 */
const [SERVERS, RHO, REPLICATIONS] = [12, 0.8, 40];

function meanResponse(strategy: string, count: number): Estimate {
  const warmupMs = relaxedMs(RHO);
  const trial = queueing(SERVERS, RHO, {
    durationMs: warmupMs + 2000,
    warmupMs,
    callers: callers(count),
    strategy: { name: strategy, options: {} },
  });
  return meanResponseByBusy(trial, RHO, REPLICATIONS);
}

describe('round robin by several callers', () => {
  it('is twelve E12/M/1 queues with one', () => {
    let sigma = 0.5;
    for (let i = 0; i < 10_000; i++) sigma = ((SERVERS * RHO) / (SERVERS * RHO + 1 - sigma)) ** SERVERS;
    expectAgreement(meanResponse('round-robin', 1), 1 / (1 - sigma), 0.03);
  });

  it('has a mean response of 4.35 with 100', () => {
    const { mean, bound } = meanResponse('round-robin', 100);
    // No formula is known, so the figure has two digits behind the point: half of the last one is added to the bound.
    expectAgreement({ mean, bound: bound + 0.005 }, 4.35, 0.04);
  });
});

describe('the best of two by several callers', () => {
  it.each([
    { count: 1, expected: 2.12, within: 0.02 },
    { count: 10, expected: 3.16, within: 0.02 },
    { count: 100, expected: 4.42, within: 0.04 },
  ])('has a mean response of $expected with $count', ({ count, expected, within }) => {
    const { mean, bound } = meanResponse('least-request', count);
    expectAgreement({ mean, bound: bound + 0.005 }, expected, within);
  });
});
