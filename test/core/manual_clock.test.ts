import { describe, expect, it } from 'vitest';
import { NO_TIMER } from '../../src/core/clock.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

describe('ManualClock', () => {
  it('runs timers by due time, equal ones as scheduled, over schedule and lanes alike', () => {
    const clock = new ManualClock(100);
    const ran: number[] = [];
    const note = (arg: number) => void ran.push(arg);
    const lane = clock.lane(10);
    clock.schedule(20, note, 3);
    clock.schedule(10, note, 0);
    lane.schedule(note, 1);
    clock.schedule(10, note, 2);
    clock.schedule(0, note, -1);
    clock.advance(9.999);
    expect(ran).toEqual([-1]);
    clock.advanceTo(110);
    expect(ran).toEqual([-1, 0, 1, 2]);
    clock.advance(10);
    expect(ran).toEqual([-1, 0, 1, 2, 3]);
    expect(clock.now()).toBe(120);
  });

  it('shows each callback its own due time, and runs what it schedules on the way', () => {
    const clock = new ManualClock();
    const times: number[] = [];
    const tick = () => {
      times.push(clock.now());
      clock.schedule(3, tick, 0);
    };
    clock.schedule(1, tick, 0);
    clock.advance(8);
    expect(times).toEqual([1, 4, 7]);
    expect(clock.nextDueMs).toBe(10);
    expect(clock.pending).toBe(1);
  });

  it('forgets a cancelled timer, and ignores ids that name none', () => {
    const clock = new ManualClock();
    const ran: number[] = [];
    const ids = [1, 2, 3].map((arg) => clock.schedule(5, () => void ran.push(arg), 0));
    clock.cancel(ids[1] ?? NO_TIMER);
    clock.cancel(NO_TIMER);
    clock.advance(5);
    clock.cancel(ids[0] ?? NO_TIMER);
    expect(ran).toEqual([1, 3]);
    expect(ids).not.toContain(NO_TIMER);
  });

  it('refuses to go back', () => {
    const clock = new ManualClock(5);
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.schedule(-1, () => {}, 0)).toThrow(RangeError);
    expect(() => clock.schedule(Number.NaN, () => {}, 0)).toThrow(RangeError);
  });
});
