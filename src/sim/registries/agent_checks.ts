import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { HealthChecker } from '../../health/checks/checker.ts';
import { type HealthCheckSettings, startsHealthy } from '../../health/checks/settings.ts';
import type { Probe } from '../../health/probe.ts';
import type { RegistrationChecks } from '../../mesh/checked_registration.ts';
import type { Outages } from './outages.ts';
import type { RegistryPorts } from './registry_system.ts';

/**
 * The checks that an agent at this instance's node runs, or null where nodes do not check. The production checker, on the
 * agent's clock; its probes need no network. They end with the machine: whoever starts them stops them then.
 */
export function checksAtNode(
  { trial, engine, random, probeAtNode, onProbe }: RegistryPorts,
  id: string,
): RegistrationChecks | null {
  if (trial.healthCheck?.by !== 'node') return null;
  const ports = { clock: engine, random: random.fork(`checks/${id}`), onProbe };
  return checksBy(trial.healthCheck.settings, ports, probeAtNode);
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
  return checksBy(trial.healthCheck.settings, { clock, random: random.fork('checks'), onProbe }, probeOf);
}

function checksBy(
  settings: HealthCheckSettings,
  { clock, random, onProbe }: Pick<RegistryPorts, 'random' | 'onProbe'> & { readonly clock: Clock },
  probeOf: (random: Random) => Probe,
): RegistrationChecks {
  const checker = new HealthChecker({ clock, random, probe: probeOf(random.fork('probes')), settings, onProbe });
  return { passing: startsHealthy(settings), start: (instance, onChange) => checker.start(instance, onChange).stop };
}
