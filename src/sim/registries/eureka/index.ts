import type { Snapshot } from '../../../registry/discovery.ts';
import { frozenReads } from '../frozen_reads.ts';
import { createOutages } from '../outages.ts';
import { createPausableClock } from '../pausable_clock.ts';
import { registrarPresences } from '../presences.ts';
import type { Presence, RegistryPorts, RegistrySystem } from '../registry_system.ts';
import { everyPeriod } from '../ticks.ts';
import { View } from '../version_log.ts';
import { EurekaServer } from './server.ts';
import type { EurekaSettings } from './settings.ts';

/**
 * Eureka: every process sends heartbeats, the server evicts in passes, its read-only cache is refreshed in turn, and
 * every caller fetches in turn. While it is down its leases stand still and callers keep what they fetched last.
 */
export function createEurekaSystem(settings: EurekaSettings, ports: RegistryPorts): RegistrySystem {
  const { trial, engine, random } = ports;
  const { renewalIntervalMs, leaseDurationMs, responseCacheUpdateIntervalMs: cacheMs } = settings;
  const outages = createOutages();
  const clock = createPausableClock(engine);
  const server = new EurekaServer(settings, clock, random.fork('server'));
  let cached: Snapshot | null = null;
  const reads = frozenReads(outages, () => cached ?? server.log.current);
  if (cacheMs > 0) {
    everyPeriod(clock, random.fork('cache').unit() * cacheMs, cacheMs, () => {
      cached = server.log.current;
    });
  }
  const presences = registrarPresences({
    ports,
    registrar: server,
    registryClock: clock,
    outages,
    lease: { ttlMs: leaseDurationMs, renewIntervalMs: renewalIntervalMs },
    registering: (presence) => startingSlowly(presence, engine, settings.registrationDelayMs),
  });
  let downSinceMs = 0;
  return {
    presenceOf: presences.presenceOf,
    discoveryOf: (caller) => ({
      watch(_service, listener) {
        // What was there before the run has long been in the cache.
        if (cacheMs > 0) cached ??= server.log.current;
        const { id, zone } = trial.callers[caller];
        const { registryFetchIntervalMs } = settings;
        const view = new View(server.log, listener);
        view.show(server.log.current);
        everyPeriod(
          engine,
          random.fork(`callers/${id}`).unit() * registryFetchIntervalMs,
          registryFetchIntervalMs,
          () => {
            const answer = reads.read(zone);
            if (answer !== null) view.show(answer);
          },
        );
        return view;
      },
    }),
    setOutage(mode, zone, on) {
      reads.set(mode, on);
      const wasDown = outages.isDown();
      outages.set(mode, zone, on);
      if (outages.isDown() && !wasDown) {
        downSinceMs = engine.now();
        clock.pause();
      } else if (wasDown && !outages.isDown()) {
        server.extendLeases(engine.now() - downSinceMs);
        clock.resume();
      }
      if (!on) presences.reachable();
    },
  };
}

/** A process that registers a while after its start. One that is there when the run begins did so before. */
function startingSlowly(presence: Presence, clock: RegistryPorts['engine'], delayMs: number): Presence {
  const sinceMs = clock.now();
  // Whatever happens to the process or its machine meanwhile, it has to begin again.
  let life = 0;
  let starting = false;
  const start = (): void => {
    const mine = ++life;
    starting = true;
    const join = (): void => {
      if (mine !== life) return;
      starting = false;
      presence.join();
    };
    if (clock.now() === sinceMs || delayMs === 0) join();
    else clock.schedule(delayMs, join, 0);
  };
  return {
    join: start,
    die() {
      life++;
      starting = false;
      presence.die();
    },
    leave() {
      life++;
      starting = false;
      presence.leave();
    },
    quit() {
      life++;
      starting = false;
      presence.quit();
    },
    reachable: () => presence.reachable(),
    machine(present) {
      if (present && starting) start();
      else if (!present) life++;
      presence.machine(present);
    },
  };
}
