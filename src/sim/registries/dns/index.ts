import { frozenReads } from '../frozen_reads.ts';
import { createOutages } from '../outages.ts';
import { createPausableClock } from '../pausable_clock.ts';
import { registrarPresences } from '../presences.ts';
import type { RegistryPorts, RegistrySystem } from '../registry_system.ts';
import { statusRegistrar } from '../status_registrar.ts';
import { VersionLog, View } from '../version_log.ts';
import { resolve } from './resolver.ts';
import type { DnsSettings } from './settings.ts';

/** DNS: a process adds its record and takes it away itself; one that dies leaves it there, unless the registry checks. */
export function createDnsSystem(settings: DnsSettings, ports: RegistryPorts): RegistrySystem {
  const { trial, engine, random } = ports;
  const outages = createOutages();
  const clock = createPausableClock(engine);
  const log = new VersionLog(engine.now());
  const reads = frozenReads(outages, () => log.current);
  const registrar = statusRegistrar(
    () => engine.now(),
    (members, evidenceAtMs) => {
      const records = members.filter(({ passing }) => passing).map(({ instance }) => instance);
      log.publish(engine.now(), records, evidenceAtMs);
    },
  );
  const presences = registrarPresences({ ports, registrar, registryClock: clock, outages, lease: null });
  return {
    presenceOf: presences.presenceOf,
    discoveryOf: (caller) => ({
      watch(_service, listener) {
        const { id, zone } = trial.callers[caller];
        const view = new View(log, listener);
        view.show(log.current);
        resolve({ settings, clock: engine, random: random.fork(`callers/${id}`), view, ask: () => reads.read(zone) });
        return view;
      },
    }),
    setOutage(mode, zone, on) {
      reads.set(mode, on);
      outages.set(mode, zone, on);
      if (outages.isDown()) clock.pause();
      else clock.resume();
      if (!on) presences.reachable();
    },
  };
}
