import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { accrualNamed } from '../../src/health/accrual/index.ts';
import { runTrial } from '../../src/run/trial.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { removals } from '../helpers/removals.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';
import { estimate, expectAgreement, Z } from './theory.ts';

describe('theory.md, Detection: passive, k errors in a row, each caller by itself: k n / lambda', () => {
  const [k, n, lambda, count, runs] = [20, 2, 0.001, 360, 4];

  // One that counts failures in a row, and one that counts any: to a host that only fails they are the same.
  it.each([
    ['finagle', { consecutiveFailures: k, successRate: 0 }],
    ['nginx-max-fails', { maxFails: k }],
  ] as const)('%s', { timeout: 60_000 }, (name, options) => {
    const trial = trialOf({
      durationMs: 110_000,
      strategy: { name: 'random', options: {} },
      instances: instances(n, { serviceTime: { kind: 'constant', valueMs: 0 } }),
      callers: callers(count),
      load: { arrivals: 'poisson', ratePerMs: lambda * count, keys: null },
      failureAccrual: { name, options },
      faults: [
        {
          action: { kind: 'crash' },
          target: { kind: 'instances', indexes: [0] },
          when: { kind: 'at', atMs: 1, forMs: Infinity },
        },
      ],
    });
    let total = 0;
    for (let seed = 1; seed <= runs; seed++) {
      const { failover, failovers } = runTrial(trial, seed, { recordSeries: false }).measures;
      expect(failover).toMatchObject({ atRisk: count, undetected: 0, censored: 0 });
      expect(failovers[0]?.removedBy).toEqual(removals({ accrual: count }));
      total += failover.detectMs.mean ?? Number.NaN;
    }
    // The k-th of a Poisson process of rate lambda / n: standard deviation sqrt(k) n / lambda.
    const bound = (Z * Math.sqrt(k) * n) / lambda / Math.sqrt(runs * count);
    // One failure more or less would be 5%.
    expectAgreement({ mean: total / runs, bound }, (k * n) / lambda, 0.03);
  });
});

describe('theory.md, Detection: partial errors at rate p', () => {
  const [k, p] = [3, 0.7];
  const inARow = (1 - p ** k) / (p ** k * (1 - p));

  // nginx forgets nothing while there is a failure in each fail_timeout: the k-th failure, k / p requests on average.
  it.each([
    ['finagle', { consecutiveFailures: k, successRate: 0 }, inARow],
    ['linkerd', { maxFailures: k, mode: 'consecutive' }, inARow],
    ['breaker', { consecutiveFailures: k }, inARow],
    ['nginx-max-fails', { maxFails: k, serverErrors: true }, k / p],
  ] as const)('%s', (name, options, expected) => {
    const random = randomStream(`partial errors ${name}`);
    let isOut = false;
    const passive = accrualNamed(name).create({
      options,
      clock: new ManualClock(),
      random: random.fork('accrual'),
      listener: (_host, out) => {
        isOut = out;
      },
    });
    passive.add(1); // so that no host is the only one
    const needed = Array.from({ length: 50_000 }, () => {
      passive.remove(0);
      passive.add(0);
      let requests = 0;
      for (isOut = false; !isOut; requests++) passive.ended(0, random.unit() < p ? Outcome.error : Outcome.ok, 0);
      return requests;
    });
    expectAgreement(estimate(needed), expected, 0.02);
  });
});
