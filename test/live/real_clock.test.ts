import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/core/assert.ts';
import { NO_TIMER } from '../../src/core/clock.ts';
import { createRealClock } from '../../src/live/real_clock.ts';

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const waitingTimeouts = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('createRealClock', () => {
  it('is never early, by its own now, for whole, broken and tiny delays', async () => {
    const clock = createRealClock();
    const delays = Array.from({ length: 300 }, (_, i) => (i * 7.3) % 40).concat([0, 0.001, 0.5, 1, 1.999]);
    const waits = await Promise.all(
      delays.map((delayMs) => {
        const startMs = clock.now();
        return new Promise<number>((resolve) => {
          clock.schedule(delayMs, () => resolve(clock.now() - startMs - delayMs), 0);
        });
      }),
    );
    // In exact arithmetic at least 0; the differences above are rounded.
    expect(Math.min(...waits)).toBeGreaterThan(-1e-6);
    expect(Math.max(...waits)).toBeLessThan(5000);
  });

  it('runs by due time, equal ones as scheduled, with their arguments', async () => {
    const clock = createRealClock();
    const ran: number[] = [];
    await new Promise<void>((resolve) => {
      const lane = clock.lane(20);
      clock.schedule(60, () => resolve(), 0);
      clock.schedule(30, (arg) => void ran.push(arg), 4);
      lane.schedule((arg) => void ran.push(arg), 1);
      clock.schedule(20, (arg) => void ran.push(arg), 2);
      lane.schedule((arg) => void ran.push(arg), 3);
      clock.schedule(0, (arg) => void ran.push(arg), 0);
    });
    expect(ran).toEqual([0, 1, 2, 3, 4]);
  });

  it('forgets cancelled timers, its own of the same instant too', async () => {
    const clock = createRealClock();
    const ran: string[] = [];
    await new Promise<void>((resolve) => {
      const gone = clock.schedule(5, () => void ran.push('gone'), 0);
      clock.schedule(6, () => clock.cancel(next), 0);
      const next = clock.schedule(6, () => void ran.push('next'), 0);
      clock.schedule(30, () => resolve(), 0);
      clock.cancel(gone);
      clock.cancel(gone);
      clock.cancel(NO_TIMER);
    });
    expect(ran).toEqual([]);
  });

  it('lets sockets and other timers through between zero delays', async () => {
    const clock = createRealClock();
    let ticks = 0;
    let going = true;
    const tick = () => {
      ticks++;
      if (going) clock.schedule(0, tick, 0);
    };
    tick();
    await pause(20);
    going = false;
    expect(ticks).toBeGreaterThan(1);
  });

  it('holds one timeout of the machine at most, none when nothing waits', () => {
    const before = waitingTimeouts();
    const clock = createRealClock();
    const ids = [1000, 5000, 100].map((delayMs) => clock.schedule(delayMs, () => {}, 0));
    expect(waitingTimeouts()).toBe(before + 1);
    for (const id of ids) clock.cancel(id);
    expect(waitingTimeouts()).toBe(before);
  });

  it('keeps the process alive unless told not to', () => {
    const before = waitingTimeouts();
    const clock = createRealClock({ unref: true });
    const id = clock.schedule(1000, () => {}, 0);
    // Timers that are not waited for are not listed.
    expect(waitingTimeouts()).toBe(before);
    clock.cancel(id);
  });

  it('waits for delays longer than setTimeout can, without the overflow warning of Node', async () => {
    const clock = createRealClock();
    const said: string[] = [];
    const note = ({ name }: Error) => void said.push(name);
    process.on('warning', note);
    const id = clock.schedule(2 ** 31 + 5, () => void said.push('ran'), 0);
    await pause(30);
    clock.cancel(id);
    process.off('warning', note);
    expect(said).toEqual([]);
  });

  it('goes on after a callback that throws', async () => {
    const clock = createRealClock();
    const thrown = new Promise<unknown>((resolve) => {
      const listeners = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const listener of listeners) process.on('uncaughtException', listener);
        resolve(error);
      });
    });
    const after = new Promise<void>((resolve) => {
      clock.schedule(
        5,
        () => {
          throw new Error('from a callback');
        },
        0,
      );
      clock.schedule(5, () => resolve(), 0);
    });
    expect(await thrown).toEqual(new Error('from a callback'));
    await after;
  });

  it.each([-1, Number.NaN, Infinity])('refuses a delay of %d', (delayMs) => {
    expect(() => createRealClock().schedule(delayMs, () => {}, 0)).toThrow(InvariantError);
  });
});
