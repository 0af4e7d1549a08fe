import type { Host } from '../balancer/host.ts';
import { type Clock, NO_TIMER, type TimerId } from '../core/clock.ts';

/** HAProxy's warm-up task runs so often, whatever its documentation says (src/server.c, server_warmup). */
const EVERY_MS = 1000;

interface WarmUp {
  /** The host may be eased in from now on. */
  readonly begin: (host: Host) => void;
  /** It has left. */
  readonly end: (host: Host) => void;
}

/** Calls `look` once a second of each host that is eased in, the last time once it is no more. */
export function warmUpOf(clock: Clock, isEasedIn: (host: Host) => boolean, look: (host: Host) => void): WarmUp {
  const lane = clock.lane(EVERY_MS);
  // By slot.
  const hosts: Host[] = [];
  const timers: TimerId[] = [];
  const schedule = (slot: number): void => {
    timers[slot] = lane.schedule(tick, slot);
  };
  const tick = (slot: number): void => {
    const host = hosts[slot];
    timers[slot] = NO_TIMER;
    if (!host.latest.healthy) return;
    if (isEasedIn(host)) schedule(slot);
    look(host);
  };
  return {
    begin: (host) => {
      const { slot } = host;
      hosts[slot] = host;
      // As there: what is due after an earlier return still is, when it has failed and come back within the second.
      if (isEasedIn(host) && (timers[slot] ?? NO_TIMER) === NO_TIMER) schedule(slot);
    },
    end: ({ slot }) => {
      clock.cancel(timers[slot] ?? NO_TIMER);
      timers[slot] = NO_TIMER;
    },
  };
}
