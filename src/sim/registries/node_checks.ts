import type { RunningCheck } from '../../health/checks/checker.ts';
import type { RegistrationChecks } from '../../mesh/checked_registration.ts';
import type { Server } from '../server.ts';
import { checkerAtNode, type NodeChecker } from './agent_checks.ts';
import type { Presence, RegistryPorts } from './registry_system.ts';

/** The checks of one instance at its node, as whoever registers it asks for them. */
export interface NodeChecks extends RegistrationChecks {
  /** What becomes of its process and machine, which a node knows by itself, at once. */
  readonly told: Pick<Presence, 'join' | 'die' | 'leave' | 'machine'>;
}

/** The checks that an agent at this server's node runs, or null where nodes do not check. */
export function checksAtNode(ports: RegistryPorts, server: Server): NodeChecks | null {
  const checker = checkerAtNode(ports, server);
  if (checker === null) return null;
  const isPod = ports.trial.healthCheck?.settings.system === 'kubernetes';
  return isPod ? podChecks(checker) : registeredChecks(checker);
}

/** They run while it is registered, and go by probes alone. */
function registeredChecks({ passing, begin }: NodeChecker): NodeChecks {
  const told = { join: () => {}, die: () => {}, leave: () => {}, machine: () => {} };
  return { passing, start: (_instance, onChange) => begin(onChange).stop, told };
}

/**
 * The probes of a pod at its kubelet: they run whether it is registered or not, from container to container, until its
 * machine is gone or another pod takes its place.
 */
function podChecks(checker: NodeChecker): NodeChecks {
  let check: RunningCheck | null = null;
  let passing = checker.passing;
  let onChange: ((passing: boolean, evidenceAtMs: number) => void) | null = null;
  let hasMachine = true;
  let running = false;
  let isDeleted = false;

  function end(): void {
    check?.stop();
    check = null;
    passing = checker.passing;
  }
  function begin(): void {
    check = checker.begin((healthy, evidenceAtMs) => {
      passing = healthy;
      onChange?.(healthy, evidenceAtMs);
    });
    // It is taken to run from the start; a machine may be back before its process is.
    if (!running) check.process(false);
  }
  return {
    get passing() {
      return passing;
    },
    start(_instance, listener) {
      onChange = listener;
      return () => {
        if (onChange === listener) onChange = null;
      };
    },
    told: {
      join() {
        running = true;
        if (isDeleted) end();
        isDeleted = false;
        if (check !== null) check.process(true);
        else if (hasMachine) begin();
      },
      die() {
        running = false;
        check?.process(false);
      },
      leave() {
        isDeleted = true;
      },
      machine(present) {
        hasMachine = present;
        end();
        if (present) begin();
      },
    },
  };
}

/** A presence that also tells the checks at its node what becomes of the process and the machine. */
export function tellingChecks(presence: Presence, { told }: NodeChecks): Presence {
  return {
    ...presence,
    join() {
      told.join();
      presence.join();
    },
    die() {
      told.die();
      presence.die();
    },
    leave() {
      told.leave();
      presence.leave();
    },
    machine(present) {
      told.machine(present);
      presence.machine(present);
    },
  };
}
