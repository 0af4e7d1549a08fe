import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { INTERVAL_MS, listening } from './listening.ts';
import {
  type Heard,
  type NaiveDetector,
  naiveNfdE,
  naiveNfdS,
  naivePhiAccrual,
  naivePhiExponential,
} from './naive_heartbeats.ts';

const models: Record<string, { options: fc.Arbitrary<WrittenOptions>; naive: NaiveDetector }> = {
  'nfd-s': { options: fc.record({ slack: fc.constantFrom(0, 250, 1000, 2250) }), naive: naiveNfdS },
  'nfd-e': {
    options: fc.record({ slack: fc.constantFrom(0, 300, 1000), window: fc.constantFrom(1, 2, 4) }),
    naive: naiveNfdE,
  },
  'phi-accrual': {
    options: fc.record({
      threshold: fc.constantFrom(0.2, 1, 3, 8),
      maxSampleSize: fc.constantFrom(1, 2, 3, 8),
      minStdDeviation: fc.constantFrom(1, 100),
      acceptableHeartbeatPause: fc.constantFrom(0, 500, 3000),
    }),
    naive: naivePhiAccrual,
  },
  'phi-exponential': {
    options: fc.record({ threshold: fc.constantFrom(0.3, 1, 2), window: fc.constantFrom(1, 2, 5) }),
    naive: naivePhiExponential,
  },
};

/** What becomes of each heartbeat: how late it comes, or that it does not. */
const fates = fc.array(fc.oneof(fc.constantFrom(0, 0, 1, 250, 999, 1000, 1500, 4000), fc.constant(null)), {
  minLength: 1,
  maxLength: 20,
});

describe.each(Object.entries(models))('%s', (name, { options, naive }) => {
  test('thinks at every moment what a naive model thinks', () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(options, fates, (written, lateness) => {
        const { clock, detector, trusted } = listening(name, written);
        const arrivals = lateness
          .flatMap((lateMs, sequence) =>
            lateMs === null
              ? []
              : [{ atMs: sequence * INTERVAL_MS + lateMs, sequence, sentAtMs: sequence * INTERVAL_MS }],
          )
          .toSorted((a, b) => a.atMs - b.atMs);
        const heard: Heard[] = [];
        const full = { window: 32, cdf: 'logistic', ...written };
        const check = (): void => {
          const expected = naive(heard, clock.now(), full, INTERVAL_MS);
          if (expected === null) return;
          if (trusted() !== expected) expect.fail(`at ${clock.now()}: ${trusted()}, to the model ${expected}`);
          seen.add(expected);
        };
        const walkTo = (endMs: number): void => {
          while (clock.step(endMs)) check();
          clock.advanceTo(endMs);
        };
        for (const arrival of [...arrivals, { atMs: 60_000, sequence: -1, sentAtMs: 0 }]) {
          // Somewhere on the way, just before it, and just after it.
          walkTo((clock.now() + arrival.atMs) / 2);
          check();
          walkTo(arrival.atMs);
          if (arrival.sequence < 0) break;
          heard.push(arrival);
          detector.heard('i-0', arrival.sequence, arrival.sentAtMs);
          check();
        }
        check();
      }),
      { numRuns: 500 },
    );
    expect(seen.size).toBe(2);
  });
});
