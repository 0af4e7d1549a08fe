import { expect } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import type { Snapshot } from '../../../src/registry/discovery.ts';
import type { TrialConfig } from '../../../src/sim/config.ts';
import { Engine } from '../../../src/sim/engine.ts';
import { JobTable } from '../../../src/sim/jobs.ts';
import { createRegistry } from '../../../src/sim/registries/index.ts';
import type { Presence, RegistrySystem } from '../../../src/sim/registries/registry_system.ts';
import { Server } from '../../../src/sim/server.ts';
import { SERVICE } from '../../../src/sim/service.ts';
import { callers, instances, trialOf } from '../../helpers/trial.ts';

/** What a caller was told, and when. */
interface Told {
  readonly atMs: number;
  readonly snapshot: Snapshot;
}

export interface RegistryRig {
  readonly engine: Engine;
  readonly system: RegistrySystem;
  readonly servers: readonly Server[];
  readonly presences: readonly Presence[];
  /** By caller. */
  readonly told: readonly Told[][];
  advance(ms: number): void;
  /** Who that caller sees now. */
  seen(caller: number): string[];
  /** Who said that he leaves stays: he registers again if his process is there. */
  rejoin(server: number): void;
  crash(server: number): void;
  start(server: number): void;
  dark(server: number): void;
  light(server: number): void;
  hang(server: number): void;
  wake(server: number): void;
}

/**
 * A registry with servers and callers and no requests: instances `i-1`, .. and callers in zones a and b by turns. Things
 * happen to servers as faults/state.ts makes them happen.
 */
export function registryRig(written: Partial<TrialConfig>, seed = 1, count = 3, callerCount = 2): RegistryRig {
  const zoneOf = (i: number): string => (i % 2 === 0 ? 'a' : 'b');
  const trial = trialOf({
    instances: instances(count).map((config, i) => ({ ...config, zone: zoneOf(i) })),
    callers: callers(callerCount).map((config, i) => ({ ...config, zone: zoneOf(i) })),
    ...written,
  });
  const engine = new Engine();
  const jobs = new JobTable();
  const port = { accept: () => {}, answer: () => {}, complete: () => {}, lose: () => {} };
  const servers = trial.instances.map((config, i) => new Server(i, config, 0, engine, jobs, port));
  const probe = (): ReturnType<Parameters<typeof createRegistry>[1]['probeAtNode']> => (target, _timeoutMs, done) => {
    const server = servers.find(({ config }) => config.id === target.id) as Server;
    const verdict = server.probe('http', 0.5);
    const timer = verdict === null ? 0 : engine.schedule(0, () => done(verdict), 0);
    return () => engine.cancel(timer);
  };
  const random = randomStream(String(seed));
  const system = createRegistry(trial.registry, {
    trial,
    engine,
    random,
    servers,
    onProbe: () => {},
    restart: () => expect.fail('no test of a rig has probes that ask for it'),
    probeAtNode: probe,
    probeFromAfar: probe,
  });
  const presences = servers.map((server) => system.presenceOf(server));
  for (const presence of presences) presence.join();
  const told = trial.callers.map((_, c) => {
    const list: Told[] = [];
    system.discoveryOf(c).watch(SERVICE, (snapshot) => list.push({ atMs: engine.now(), snapshot }));
    return list;
  });
  const stopped = new Set<number>();
  const back = (i: number): void => {
    if (servers[i].up) presences[i].reachable();
  };
  return {
    engine,
    system,
    servers,
    presences,
    told,
    advance: (ms) => engine.run(engine.now() + ms),
    seen: (caller) => (told[caller].at(-1)?.snapshot.instances ?? []).map(({ id }) => id),
    rejoin(i) {
      if (stopped.has(i)) return;
      presences[i].join();
      back(i);
    },
    crash(i) {
      servers[i].stop();
      stopped.add(i);
      presences[i].die();
    },
    start(i) {
      servers[i].start();
      stopped.delete(i);
      presences[i].join();
      back(i);
    },
    dark(i) {
      servers[i].goDark();
      presences[i].machine(false);
    },
    light(i) {
      servers[i].comeBack();
      presences[i].machine(true);
      back(i);
    },
    hang: (i) => servers[i].hang(),
    wake(i) {
      servers[i].wake();
      back(i);
    },
  };
}
