import { describe, expect, it } from 'vitest';
import { runTrial } from '../../src/run/trial.ts';
import type { FaultAction, TrialConfig } from '../../src/sim/config.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { removals } from '../helpers/removals.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';
import { expectUniform, Z } from './theory.ts';

const CALLERS = 4000;
const INTERVAL_MS = 1000;
const TIMEOUT_MS = 300;
const CRASH_MS = 7000;

/** Every caller checks one of two instances for itself from its own random phase; one instance fails in mid-run. */
const watched = (action: FaultAction, threshold: number): TrialConfig =>
  trialOf({
    durationMs: 20_000,
    instances: instances(2),
    callers: callers(CALLERS),
    load: { arrivals: 'constant', ratePerMs: 0.01, keys: null },
    healthCheck: envoyChecks({
      intervalMs: INTERVAL_MS,
      timeoutMs: TIMEOUT_MS,
      unhealthyThreshold: threshold,
      healthyThreshold: 1,
      intervalJitterMs: 0,
    }),
    faults: [
      { action, target: { kind: 'instances', indexes: [1] }, when: { kind: 'at', atMs: CRASH_MS, forMs: Infinity } },
    ],
  });

describe('detection by an active check with fixed delay', () => {
  for (const threshold of [1, 3]) {
    const cases: [string, FaultAction, number][] = [
      // theory.md, Detection: refused on [(k-1)I, kI]; no answer on [(k-1)(I+T)+T, (k-1)(I+T)+T+I].
      ['refused', { kind: 'crash' }, (threshold - 1) * INTERVAL_MS],
      ['no answer', { kind: 'blackhole' }, (threshold - 1) * (INTERVAL_MS + TIMEOUT_MS) + TIMEOUT_MS],
    ];
    for (const [name, action, from] of cases) {
      it(`is uniform on its interval, ${name}, threshold ${threshold}`, () => {
        const trial = watched(action, threshold);
        const turned = traceOf(trial).beliefs.filter(({ good }) => !good);
        expect(turned).toHaveLength(CALLERS);
        expectUniform(
          turned.map(({ atMs }) => atMs - CRASH_MS),
          from,
          from + INTERVAL_MS,
        );
        for (const { atMs, evidenceAtMs } of turned) expect(atMs).toBeGreaterThanOrEqual(evidenceAtMs);

        const { failover, failovers } = runTrial(trial, 1, { recordSeries: false }).measures;
        expect(failover).toMatchObject({ atRisk: CALLERS, undetected: 0, censored: 0 });
        expect(failovers[0].removedBy).toEqual(removals({ activeCheck: CALLERS }));
        const bound = (Z * INTERVAL_MS) / Math.sqrt(12 * CALLERS);
        expect(Math.abs((failover.detectMs.mean ?? Number.NaN) - (from + INTERVAL_MS / 2))).toBeLessThan(bound);
      });
    }
  }
});
