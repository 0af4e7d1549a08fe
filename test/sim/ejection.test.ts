import { expect, it } from 'vitest';
import { OUTLIER_DETECTION } from '../../src/health/outlier/settings.ts';
import { runTrial } from '../../src/run/trial.ts';
import type { TrialConfig } from '../../src/sim/config.ts';
import { removals } from '../helpers/removals.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';

const CRASH_MS = 20_000;
const REPAIR_MS = 250_000;

/** One of twelve instances is down for 230 s; ten callers turn to it about once a second each until they eject it. */
const trial: TrialConfig = trialOf({
  durationMs: 400_000,
  instances: instances(12),
  callers: callers(10),
  load: { arrivals: 'constant', ratePerMs: 0.12, keys: null },
  outlierDetection: OUTLIER_DETECTION,
  faults: [
    {
      action: { kind: 'crash' },
      target: { kind: 'instances', indexes: [3] },
      when: { kind: 'at', atMs: CRASH_MS, forMs: REPAIR_MS - CRASH_MS },
    },
  ],
});

it('callers eject a dead instance, try it again after 30 and 60 s, and take it back', () => {
  const { beliefs } = traceOf(trial);
  for (let caller = 0; caller < 10; caller++) {
    const own = beliefs.filter((each) => each.caller === caller && each.cause === 'ejection');
    expect(own.map(({ good }) => good)).toEqual(own.map((_, i) => i % 2 === 1));
    const lengths = own.flatMap(({ atMs, good }, i) => (good ? [atMs - (own[i - 1]?.atMs ?? Number.NaN)] : []));
    lengths.forEach((lengthMs, i) => {
      // At the first tick of 10 s after 30 s, then 60 s, ... .
      expect(lengthMs).toBeGreaterThanOrEqual(30_000 * (i + 1));
      expect(lengthMs).toBeLessThanOrEqual(30_000 * (i + 1) + 10_000);
    });
    expect(lengths.length).toBeGreaterThanOrEqual(3);
    for (const { atMs, evidenceAtMs, instance } of own) {
      expect(instance).toBe(3);
      expect(evidenceAtMs).toBeLessThanOrEqual(atMs);
    }
  }
  // Their passes are not in step.
  const phases = new Set(
    beliefs.filter((each) => each.good && each.cause === 'ejection').map(({ atMs }) => atMs % 10_000),
  );
  expect(phases.size).toBeGreaterThanOrEqual(10);
});

it('what goes to it after an ejection ran out is a leak of that name', () => {
  const { failover, failovers } = runTrial(trial, 1, { recordSeries: false }).measures;
  expect(failovers[0]).toMatchObject({ removedBy: removals({ ejection: 10 }), undetected: 0 });
  // Every time it is back it takes five errors to eject it again.
  const again = traceOf(trial).beliefs.filter(
    ({ good, cause, atMs }) => cause === 'ejection' && !good && atMs < REPAIR_MS,
  );
  expect(failover.leaks).toMatchObject({ unejected: (again.length - 10) * 5, halfOpen: 0, panic: 0, staleView: 0 });
  // Gone within 10 s, back after 30 to 40 s and again after 60 to 70 s: twice each for certain.
  expect(again.length).toBeGreaterThanOrEqual(30);
});

it('the same seed gives the same ejections', () => {
  expect(traceOf(trial).beliefs).toEqual(traceOf(trial).beliefs);
});
