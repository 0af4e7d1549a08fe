import type { Instance } from '../../core/instance.ts';
import type { Random } from '../../core/random.ts';
import type { Probe, ProbeVerdict } from '../../health/probe.ts';
import type { Discovery } from '../../registry/discovery.ts';
import type { TrialConfig } from '../config.ts';
import type { Engine } from '../engine.ts';
import type { Server } from '../server.ts';

/**
 * A registry as the world meets it: a remote system, simulated, behind the production ports. It sees the world as its
 * model does: what a process, an agent at its node or a control plane can know, never whether an instance is up.
 */
export interface RegistrySystem {
  /** What keeps this server registered. Asked once for each server. */
  presenceOf(server: Server): Presence;
  /** How that caller, by its index, learns who is there. Asked once for each caller. */
  discoveryOf(caller: number): Discovery;
  /** An outage of the registry itself begins or ends. `zone`: who is cut off; null: everybody. Outages overlap by union. */
  setOutage(mode: RegistryOutage, zone: string | null, on: boolean): void;
}

/**
 * down: nobody reaches it, and it does nothing meanwhile (leases do not run out); stale: callers read what was true when it
 * began, while it hears everything; partitioned: as down for callers and instances of one zone, while the rest goes on.
 */
export type RegistryOutage = 'down' | 'stale' | 'partitioned';

/** One instance's presence in the registry, as what happens to its process and its machine moves it. */
export interface Presence {
  /** The process has started. */
  join(): void;
  /** It has died without a word. */
  die(): void;
  /** It says that it is leaving; where it cannot be heard, as soon as it can. */
  leave(): void;
  /**
   * Its node has asked the process to terminate, to run another in its place, and it has heard that. Where processes
   * register themselves it takes itself out, as when it leaves; the other one joins.
   */
  quit(): void;
  /** It is up again after it could not be heard: what it had to say is heard now. */
  reachable(): void;
  /** Its machine is gone, with whatever agent ran there; or it is back, and `reachable` follows if the process is up too. */
  machine(present: boolean): void;
}

/** What a kind of registry is made from. */
export interface RegistryPorts {
  readonly trial: TrialConfig;
  readonly engine: Engine;
  /** Its streams are forked from it: by instance id, by `callers/ID`, by the name of a part. */
  readonly random: Random;
  /** By index. Callers are `trial.callers`, by index. */
  readonly servers: readonly Server[];
  /** To be told of every probe of either kind that has ended. */
  readonly onProbe: (instance: Instance, verdict: ProbeVerdict) => void;
  /** A probe at the node of that server, by its index, asks for its process to be replaced by another. */
  readonly restart: (server: number) => void;
  /** How an agent at an instance's own machine asks it: without latency. */
  readonly probeAtNode: (random: Random) => Probe;
  /** How the registry's servers ask an instance: over the network. */
  readonly probeFromAfar: (random: Random) => Probe;
}
