import { describe, expect, it } from 'vitest';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { accrualNamed } from '../../src/health/accrual/index.ts';
import { runTrial } from '../../src/run/trial.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { removals } from '../helpers/removals.ts';
import { callers, instances, trialOf } from '../helpers/trial.ts';
import { foundOut } from './failing_hosts.ts';
import { estimate, expectAgreement, Z } from './theory.ts';

describe('theory.md, Detection: passive, k errors in a row, each caller by itself: k n / lambda', () => {
  const [k, n, lambda] = [20, 2, 0.001];
  const expected = (k * n) / lambda;
  // The k-th of a Poisson process of rate lambda / n: standard deviation sqrt(k) n / lambda.
  const boundOf = (count: number): number => (Z * Math.sqrt(k / count) * n) / lambda;

  // One that counts failures in a row, and one that counts any: to a host that only fails they are the same.
  const systems = [
    ['finagle', { consecutiveFailures: k, successRate: 0 }],
    ['nginx-max-fails', { maxFails: k }],
  ] as const;

  it.each(systems)('%s', { timeout: 60_000 }, (name, options) => {
    const count = 12_000;
    const places = foundOut({
      ...{ hosts: n, rate: lambda, timeoutMs: null, inEachPlace: count / n, seed: `accrual ${name}` },
      accrual: (ports) => accrualNamed(name).create({ ...ports, options }),
    });
    const found = places.flat();
    expect(new Set(found.map(({ attempts }) => attempts))).toEqual(new Set([k]));
    const meanOf = (some: typeof found): number => some.reduce((sum, { detectMs }) => sum + detectMs, 0) / some.length;
    expectAgreement({ mean: meanOf(found), bound: boundOf(count) }, expected);
    // Of both places together an uneven choice would hardly show.
    for (const place of places) {
      expectAgreement({ mean: meanOf(place), bound: boundOf(place.length) }, expected, 0.015);
    }
  });

  it.each(systems)('%s, in a world', { timeout: 60_000 }, (name, options) => {
    const count = 360;
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
    const { failover, failovers } = runTrial(trial, 1, { recordSeries: false }).measures;
    expect(failover).toMatchObject({ atRisk: count, undetected: 0, censored: 0 });
    expect(failovers[0]?.removedBy).toEqual(removals({ accrual: count }));
    expectAgreement({ mean: failover.detectMs.mean ?? Number.NaN, bound: boundOf(count) }, expected, 0.06);
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
    const needed = Array.from({ length: 120_000 }, () => {
      passive.remove(0);
      passive.add(0);
      let requests = 0;
      for (isOut = false; !isOut; requests++) passive.ended(0, random.unit() < p ? Outcome.error : Outcome.ok, 0);
      return requests;
    });
    expectAgreement(estimate(needed), expected);
  });
});
