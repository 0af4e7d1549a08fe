import type { Clock } from '../../core/clock.ts';
import { checkedRegistrar } from '../../mesh/checked_registrar.ts';
import type { Registrar } from '../../registry/discovery.ts';
import type { Server } from '../server.ts';
import { checksOfRegistry } from './agent_checks.ts';
import { instanceOf, LeasePresence } from './lease_presence.ts';
import { checksAtNode, tellingChecks } from './node_checks.ts';
import { nodePresence } from './node_presence.ts';
import type { Outages } from './outages.ts';
import type { Presence, RegistryPorts } from './registry_system.ts';

export interface RegistrarPresencesOptions {
  readonly ports: RegistryPorts;
  readonly registrar: Registrar;
  /** The registry's own, which stops while it is down. */
  readonly registryClock: Clock;
  readonly outages: Outages;
  readonly lease: { readonly ttlMs: number; readonly renewIntervalMs: number } | null;
  /** What lies between what becomes of a process and its registration. Default: nothing. */
  readonly registering?: (presence: Presence) => Presence;
}

/**
 * The presences of instances in a registry that is told of them by a registrar. Who tells it: the process itself, or,
 * where nodes check, the agent at its node. Where the registry checks, it does so by itself, of whatever registers.
 */
export function registrarPresences(options: RegistrarPresencesOptions): {
  presenceOf(server: Server): Presence;
  /** An outage has ended: those who can be heard now say what they had to say. */
  reachable(): void;
} {
  const { ports, outages, registryClock, lease, registering = (presence) => presence } = options;
  const { engine, random } = ports;
  const own = checksOfRegistry(ports, registryClock, outages);
  const registrar = own === null ? options.registrar : checkedRegistrar(options.registrar, own);
  const presences: Presence[] = [];

  function presenceOf(server: Server): Presence {
    const { config } = server;
    const { id, zone } = config;
    const checks = checksAtNode(ports, server);
    const canReach = (): boolean => !outages.cutsOff(zone);
    const kept = new LeasePresence({
      instance: instanceOf(config),
      registrar,
      isHeard: checks === null ? () => server.up && canReach() : () => !server.isDark && canReach(),
      clock: engine,
      random: random.fork(id),
      lease,
      checks,
    });
    return checks === null ? registering(kept) : tellingChecks(registering(nodePresence(kept)), checks);
  }
  return {
    presenceOf(server) {
      const presence = presenceOf(server);
      presences.push(presence);
      return presence;
    },
    reachable() {
      for (const presence of presences) presence.reachable();
    },
  };
}
