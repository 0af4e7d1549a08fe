import { Connectivity } from '../core/connectivity.ts';
import type { Host } from './host.ts';
import type { ConnectionPorts } from './routing/connecting.ts';
import type { Routing } from './routing/routing.ts';
import type { RequestUnderWay } from './strategy.ts';

/** Picks where a request needs a connection: one that finds none may wait for it. */
export class ConnectedPicks {
  readonly ports: ConnectionPorts;
  /** Whether the registry has said anything yet. */
  listed = false;
  private readonly request: RequestUnderWay;
  private readonly routing: Routing;

  constructor(ports: ConnectionPorts, request: RequestUnderWay, routing: Routing) {
    this.ports = ports;
    this.request = request;
    this.routing = routing;
  }

  /**
   * The host where its connection stands; else nobody: the request waits where one is made or may yet be, and before
   * anything is known of any host. An idle host is asked for one.
   */
  take(host: Host | null): Host | null {
    if (host?.connection === Connectivity.ready) return host;
    if (host?.connection === Connectivity.idle) this.ports.connect(host);
    const fails = this.listed && (host === null || host.connection === Connectivity.transientFailure);
    if (!fails || this.routing.mayWait) this.request.waitsFor = 'anyone';
    return null;
  }
}
