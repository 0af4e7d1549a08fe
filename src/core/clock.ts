/** Names a scheduled callback. `NO_TIMER` names none; ids are never reused while a holder could still cancel them. */
export type TimerId = number;

export const NO_TIMER: TimerId = 0;

/**
 * Time as production modules see it: virtual in the simulator, the machine's in `live/`.
 * All times are milliseconds as doubles, monotonic, from an origin the clock chooses.
 */
export interface Clock {
  now(): number;
  /** Calls `fn(arg)` once, `delayMs` (>= 0) from now; `arg` is a whole number of 32 bits. Callbacks due at one instant run in the order they were scheduled. */
  schedule(delayMs: number, fn: (arg: number) => void, arg: number): TimerId;
  /** A queue for timers that all have the same delay. Cheaper than `schedule` where most of them are cancelled, as timeouts are. */
  lane(delayMs: number): Lane;
  /** Forgets a timer. Cancelling `NO_TIMER`, or a timer that has run or was cancelled, does nothing. */
  cancel(id: TimerId): void;
}

export interface Lane {
  schedule(fn: (arg: number) => void, arg: number): TimerId;
}
