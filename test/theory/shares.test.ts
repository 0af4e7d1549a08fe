import { describe, expect, it } from 'vitest';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';
import { expectAgreement, Z } from './theory.ts';

function trialBy(strategy: string, count: number, written: Partial<TrialConfig>): TrialConfig {
  return trialOf({ callers: callers(count), strategy: { name: strategy, options: {} }, ...written });
}

describe('requests spread at random', () => {
  it.each([1, 4])('scatter as a multinomial law has it, by %d callers', (count) => {
    const [servers, windows] = [10, 2000];
    const trial = trialBy('random', count, {
      durationMs: 1000 * windows,
      instances: instances(servers),
      load: { arrivals: 'poisson', ratePerMs: 0.5, keys: null },
    });
    const { dispersion, windows: found } = runTrial(trial, 1, { recordSeries: false }).measures.fairness;
    // Of m requests m CV^2 is chi-squared with n - 1 degrees of freedom (theory.md, Hashing); dispersion is its mean over
    // windows of a second, divided by n - 1, and 2/(n - 1) the variance of one.
    expect(found.used).toBe(windows);
    const bound = Z * Math.sqrt(2 / (servers - 1) / windows);
    expectAgreement({ mean: dispersion ?? Number.NaN, bound }, 1, 0.06);
  });
});

describe('requests sent in turn', () => {
  it.each([1, 2, 5])('differ by %d at most, by as many callers', (count) => {
    const servers = 7;
    const trial = trialBy('round-robin', count, {
      durationMs: 10_000,
      instances: instances(servers),
      load: { arrivals: 'poisson', ratePerMs: 0.4, keys: null },
    });
    const counts = new Array<number>(servers).fill(0);
    let most = 0;
    for (const { instance } of traceOf(trial).sends) {
      counts[instance]++;
      most = Math.max(most, Math.max(...counts) - Math.min(...counts));
    }
    // Cursors that start anywhere meet now and then: it comes to that.
    expect(most).toBe(count);
  });
});
