import type { Clock } from '../../core/clock.ts';
import type { Instance } from '../../core/instance.ts';
import type { Random } from '../../core/random.ts';
import { HealthChecker, type RunningCheck } from '../../health/checks/checker.ts';
import { type HealthCheckSettings, startsHealthy } from '../../health/checks/settings.ts';
import type { Probe } from '../../health/probe.ts';
import type { RegistrationChecks } from '../../mesh/checked_registration.ts';
import type { Server } from '../server.ts';
import { instanceOf } from './lease_presence.ts';
import type { Outages } from './outages.ts';
import type { RegistryPorts } from './registry_system.ts';

/** What checks one instance at its node. */
export interface NodeChecker {
  /** Before the first result. */
  readonly passing: boolean;
  begin(onChange: (passing: boolean, evidenceAtMs: number) => void): RunningCheck;
}

/**
 * What the agent at this server's node checks it by, or null where nodes do not check. The production checker, on the
 * agent's clock; its probes need no network. Checks end with the machine: whoever begins them stops them then. What asks
 * for a restart gets it.
 */
export function checkerAtNode(
  { trial, engine, random, probeAtNode, onProbe, restart }: RegistryPorts,
  { index, config }: Server,
): NodeChecker | null {
  if (trial.healthCheck?.by !== 'node') return null;
  const ports = { clock: engine, random: random.fork(`checks/${config.id}`), onProbe };
  const instance = instanceOf(config);
  const { passing, begin } = checksBy(trial.healthCheck.settings, ports, probeAtNode, () => restart(index));
  return { passing, begin: (onChange) => begin(instance, onChange) };
}

/**
 * The checks that the registry itself runs, or null where it does not. They stand still while it is down, and what it
 * cannot reach does not answer.
 */
export function checksOfRegistry(
  { trial, random, servers, probeFromAfar, onProbe }: RegistryPorts,
  clock: Clock,
  outages: Outages,
): RegistrationChecks | null {
  if (trial.healthCheck?.by !== 'registry') return null;
  const zoneOf = new Map(servers.map(({ config }) => [config.id, config.zone]));
  const probeOf = (stream: Random): Probe => {
    const probe = probeFromAfar(stream);
    return (target, timeoutMs, done) =>
      outages.cutsOff(zoneOf.get(target.id) ?? null) ? () => {} : probe(target, timeoutMs, done);
  };
  const ports = { clock, random: random.fork('checks'), onProbe };
  const { passing, begin } = checksBy(trial.healthCheck.settings, ports, probeOf);
  return { passing, start: (instance, onChange) => begin(instance, onChange).stop };
}

function checksBy(
  settings: HealthCheckSettings,
  { clock, random, onProbe }: Pick<RegistryPorts, 'random' | 'onProbe'> & { readonly clock: Clock },
  probeOf: (random: Random) => Probe,
  onRestart: () => void = () => {},
): {
  readonly passing: boolean;
  readonly begin: (instance: Instance, onChange: (passing: boolean, evidenceAtMs: number) => void) => RunningCheck;
} {
  const probe = probeOf(random.fork('probes'));
  const checker = new HealthChecker({ clock, random, probe, settings, onProbe, onRestart });
  return { passing: startsHealthy(settings), begin: (instance, onChange) => checker.start(instance, onChange) };
}
