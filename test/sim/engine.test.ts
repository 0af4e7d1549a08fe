import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { NO_TIMER } from '../../src/core/clock.ts';
import { type Arrivals, Engine } from '../../src/sim/engine.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

/** One move of a program: what a callback does when it runs. Delays are small whole numbers, so that ties abound. */
type Move =
  | { readonly do: 'schedule'; readonly delayMs: number }
  | { readonly do: 'lane'; readonly delayMs: number }
  | { readonly do: 'cancel'; readonly which: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ do: fc.constant('schedule' as const), delayMs: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ do: fc.constant('lane' as const), delayMs: fc.constantFrom(3, 5, 50) }),
  fc.record({ do: fc.constant('cancel' as const), which: fc.nat(1000) }),
);

/** Runs a program on a clock: timer k does the moves of `moves[k]`. Gives the order in which timers ran, with their times. */
function play(clock: Clock, moves: readonly (readonly Move[])[], advance: () => void): string[] {
  const log: string[] = [];
  const ids: number[] = [];
  const act = (k: number): void => {
    for (const step of moves[k] ?? []) {
      if (step.do === 'cancel') {
        if (ids.length > 0) clock.cancel(ids[step.which % ids.length]);
      } else if (step.do === 'schedule') ids.push(clock.schedule(step.delayMs, run, ids.length + 1));
      else ids.push(clock.lane(step.delayMs).schedule(run, ids.length + 1));
    }
  };
  const run = (k: number): void => {
    log.push(`${k}@${clock.now()}`);
    act(k);
  };
  act(0);
  advance();
  return log;
}

describe('Engine', () => {
  test.prop([fc.array(fc.array(move, { maxLength: 6 }), { minLength: 1, maxLength: 120 })], { numRuns: 500 })(
    'runs any program of timers, lanes and cancellations exactly as a sorted list does',
    (moves) => {
      const engine = new Engine();
      const manual = new ManualClock();
      const ran = play(engine, moves, () => engine.run(10_000));
      expect(ran).toEqual(play(manual, moves, () => manual.advanceTo(10_000)));
      expect(engine.now()).toBe(10_000);
    },
  );

  it('keeps its order through growth of heap, slots and lanes', () => {
    const engine = new Engine();
    const due: number[] = [];
    const note = (at: number): void => {
      expect(engine.now()).toBe(at);
      due.push(at);
    };
    // A full cycle of a linear congruence: every time from 0 to 9999, scattered.
    for (let i = 0, at = 0; i < 10_000; i++, at = (at + 7919) % 10_000) engine.schedule(at, note, at);
    for (let i = 0; i < 5_000; i++) engine.lane(20_000).schedule(note, 20_000);
    engine.run(30_000);
    expect(due).toHaveLength(15_000);
    expect(due).toEqual(due.toSorted((a, b) => a - b));
  });

  it('runs what is due before the end, not at it, and continues from there', () => {
    const engine = new Engine();
    const ran: number[] = [];
    for (const at of [1, 2, 3]) engine.schedule(at, (arg) => ran.push(arg), at);
    engine.run(2);
    expect(ran).toEqual([1]);
    expect(engine.now()).toBe(2);
    engine.run(4);
    expect(ran).toEqual([1, 2, 3]);
  });

  it('lets an arrival yield to every timer due at the same instant', () => {
    const engine = new Engine();
    const log: string[] = [];
    const arrivals: Arrivals = {
      nextAtMs: 5,
      arrive() {
        log.push('arrival');
        this.nextAtMs = Infinity;
      },
    };
    engine.schedule(5, () => log.push('timer'), 0);
    engine.schedule(5, () => engine.schedule(0, () => log.push('scheduled by a timer'), 0), 0);
    engine.run(6, arrivals);
    expect(log).toEqual(['timer', 'scheduled by a timer', 'arrival']);
  });

  it('stops where it is told to', () => {
    const engine = new Engine();
    engine.schedule(1, () => engine.stop(), 0);
    engine.schedule(2, () => expect.unreachable(), 0);
    engine.run(2);
    expect(engine.now()).toBe(1);
  });

  it('forgets a timer whose slot was taken over by another', () => {
    const engine = new Engine();
    let ran = 0;
    const first = engine.schedule(1, () => {}, 0);
    engine.run(2);
    engine.schedule(1, () => ran++, 0);
    engine.cancel(first);
    engine.cancel(NO_TIMER);
    engine.run(4);
    expect(ran).toBe(1);
  });

  it('does not keep cancelled timers behind one that is not', () => {
    const engine = new Engine();
    const lane = engine.lane(1e9);
    let ran = 0;
    lane.schedule(() => ran++, 0);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 2_000_000; i++) engine.cancel(lane.schedule(() => ran++, 0));
    lane.schedule(() => ran++, 0);
    // Two million slots would need 60 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e6);
    engine.run(2e9);
    expect(ran).toBe(2);
  });

  it('refuses a delay that is negative or not a number', () => {
    const engine = new Engine();
    expect(() => engine.schedule(-1, () => {}, 0)).toThrow('at least 0 ms, found -1');
    expect(() => engine.schedule(Number.NaN, () => {}, 0)).toThrow('found NaN');
  });
});
