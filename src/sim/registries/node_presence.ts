import type { LeasePresence } from './lease_presence.ts';
import type { Presence } from './registry_system.ts';

/**
 * The presence of an instance that an agent at its node keeps registered and checks. The agent outlives the process,
 * and finds out that it died by its check; it goes with the machine, and when that is back it registers again what it
 * had written down, as failing until a check passes.
 */
export function nodePresence(kept: LeasePresence): Presence {
  let known = false;
  let leaving = false;
  let hasMachine = true;
  function leave(): void {
    leaving = known;
    known = false;
    kept.leave();
  }
  return {
    join() {
      known = true;
      leaving = false;
      if (hasMachine) kept.join();
    },
    die() {},
    leave,
    quit: leave,
    reachable: () => kept.reachable(),
    machine(present) {
      hasMachine = present;
      if (!present) kept.stop();
      else if (known || leaving) kept.join();
      // Nobody was there to say so.
      if (present && leaving) kept.leave();
      leaving = false;
    },
  };
}
