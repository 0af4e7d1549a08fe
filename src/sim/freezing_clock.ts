import type { Clock, TimerId } from '../core/clock.ts';

/** A clock as a process has it that may hang: a timer that falls due meanwhile runs as soon as it wakes, as after a SIGSTOP. */
export interface FreezingClock extends Clock {
  /** It has woken. */
  thaw(): void;
}

export function createFreezingClock(clock: Clock, isFrozen: () => boolean): FreezingClock {
  const timers = new Map<TimerId, { readonly fn: (arg: number) => void; readonly arg: number; id: TimerId }>();
  /** In the order in which they fell due. */
  let overdue: TimerId[] = [];
  let nextId: TimerId = 1;

  const fall = (id: number): void => {
    if (isFrozen()) overdue.push(id);
    else run(id);
  };
  function run(id: number): void {
    const timer = timers.get(id);
    timers.delete(id);
    timer?.fn(timer.arg);
  }
  function add(fn: (arg: number) => void, arg: number, start: (id: number) => TimerId): TimerId {
    const id = nextId++;
    timers.set(id, { fn, arg, id: start(id) });
    return id;
  }

  return {
    now: () => clock.now(),
    schedule: (delayMs, fn, arg) => add(fn, arg, (id) => clock.schedule(delayMs, fall, id)),
    lane(delayMs) {
      const lane = clock.lane(delayMs);
      return { schedule: (fn, arg) => add(fn, arg, (id) => lane.schedule(fall, id)) };
    },
    cancel(id) {
      const timer = timers.get(id);
      if (timer !== undefined) clock.cancel(timer.id);
      timers.delete(id);
    },
    thaw() {
      const due = overdue;
      overdue = [];
      for (const id of due) run(id);
    },
  };
}
