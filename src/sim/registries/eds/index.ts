import { sampler } from '../../distribution.ts';
import { createOutages } from '../outages.ts';
import { createPausableClock } from '../pausable_clock.ts';
import { registrarPresences } from '../presences.ts';
import type { Presence, RegistryPorts, RegistrySystem } from '../registry_system.ts';
import { statusRegistrar } from '../status_registrar.ts';
import type { Member } from '../status_table.ts';
import { VersionLog, View } from '../version_log.ts';
import { WatchStream } from '../watch_stream.ts';
import { debounced } from './debounce.ts';
import type { EdsSettings } from './settings.ts';

/**
 * EDS: the control plane pushes members, and those whose checks fail as unhealthy. A process that dies stays a member:
 * it is for Envoy's own checks to find out. What Envoy does with a host that is gone is for the caller's Upstream.
 */
export function createEdsSystem(settings: EdsSettings, ports: RegistryPorts): RegistrySystem {
  const { trial, engine, random } = ports;
  const { debounceAfterMs, debounceMaxMs, pushLag } = settings;
  const outages = createOutages();
  const clock = createPausableClock(engine);
  const log = new VersionLog(engine.now());
  const streams: WatchStream[] = [];
  let members: readonly Member[] = [];
  let evidenceAtMs = Number.POSITIVE_INFINITY;
  const publish = (): void => {
    const unhealthy = new Set(members.filter(({ passing }) => !passing).map(({ instance }) => instance.id));
    log.publish(
      engine.now(),
      members.map(({ instance }) => instance),
      evidenceAtMs,
      unhealthy,
    );
    evidenceAtMs = Number.POSITIVE_INFINITY;
    for (const stream of streams) stream.send(log.current);
  };
  const push = debounced(clock, debounceAfterMs, debounceMaxMs, publish);
  const registrar = statusRegistrar(
    () => engine.now(),
    (now, evidence) => {
      members = now;
      evidenceAtMs = Math.min(evidenceAtMs, evidence);
      // Who is there when the run begins has long been pushed.
      if (streams.length === 0) publish();
      else push();
    },
  );
  const presences = registrarPresences({
    ports,
    registrar,
    registryClock: clock,
    outages,
    lease: null,
    // Members do not register: who runs in the same place again was a member all the time.
    registering: staying,
  });
  return {
    presenceOf: presences.presenceOf,
    discoveryOf: (caller) => ({
      watch(_service, listener) {
        const { id, zone } = trial.callers[caller];
        const view = new View(log, listener);
        const lagMs = pushLag === null ? () => 0 : sampler(pushLag, random.fork(`callers/${id}`));
        const blind = (): boolean => outages.blinds(zone);
        streams.push(new WatchStream(engine, lagMs, blind, (snapshot) => view.show(snapshot)));
        view.show(log.current);
        return view;
      },
    }),
    setOutage(mode, zone, on) {
      outages.set(mode, zone, on);
      if (outages.isDown()) clock.pause();
      else clock.resume();
      if (on) return;
      presences.reachable();
      for (const stream of streams) stream.release();
    },
  };
}

function staying(presence: Presence): Presence {
  return {
    join: () => presence.join(),
    die: () => presence.die(),
    leave: () => presence.leave(),
    quit() {},
    reachable: () => presence.reachable(),
    machine: (present) => presence.machine(present),
  };
}
