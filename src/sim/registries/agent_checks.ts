import type { Clock } from '../../core/clock.ts';
import type { Instance } from '../../core/instance.ts';
import type { Random } from '../../core/random.ts';
import { HealthChecker, type RunningCheck } from '../../health/checks/checker.ts';
import { type HealthCheckSettings, startsHealthy } from '../../health/checks/settings.ts';
import type { Probe } from '../../health/probe.ts';
import type { RegistrationChecks } from '../../mesh/checked_registration.ts';
import type { Outages } from './outages.ts';
import type { RegistryPorts } from './registry_system.ts';

/** The checks of one instance at its node. */
export interface NodeChecks extends RegistrationChecks {
  /**
   * Its process has ended, or runs again, which a node knows by itself, at once: what Kubernetes' rules go by beside
   * probes. Those of other systems do not.
   */
  process(running: boolean): void;
}

/**
 * The checks that an agent at this instance's node runs, or null where nodes do not check. The production checker, on the
 * agent's clock; its probes need no network. They end with the machine: whoever starts them stops them then.
 * `onRestart`: a liveness probe asks for the process to be replaced.
 */
export function checksAtNode(
  { trial, engine, random, probeAtNode, onProbe }: RegistryPorts,
  id: string,
  onRestart: () => void = () => {},
): NodeChecks | null {
  if (trial.healthCheck?.by !== 'node') return null;
  const ports = { clock: engine, random: random.fork(`checks/${id}`), onProbe };
  const { passing, begin } = checksBy(trial.healthCheck.settings, ports, probeAtNode, onRestart);
  let running = true;
  let current: RunningCheck | null = null;
  return {
    passing,
    start(instance, onChange) {
      const check = begin(instance, onChange);
      current = check;
      // It is taken to run from the start; a machine may be back before its process is.
      if (!running) check.process(false);
      return check.stop;
    },
    process(runs) {
      running = runs;
      current?.process(runs);
    },
  };
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
