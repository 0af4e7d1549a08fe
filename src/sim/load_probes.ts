import type { Host } from '../balancer/host.ts';
import type { LoadProbe } from '../balancer/strategy.ts';
import type { Engine } from './engine.ts';
import type { Server } from './server.ts';

type Done = Parameters<LoadProbe>[1];

/**
 * The load probes of one caller on their way: out to a server, and back with what it said at that moment. A server that
 * cannot be reached, is down or hangs does not answer. Probes take up no worker and do not queue.
 *
 * Parallel arrays with a free list, since a request may send several.
 */
export class LoadProbes {
  private readonly engine: Engine;
  private readonly serverById: ReadonlyMap<string, Server>;
  private readonly latencyMs: () => number;
  private readonly hosts: (Host | null)[] = [];
  private readonly servers: Server[] = [];
  private readonly dones: Done[] = [];
  private readonly backMs: number[] = [];
  private readonly inFlight: number[] = [];
  private readonly expectedMs: number[] = [];
  private readonly free: number[] = [];
  private readonly arrive = (probe: number): void => this.onArrival(probe);
  private readonly comeBack = (probe: number): void => this.onReturn(probe);

  constructor(engine: Engine, serverById: ReadonlyMap<string, Server>, latencyMs: () => number) {
    this.engine = engine;
    this.serverById = serverById;
    this.latencyMs = latencyMs;
  }

  readonly send: LoadProbe = (host, done) => {
    const server = this.serverById.get(host.instance.id);
    if (server === undefined) throw new Error(`load probes: probe of unknown instance ${host.instance.id}`);
    const probe = this.free.pop() ?? this.hosts.length;
    const outMs = this.latencyMs();
    this.hosts[probe] = host;
    this.servers[probe] = server;
    this.dones[probe] = done;
    this.backMs[probe] = this.latencyMs();
    this.engine.schedule(outMs, this.arrive, probe);
  };

  private onArrival(probe: number): void {
    const server = this.servers[probe];
    if (!server.up) {
      this.close(probe);
      return;
    }
    this.inFlight[probe] = server.inFlight;
    this.expectedMs[probe] = server.expectedMs();
    this.engine.schedule(this.backMs[probe], this.comeBack, probe);
  }

  private onReturn(probe: number): void {
    const host = this.hosts[probe];
    if (host === null) throw new Error('load probes: an answer came back twice');
    this.close(probe);
    this.dones[probe](host, this.inFlight[probe], this.expectedMs[probe]);
  }

  private close(probe: number): void {
    this.hosts[probe] = null;
    this.free.push(probe);
  }
}
