import type { Host } from '../balancer/host.ts';
import { type Clock, NO_TIMER, type TimerId } from '../core/clock.ts';

interface WarmUp {
  /** The host may be eased in from now on. */
  readonly begin: (host: Host) => void;
  /** It has left. */
  readonly end: (host: Host) => void;
}

export interface EasedIn {
  isEasedIn(host: Host): boolean;
  /** How long until it is looked at. */
  untilLookMs(host: Host): number;
}

/** Calls `look` each time a host that is eased in is looked at, the last time once it is no more (HAProxy's server_warmup). */
export function warmUpOf(clock: Clock, easedIn: EasedIn, look: (host: Host) => void): WarmUp {
  // By slot.
  const hosts: Host[] = [];
  const timers: TimerId[] = [];
  const schedule = (host: Host): void => {
    clock.cancel(timers[host.slot] ?? NO_TIMER);
    timers[host.slot] = clock.schedule(easedIn.untilLookMs(host), tick, host.slot);
  };
  const tick = (slot: number): void => {
    const host = hosts[slot];
    timers[slot] = NO_TIMER;
    if (!host.latest.healthy) return;
    if (easedIn.isEasedIn(host)) schedule(host);
    look(host);
  };
  return {
    begin: (host) => {
      hosts[host.slot] = host;
      if (easedIn.isEasedIn(host)) schedule(host);
    },
    end: ({ slot }) => {
      clock.cancel(timers[slot] ?? NO_TIMER);
      timers[slot] = NO_TIMER;
    },
  };
}
