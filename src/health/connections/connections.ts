import type { Clock } from '../../core/clock.ts';
import type { ConnectionSettings, Connectivity } from '../../core/connectivity.ts';
import type { Instance } from '../../core/instance.ts';
import type { Random } from '../../core/random.ts';
import type { Connector } from './connector.ts';
import { Subchannel } from './subchannel.ts';

/** A host's connection is reported to be so: see `Subchannel`. Hosts must not be added or removed from inside it. */
type ConnectionsListener = (host: number, state: Connectivity, evidenceAtMs: number) => void;

export interface ConnectionsOptions {
  readonly settings: ConnectionSettings;
  readonly clock: Clock;
  /** Its forks, one a host, are drawn from. */
  readonly random: Random;
  readonly connector: Connector;
  readonly listener: ConnectionsListener;
}

/**
 * One caller's connections, a subchannel for each host. Hosts are known by small numbers that their owner gives and may
 * give again once they are removed. Nobody connects unasked.
 */
export class Connections {
  private readonly options: ConnectionsOptions;
  /** By host; null where there is none. */
  private readonly subchannels: (Subchannel | null)[] = [];

  constructor(options: ConnectionsOptions) {
    this.options = options;
  }

  add(host: number, instance: Instance): void {
    const { settings, clock, random, connector, listener } = this.options;
    while (this.subchannels.length <= host) this.subchannels.push(null);
    if (this.subchannels[host] !== null) throw new RangeError(`host ${host} is added a second time`);
    const ports = { settings, clock, random: random.fork(instance.id), connector };
    this.subchannels[host] = new Subchannel(instance, ports, (state, evidenceAtMs) =>
      listener(host, state, evidenceAtMs),
    );
  }

  /**
   * Asks for a connection to a host that may be idle. It begins a moment later: whoever asks may be amid a pick, which in
   * gRPC leaves that to others, too.
   */
  connect(host: number): void {
    const asked = this.subchannels[host];
    this.options.clock.schedule(0, () => asked === this.subchannels[host] && asked?.connect(), 0);
  }

  /** Lets go of the connection. */
  disconnect(host: number): void {
    this.subchannels[host]?.close();
  }

  /** It has left. */
  remove(host: number): void {
    this.disconnect(host);
    this.subchannels[host] = null;
  }

  close(): void {
    for (const host of this.subchannels.keys()) this.remove(host);
  }
}
