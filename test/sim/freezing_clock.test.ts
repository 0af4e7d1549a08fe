import { expect, it } from 'vitest';
import { createFreezingClock } from '../../src/sim/freezing_clock.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

it('what falls due while it is frozen runs in order as it wakes, unless it is cancelled', () => {
  const world = new ManualClock();
  let frozen = false;
  const clock = createFreezingClock(world, () => frozen);
  const log: string[] = [];
  const note = (id: number): void => void log.push(`${id} at ${clock.now()}`);
  clock.schedule(10, note, 1);
  clock.lane(30).schedule(note, 3);
  const cancelled = clock.schedule(25, note, 9);
  const noteAndCancel = (id: number): void => {
    note(id);
    clock.cancel(cancelled);
  };
  clock.schedule(20, noteAndCancel, 2);
  clock.schedule(80, note, 4);
  world.advance(15);
  frozen = true;
  world.advance(45);
  expect(log).toEqual(['1 at 10']);
  frozen = false;
  clock.thaw();
  expect(log).toEqual(['1 at 10', '2 at 60', '3 at 60']);
  world.advance(40);
  expect(log.slice(3)).toEqual(['4 at 80']);
  clock.cancel(cancelled);
  expect(world.pending).toBe(0);
});
