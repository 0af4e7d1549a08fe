import type { NodeChecks } from './agent_checks.ts';
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
  return {
    join() {
      known = true;
      leaving = false;
      if (hasMachine) kept.join();
    },
    die() {},
    leave() {
      leaving = known;
      known = false;
      kept.leave();
    },
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

/** A presence that also tells the checks at its node what becomes of the process. */
export function tellingChecks(presence: Presence, checks: Pick<NodeChecks, 'process'>): Presence {
  return {
    ...presence,
    join() {
      checks.process(true);
      presence.join();
    },
    die() {
      checks.process(false);
      presence.die();
    },
  };
}
