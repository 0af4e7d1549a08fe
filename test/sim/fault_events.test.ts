import { expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import type { Curve } from '../../src/sim/faults/curve.ts';
import { expectedFailures } from '../../src/sim/faults/expected_events.ts';
import { type DrawnWhen, failureProcess } from '../../src/sim/faults/processes.ts';

const FROM_MS = 20_000;
const TO_MS = 120_000;
const wave: Curve = { kind: 'sine', mean: 1e-4, amplitude: 8e-5, periodMs: 30_000, phaseMs: 0 };
const exponential = (meanMs: number) => ({ kind: 'exponential', meanMs }) as const;
const backoff = {
  kind: 'backoff',
  ...{ initialMs: 1000, factor: 2, maxMs: 30_000, resetAfterMs: 20_000 },
  startup: { kind: 'constant', valueMs: 500 },
} as const;

/** Failures of one process within the window, on average over many. */
function counted(when: DrawnWhen, processes = 2000): number {
  let failures = 0;
  for (let i = 0; i < processes; i++) {
    const { first, failsAfterMs, repair } = failureProcess(when, randomStream(`${i}`), TO_MS);
    let nowMs = first.afterMs;
    let upMs = first.afterMs;
    if (!first.up) nowMs += failsAfterMs(nowMs);
    while (nowMs < TO_MS) {
      if (nowMs >= FROM_MS) failures++;
      if (repair === null) break;
      nowMs += repair(upMs);
      upMs = failsAfterMs(nowMs);
      nowMs += upMs;
    }
  }
  return failures / processes;
}

it.each<[string, DrawnWhen, within: number]>([
  ['lives and repairs', { kind: 'lifetime', lifetime: exponential(8000), repair: exponential(2000) }, 0.05],
  [
    'from equilibrium',
    { kind: 'lifetime', lifetime: exponential(8000), repair: exponential(2000), start: 'stationary' },
    0.05,
  ],
  ['a life that is final', { kind: 'lifetime', lifetime: exponential(50_000), repair: null }, 0.1],
  ['a wave', { kind: 'hazard', perMs: wave, repair: exponential(500) }, 0.05],
  ['a wave that is final', { kind: 'hazard', perMs: { ...wave, mean: 1e-5, amplitude: 1e-5 }, repair: null }, 0.1],
  [
    'ticks',
    { kind: 'probability', everyMs: 1000, share: { kind: 'constant', value: 0.1 }, repair: exponential(3000) },
    0.1,
  ],
  [
    'ticks that are final',
    { kind: 'probability', everyMs: 5000, share: { kind: 'constant', value: 0.03 }, repair: null },
    0.1,
  ],
  ['a crash loop', { kind: 'lifetime', lifetime: exponential(2000), repair: backoff }, 0.2],
  [
    'a crash that is forgotten',
    {
      kind: 'lifetime',
      lifetime: { kind: 'constant', valueMs: 3000 },
      repair: { ...backoff, resetAfterMs: 2000 },
    },
    0.05,
  ],
])('about as many failures as there are: %s', (_, when, within) => {
  const expected = expectedFailures(when, FROM_MS, TO_MS);
  expect(Math.abs(counted(when) / expected - 1)).toBeLessThan(within);
});
