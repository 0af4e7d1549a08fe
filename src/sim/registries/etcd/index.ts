import { laggedDiscovery } from '../../discovery_lag.ts';
import { gatedDiscovery } from '../gated_discovery.ts';
import { createOutages } from '../outages.ts';
import { createPausableClock } from '../pausable_clock.ts';
import { registrarPresences } from '../presences.ts';
import { createConnection } from '../reconnect.ts';
import type { RegistryPorts, RegistrySystem } from '../registry_system.ts';
import { createLessor, keepAliveMs, leastTtlMs, SCAN_MS } from './lessor.ts';
import type { EtcdSettings } from './settings.ts';

/**
 * etcd: processes keep their key alive by its lease, callers watch. Down means that there is no leader: when there is
 * one again, every lease starts anew. A caller cut off reconnects as gRPC does, and resumes its watch where it was, so
 * that it misses nothing; it has the last known good view meanwhile.
 */
export function createEtcdSystem(settings: EtcdSettings, ports: RegistryPorts): RegistrySystem {
  const { trial, engine, random } = ports;
  const { electionTimeoutMs, watchLatencyMs } = settings;
  const outages = createOutages();
  const clock = createPausableClock(engine);
  const lessor = createLessor(clock, electionTimeoutMs, random.fork('scan').unit() * SCAN_MS);
  const ttlMs = Math.max(settings.ttlMs, leastTtlMs(electionTimeoutMs));
  const presences = registrarPresences({
    ports,
    registrar: lessor,
    registryClock: clock,
    outages,
    lease: { ttlMs, renewIntervalMs: keepAliveMs(ttlMs) },
  });
  const callers = trial.callers.map(({ id, zone }) => {
    const connection = createConnection(
      engine,
      random.fork(`callers/${id}`),
      () => !outages.cutsOff(zone),
      () => gate.release(),
    );
    const gate = gatedDiscovery(lessor, () => connection.isOpen() && !outages.blinds(zone));
    const discovery = laggedDiscovery(gate, engine, () => watchLatencyMs);
    return { zone, connection, gate, discovery };
  });
  return {
    presenceOf: presences.presenceOf,
    discoveryOf: (caller) => callers[caller].discovery,
    setOutage(mode, zone, on) {
      const wasDown = outages.isDown();
      outages.set(mode, zone, on);
      if (outages.isDown()) clock.pause();
      else clock.resume();
      if (wasDown && !outages.isDown()) lessor.promote();
      for (const caller of callers) if (outages.cutsOff(caller.zone)) caller.connection.cut();
      if (on) return;
      presences.reachable();
      for (const { gate } of callers) gate.release();
    },
  };
}
