import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requireInRange } from '../../../src/health/swim/require_in_range.ts';
import { RUMOURS_A_MESSAGE, RumourQueue } from '../../../src/health/swim/rumour_queue.ts';
import { SWIM, type SwimSettings } from '../../../src/health/swim/settings.ts';
import { Suspicion, suspicionMs } from '../../../src/health/swim/suspicion.ts';
import { pushPullDelayMs, retransmitLimit, suspicionTimeoutMs } from '../../../src/health/swim/timing.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

it("times are those of memberlist's tests", () => {
  // suspicion_test.go, TestSuspicion_remainingSuspicionTime, what has elapsed added.
  expect([0, 1, 2, 3, 4].map((n) => suspicionMs(n, 3, 2000, 30_000))).toEqual([30_000, 16_000, 7810, 2000, 2000]);
  // util_test.go, TestSuspicionTimeout, TestRetransmitLimit, TestPushPullScale.
  const three = { ...SWIM, suspicionMult: 3, retransmitMult: 3, pushPullIntervalMs: 1000 };
  expect([5, 10, 50, 100, 500, 1000].map((n) => suspicionTimeoutMs(three, n) / 3)).toEqual([
    1000, 1000, 1698, 2000, 2698, 3000,
  ]);
  expect([0, 1, 99].map((n) => retransmitLimit(three, n))).toEqual([0, 3, 6]);
  expect([1, 32, 33, 64, 65, 128].map((n) => pushPullDelayMs(three, n))).toEqual([1000, 1000, 2000, 2000, 3000, 3000]);
});

it.each([
  // suspicion_test.go, TestSuspicion_Timer: k 3, from 2 s down to 0.5 s (810 ms there, to 25).
  [['me'], 2000],
  [['me', 'foo'], 1250],
  [['me', 'foo', 'foo', 'foo'], 1250],
  [['foo', 'bar'], 811],
  [['foo', 'bar', 'baz', 'zoo'], 500],
])('a suspicion of me, confirmed by %j, lasts %i ms', (from, expected) => {
  const clock = new ManualClock();
  const ends: number[] = [];
  const onTimeout = (): void => void ends.push(clock.now());
  const suspicion = new Suspicion({ clock, from: 'me', wanted: 3, minMs: 500, maxMs: 2000, onTimeout });
  const news = from.map((name) => suspicion.confirm(name));
  clock.advance(10_000);
  expect(ends).toEqual([expected]);
  expect(news.filter(Boolean)).toHaveLength(Math.min(new Set(from.filter((name) => name !== 'me')).size, 3));
});

it('a confirmation that comes too late ends it at once; wanting none, it is short', () => {
  const clock = new ManualClock();
  const ends: number[] = [];
  const onTimeout = (): void => void ends.push(clock.now());
  const suspicion = new Suspicion({ clock, from: 'me', wanted: 1, minMs: 500, maxMs: 2000, onTimeout });
  clock.advance(700);
  suspicion.confirm('foo');
  clock.advance(0);
  expect(ends).toEqual([700]);
  const lonely = new Suspicion({ clock, from: 'me', wanted: 0, minMs: 500, maxMs: 2000, onTimeout });
  expect(lonely.confirm('foo')).toBe(false);
  clock.advance(10_000);
  expect(ends).toEqual([700, 1200]);
});

it('a rumour is told as often as the limit says, unless a newer one takes its place; the least told and latest first', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(40), fc.constant(null)), { maxLength: 150 }),
      fc.integer({ min: 1, max: 6 }),
      (steps, limit) => {
        const queue = new RumourQueue();
        let model: { about: string; incarnation: number; sends: number }[] = [];
        steps.forEach((step, incarnation) => {
          if (step !== null) {
            const about = `m${step}`;
            queue.add({ about, state: 'alive', incarnation, from: about, evidenceAtMs: 0 });
            model = [{ about, incarnation, sends: 0 }, ...model.filter((each) => each.about !== about)];
            return;
          }
          const due = [...model].sort((a, b) => a.sends - b.sends || b.incarnation - a.incarnation);
          const told = due.slice(0, RUMOURS_A_MESSAGE);
          expect(queue.take(limit).map((each) => each.incarnation)).toEqual(told.map((each) => each.incarnation));
          for (const each of told) each.sends++;
          model = model.filter(({ sends }) => sends < limit);
          expect(queue.size).toBe(model.length);
        });
      },
    ),
    { numRuns: 200 },
  );
});

it.each<[Partial<SwimSettings>, string]>([
  [{ probeIntervalMs: 0 }, 'gossip.probeIntervalMs must be a positive time, found 0'],
  [{ probeTimeoutMs: 2000 }, 'gossip.probeTimeoutMs must be at most probeIntervalMs, 1000, found 2000'],
  [{ indirectChecks: 1.5 }, 'gossip.indirectChecks must be a whole number from 0, found 1.5'],
  [{ suspicionMaxTimeoutMult: 0 }, 'gossip.suspicionMaxTimeoutMult must be a whole number from 1, found 0'],
])('%j is refused', (written, message) => {
  expect(() => requireInRange({ ...SWIM, ...written })).toThrow(message);
});
