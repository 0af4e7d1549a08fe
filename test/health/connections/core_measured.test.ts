import { describe, expect, it } from 'vitest';
import { type ConnectionSettings, GRPC_CONNECTIONS } from '../../../src/core/connectivity.ts';
import { Subchannel } from '../../../src/health/connections/subchannel.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// Clients of gRPC core 1.51.1 (Debian's python3-grpcio) with round_robin, and a listener on 127.0.0.1 that takes each
// connection and closes it after some time without a word, or never. Milliseconds from the first attempt on.

interface Measured {
  readonly written: Partial<ConnectionSettings>;
  /** How long the listener held each connection; null: as long as the client did. The last one stands for all others. */
  readonly heldMs: readonly (number | null)[];
  readonly attemptsMs: readonly number[];
  /** When TRANSIENT_FAILURE was reported, once, though attempts went on. */
  readonly failedMs: number;
}

const records: readonly [string, Measured][] = [
  [
    'closed at once',
    {
      ...{ written: {}, heldMs: [0], failedMs: 1 },
      attemptsMs: [0, 1000, 2815, 5377, 9510, 15_619, 27_260],
    },
  ],
  [
    'closed at once, waits of 1.5 s at most',
    {
      ...{ written: { initialBackoffMs: 300, maxBackoffMs: 1500 }, heldMs: [0], failedMs: 1 },
      attemptsMs: [0, 302, 726, 1643, 2819, 4468, 6216, 7438, 9095, 10_587, 12_282],
    },
  ],
  [
    'held for 3 s, 0, 5 s and 0: longer than the wait twice',
    {
      ...{ written: {}, heldMs: [3017, 0, 5015, 0], failedMs: 3018 },
      attemptsMs: [0, 3023, 4343, 9361, 13_127, 19_907],
    },
  ],
  [
    'held for ever: given up after 20 s',
    { written: {}, heldMs: [null], attemptsMs: [0, 20_002, 40_004, 60_006], failedMs: 20_000 },
  ],
  [
    'held for ever: given up after the wait, not after 2 s',
    {
      ...{ written: { initialBackoffMs: 5000, minConnectTimeoutMs: 2000 }, heldMs: [null], failedMs: 5000 },
      attemptsMs: [0, 5004, 14_556, 28_033, 49_165],
    },
  ],
];

/** Timers of the client, and of the machine, were late by as much. */
const LATE_MS = 12;

describe('gRPC core, as it was measured', () => {
  it.each(records)('%s', (_name, { written, heldMs, attemptsMs, failedMs }) => {
    const clock = new ManualClock();
    const settings: ConnectionSettings = { ...GRPC_CONNECTIONS, ...written, system: 'grpc-core' };
    const heldOf = (attempt: number): number | null => heldMs[Math.min(attempt, heldMs.length - 1)];
    // What it drew, wherever a wait can be seen; in the middle elsewhere.
    const draws = attemptsMs.map((atMs, attempt) => {
      const middleMs = Math.min(settings.initialBackoffMs * settings.multiplier ** attempt, settings.maxBackoffMs);
      const waitedMs = (attemptsMs[attempt + 1] ?? atMs + middleMs) - atMs;
      const isHidden = (heldOf(attempt) ?? settings.minConnectTimeoutMs) > middleMs;
      return isHidden ? 0.5 : (waitedMs / middleMs - (1 - settings.jitter)) / (2 * settings.jitter);
    });
    for (const draw of draws) {
      expect(draw).toBeGreaterThanOrEqual(0);
      expect(draw).toBeLessThanOrEqual(1);
    }
    const tried: number[] = [];
    const reported: string[] = [];
    const subchannel = new Subchannel(
      { id: 'a', address: '127.0.0.1:9101', zone: null, weight: 1 },
      {
        ...{ settings, clock, random: scriptedRandom(draws.map((draw) => Math.min(2 ** 32 - 1, draw * 2 ** 32))) },
        connector: (_target, _timeoutMs, { onDone }) => {
          const held = heldOf(tried.length);
          tried.push(clock.now());
          const timer = held === null ? null : clock.schedule(held, () => onDone(false), 0);
          return () => timer !== null && clock.cancel(timer);
        },
      },
      (state, _evidenceAtMs) => void reported.push(`${state}@${clock.now()}`),
    );
    subchannel.connect();
    clock.advanceTo((attemptsMs.at(-1) as number) + LATE_MS);
    expect(tried).toHaveLength(attemptsMs.length);
    tried.forEach((atMs, attempt) => {
      expect(Math.abs(atMs - attemptsMs[attempt])).toBeLessThanOrEqual(LATE_MS);
    });
    const [connecting, failing, ...others] = reported.map((line) => line.split('@').map(Number));
    expect([connecting, failing[0]]).toEqual([[1, 0], 3]);
    expect(Math.abs(failing[1] - failedMs)).toBeLessThanOrEqual(LATE_MS);
    // Sticky (A62): nothing but the same again.
    expect(others.every(([state]) => state === 3)).toBe(true);
  });
});
