import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { detectors } from '../../../src/health/heartbeat/index.ts';
import { INTERVAL_MS, listening } from './listening.ts';

/** Settings that live with regular heartbeats. */
const options: Record<string, WrittenOptions> = {
  'nfd-s': { slack: 300 },
  'nfd-e': { slack: 300, window: 4 },
  'phi-accrual': { threshold: 3, acceptableHeartbeatPause: 300, maxSampleSize: 8 },
  'phi-exponential': { threshold: 1, window: 8 },
};

/** For each heartbeat whether it is sent, and how late it comes. */
const fates = fc.array(fc.record({ lost: fc.boolean(), lateMs: fc.integer({ min: 0, max: 250 }) }), {
  minLength: 1,
  maxLength: 25,
});
type Fates = { lost: boolean; lateMs: number }[];

/** One detector hears these heartbeats of a host, from `startMs` on; each numbered by when it is sent. */
function hearAll(name: string, all: Fates, startMs = 0, other: Fates = []) {
  const listener = listening(name, options[name], 2);
  const { clock, detector } = listener;
  clock.advanceTo(startMs);
  const first = startMs / INTERVAL_MS;
  const due = [all, other].flatMap((fates, host) =>
    fates.flatMap(({ lost, lateMs }, i) => (lost ? [] : [{ atMs: startMs + i * INTERVAL_MS + lateMs, host, i }])),
  );
  for (const { atMs, host, i } of due.toSorted((a, b) => a.atMs - b.atMs)) {
    clock.advanceTo(atMs);
    detector.heard(`i-${host}`, first + i, (first + i) * INTERVAL_MS);
  }
  clock.advanceTo(startMs + 40 * INTERVAL_MS);
  const told = listener.log.filter((line) => line.split(' ')[1] === '0');
  return { ...listener, told: told.map((line) => line.replace(/^\S+/, (ms) => String(Number(ms) - startMs))) };
}

describe.each(detectors)('$name', ({ name, trustsUnheard }) => {
  test('no verdict without evidence: whoever is heard on time is not suspected while that lasts', () =>
    fc.assert(
      fc.property(fates, (all) => {
        const onTime = all.map(() => ({ lost: false, lateMs: 20 }));
        const { told } = hearAll(name, onTime);
        const silentFromMs = onTime.length * INTERVAL_MS + 20;
        const suspicions = told.filter((line) => line.endsWith('suspected'));
        expect(suspicions).toHaveLength(1);
        expect(Number(suspicions[0]?.split(' ')[0])).toBeGreaterThan(silentFromMs);
      }),
    ));

  test('every host that falls silent is suspected, and comes back with its next heartbeat', () =>
    fc.assert(
      fc.property(fates, (all) => {
        const { clock, detector, trusted } = hearAll(name, all);
        const wasHeard = all.some(({ lost }) => !lost);
        expect(trusted()).toBe(!wasHeard && trustsUnheard);
        detector.heard('i-0', 40, clock.now());
        expect(trusted()).toBe(true);
      }),
    ));

  test('what is thought of a host is a function of its own heartbeats, whenever they are', () =>
    fc.assert(
      fc.property(fates, fates, fc.nat(100), (all, others, hours) => {
        const alone = hearAll(name, all).told;
        expect(hearAll(name, all, 0, others).told).toEqual(alone);
        const shifted = hearAll(name, all, hours * 3_600_000).told;
        expect(shifted.map((line) => line.split(' ')[2])).toEqual(alone.map((line) => line.split(' ')[2]));
        for (const [i, line] of shifted.entries()) {
          expect(Number(line.split(' ')[0])).toBeCloseTo(Number(alone[i]?.split(' ')[0]), 5);
        }
      }),
    ));
});
