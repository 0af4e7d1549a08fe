import { createMemoryRegistry } from '../../../registry/memory_registry.ts';
import { gatedDiscovery } from '../gated_discovery.ts';
import { createOutages } from '../outages.ts';
import { createPausableClock } from '../pausable_clock.ts';
import { registrarPresences } from '../presences.ts';
import type { RegistryPorts, RegistrySystem } from '../registry_system.ts';
import type { MemorySettings } from './settings.ts';

/**
 * The registry of the library's tests and of one process, as if it were remote: processes register themselves, by a
 * lease or for good, and every change reaches every caller at once. While it is down its leases stand still.
 */
export function createMemorySystem(settings: MemorySettings, ports: RegistryPorts): RegistrySystem {
  const { trial, engine } = ports;
  const outages = createOutages();
  const clock = createPausableClock(engine);
  const registry = createMemoryRegistry(clock);
  const gates = trial.callers.map(({ zone }) => gatedDiscovery(registry, () => !outages.blinds(zone)));
  const { lease } = settings;
  const presences = registrarPresences({ ports, registrar: registry, registryClock: clock, outages, lease });
  return {
    presenceOf: presences.presenceOf,
    discoveryOf: (caller) => gates[caller],
    setOutage(mode, zone, on) {
      outages.set(mode, zone, on);
      if (outages.isDown()) clock.pause();
      else clock.resume();
      if (on) return;
      presences.reachable();
      for (const gate of gates) gate.release();
    },
  };
}
