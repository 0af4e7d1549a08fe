import type { Clock, TimerId } from '../../core/clock.ts';

/** A clock whose timers can be stopped and go on later: the inside of a system that does nothing while it is down. */
export interface PausableClock extends Clock {
  /** Timers stop; `now` goes on, since it is the world's time. */
  pause(): void;
  /** They go on, each later by as long as the pause lasted. */
  resume(): void;
}

interface Timer {
  readonly fn: (arg: number) => void;
  readonly arg: number;
  /** While paused: as if the pause had taken no time. */
  dueMs: number;
  /** The clock's own. Nothing while paused. */
  id: TimerId | null;
}

export function createPausableClock(clock: Clock): PausableClock {
  const timers = new Map<TimerId, Timer>();
  let nextId: TimerId = 1;
  let pausedAtMs: number | null = null;

  const run = (id: number): void => {
    const timer = timers.get(id) as Timer;
    timers.delete(id);
    timer.fn(timer.arg);
  };
  function add(delayMs: number, fn: (arg: number) => void, arg: number, start: (id: number) => TimerId): TimerId {
    const id = nextId++;
    const dueMs = (pausedAtMs ?? clock.now()) + delayMs;
    timers.set(id, { fn, arg, dueMs, id: pausedAtMs === null ? start(id) : null });
    return id;
  }

  return {
    now: () => clock.now(),
    schedule: (delayMs, fn, arg) => add(delayMs, fn, arg, (id) => clock.schedule(delayMs, run, id)),
    lane(delayMs) {
      const lane = clock.lane(delayMs);
      return { schedule: (fn, arg) => add(delayMs, fn, arg, (id) => lane.schedule(run, id)) };
    },
    cancel(id) {
      const timer = timers.get(id);
      if (timer === undefined) return;
      if (timer.id !== null) clock.cancel(timer.id);
      timers.delete(id);
    },
    pause() {
      if (pausedAtMs !== null) return;
      pausedAtMs = clock.now();
      for (const timer of timers.values()) {
        if (timer.id !== null) clock.cancel(timer.id);
        timer.id = null;
      }
    },
    resume() {
      if (pausedAtMs === null) return;
      const lostMs = clock.now() - pausedAtMs;
      pausedAtMs = null;
      // Those due at one instant keep their order: it is that of their ids.
      for (const [id, timer] of [...timers].sort(([a, x], [b, y]) => x.dueMs - y.dueMs || a - b)) {
        timer.dueMs += lostMs;
        timer.id = clock.schedule(Math.max(0, timer.dueMs - clock.now()), run, id);
      }
    },
  };
}
