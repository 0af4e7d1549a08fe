import { type Clock, NO_TIMER, type TimerId } from '../../../core/clock.ts';
import type { Random } from '../../../core/random.ts';
import type { Presence } from '../registry_system.ts';
import type { ConsulAgent } from './agent.ts';
import type { ConsulSettings } from './settings.ts';

export interface ConsulPresenceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly ttlCheck: ConsulSettings['ttlCheck'];
  readonly agent: ConsulAgent;
  /** Whether the process does anything, and its machine is there. */
  readonly isUp: () => boolean;
  /** The machine is gone, or back: for whoever watches nodes. */
  readonly onMachine: (present: boolean) => void;
}

/**
 * A process beside its agent: it registers when it starts and deregisters when it is told to stop, both at once since the
 * agent is on its machine. Where it has a TTL check it says at a fixed rate, from a random phase, that it is well, and
 * registers again when the agent does not know it.
 */
export function createConsulPresence(options: ConsulPresenceOptions): Presence {
  const { clock, random, ttlCheck, agent, isUp, onMachine } = options;
  let beat: TimerId = NO_TIMER;
  let waiting: 'join' | 'leave' | null = null;

  function heartbeat(): void {
    if (ttlCheck === null) return;
    beat = clock.schedule(ttlCheck.renewIntervalMs, heartbeat, 0);
    if (!isUp() || agent.pass()) return;
    agent.register();
    agent.pass();
  }
  function silence(): void {
    clock.cancel(beat);
    beat = NO_TIMER;
  }
  const presence: Presence = {
    join() {
      waiting = isUp() ? null : 'join';
      if (waiting !== null) return;
      agent.register();
      if (ttlCheck !== null && beat === NO_TIMER) {
        beat = clock.schedule(random.unit() * ttlCheck.renewIntervalMs, heartbeat, 0);
      }
    },
    die() {
      waiting = null;
      silence();
    },
    leave() {
      waiting = isUp() ? null : 'leave';
      if (waiting !== null) return;
      silence();
      agent.deregister();
    },
    quit() {
      waiting = null;
      silence();
      agent.deregister();
    },
    reachable() {
      if (waiting === 'join') presence.join();
      else if (waiting === 'leave') presence.leave();
    },
    machine(present) {
      agent.machine(present);
      onMachine(present);
    },
  };
  return presence;
}
