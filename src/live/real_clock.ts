import { performance } from 'node:perf_hooks';
import { invariant } from '../core/assert.ts';
import type { Clock, TimerId } from '../core/clock.ts';
import { type Timer, TimerHeap } from './timer_heap.ts';

/** What `setTimeout` can wait at most, ms; longer waits are made of several. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export interface RealClockOptions {
  /** True: waiting timers do not keep the process alive. Default false, as with `setTimeout`. */
  readonly unref?: boolean;
}

/**
 * The machine's time, in milliseconds since the process started (`performance.now`).
 *
 * It keeps Clock's promises where bare `setTimeout` does not: no callback is early by `now()` (Node drops fractions of a
 * millisecond), and callbacks due at one instant run as scheduled even between different delays. So all timers live in
 * one heap and only the earliest of them is handed to `setTimeout`. An error thrown by a callback surfaces as it would
 * from `setTimeout`, and the other timers go on.
 */
export function createRealClock(options: RealClockOptions = {}): Clock {
  const unref = options.unref ?? false;
  const timers = new TimerHeap();
  let armed: ReturnType<typeof setTimeout> | null = null;
  let armedForMs = Number.POSITIVE_INFINITY;
  let running = false;

  function arm(): void {
    if (running) return;
    const first = timers.first();
    const dueMs = first === null ? Number.POSITIVE_INFINITY : first.dueMs;
    if (armed !== null && armedForMs === dueMs) return;
    if (armed !== null) clearTimeout(armed);
    armed = null;
    armedForMs = dueMs;
    if (first === null) return;
    armed = setTimeout(run, Math.min(Math.max(0, Math.ceil(dueMs - performance.now())), LONGEST_WAIT_MS));
    if (unref) armed.unref();
  }

  function run(): void {
    armed = null;
    running = true;
    // What callbacks schedule now waits for the next turn, or a chain of zero delays would starve the sockets.
    const lastId = timers.lastId;
    try {
      for (let timer = timers.first(); isDue(timer, lastId); timer = timers.first()) {
        timers.removeFirst();
        timer.fn(timer.arg);
      }
    } finally {
      running = false;
      arm();
    }
  }

  function isDue(timer: Timer | null, lastId: TimerId): timer is Timer {
    return timer !== null && timer.id <= lastId && timer.dueMs <= performance.now();
  }

  function schedule(delayMs: number, fn: (arg: number) => void, arg: number): TimerId {
    invariant(delayMs >= 0 && delayMs < Infinity, () => `expected a finite delay of at least 0 ms, found ${delayMs}`);
    const id = timers.add(performance.now() + delayMs, fn, arg);
    arm();
    return id;
  }

  return {
    now: () => performance.now(),
    schedule,
    lane: (delayMs) => ({ schedule: (fn, arg) => schedule(delayMs, fn, arg) }),
    cancel(id) {
      timers.cancel(id);
      arm();
    },
  };
}
