import type { Host, HostHealth } from '../balancer/host.ts';
import type { ConnectionPorts } from '../balancer/routing/connecting.ts';
import { type BeliefCause, causeBits } from '../core/belief_cause.ts';
import type { Clock } from '../core/clock.ts';
import { type ConnectionSettings, Connectivity } from '../core/connectivity.ts';
import type { Random } from '../core/random.ts';
import { Connections } from '../health/connections/connections.ts';
import type { Connector } from '../health/connections/connector.ts';
import type { HostVerdicts } from './host_verdicts.ts';
import type { UpstreamOptions } from './upstream.ts';

/** What connections tell, and want to know, of hosts. */
export interface HostConnectionsPorts {
  readonly verdicts: () => HostVerdicts;
  /** The host's connection is reported to be so: `bad` is what that says of the host. */
  readonly onState: (host: Host, bad: boolean, evidenceAtMs: number) => void;
  readonly onTurn: () => void;
}

interface HostConnectionsOptions extends HostConnectionsPorts {
  readonly settings: ConnectionSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly connector: Connector;
  /** Hosts are connected to as they are picked: one that is not is no worse for it. */
  readonly lazily: boolean;
}

/**
 * The connections of one upstream's hosts, and what they make of verdicts: a host is ready that is connected to and that
 * nothing speaks against, which is how gRPC's health checks and ejections are told (A50: an ejected host keeps its
 * connection, and its subchannel reports TRANSIENT_FAILURE). One whose check has yet to answer connects as long (A17;
 * health_check_client.cc, OnCallStartLocked; grpc-go health/client.go, clientHealthCheck), so that requests wait for it.
 */
export class HostConnections {
  readonly ports: ConnectionPorts;
  private readonly options: HostConnectionsOptions;
  private readonly connections: Connections;
  // By slot.
  private readonly hosts: Host[] = [];
  private readonly states: Connectivity[] = [];
  /** Of grpc-go: whether it was ejected as its connection was made, which its pick_first does not hear of until it is let back in. */
  private readonly madeWhileOut: boolean[] = [];

  constructor(options: HostConnectionsOptions) {
    const { settings, clock, random, connector, onTurn } = options;
    this.options = options;
    this.connections = new Connections({
      ...{ settings, clock, random, connector },
      listener: (slot, state, evidenceAtMs) => this.report(this.hosts[slot], state, evidenceAtMs),
    });
    this.ports = {
      clock,
      onTurn,
      connect: ({ slot }) => this.connections.connect(slot),
      disconnect: (host) => {
        this.connections.disconnect(host.slot);
        this.report(host, Connectivity.idle, clock.now());
      },
    };
  }

  /** The bit of the cause that speaks against a host that is new; 0: it is trusted unheard. */
  get unshown(): number {
    return this.options.lazily ? 0 : causeBits.connection;
  }

  /** Whether a host may be picked before anything is known of it: it is then that it is connected to. */
  get trustsIdle(): boolean {
    return this.options.lazily;
  }

  add(host: Host): void {
    this.hosts[host.slot] = host;
    this.states[host.slot] = Connectivity.idle;
    this.madeWhileOut[host.slot] = false;
    this.connections.add(host.slot, host.instance);
  }

  remove({ slot }: Host): void {
    this.connections.remove(slot);
  }

  /** What the host's health comes to for the balancer. */
  healthOf(host: Host): Pick<HostHealth, 'healthy' | 'connection'> {
    const connection = this.shownBy(host);
    return { healthy: !this.isBad(connection), connection };
  }

  /** Whether nothing has been heard yet of this cause: a first word against the host is news, though it was not trusted before. */
  awaits(host: Host, cause: BeliefCause): boolean {
    return (this.options.verdicts().unheardOf(host) & causeBits[cause]) !== 0;
  }

  private shownBy(host: Host): Connectivity {
    const state = this.states[host.slot];
    const verdicts = this.options.verdicts();
    // Its pick_first has no health listener to be told of the ejection (subconn_wrapper.go, handleEjection).
    if (verdicts.clears(host, causeBits.ejection)) this.madeWhileOut[host.slot] = false;
    if (state !== Connectivity.ready || verdicts.serves(host, causeBits.connection)) return state;
    if (this.madeWhileOut[host.slot]) return Connectivity.connecting;
    const awaited = verdicts.serves(host, causeBits.connection | verdicts.unheardOf(host));
    return awaited ? Connectivity.connecting : Connectivity.transientFailure;
  }

  close(): void {
    this.connections.close();
  }

  private report(host: Host, state: Connectivity, evidenceAtMs: number): void {
    this.states[host.slot] = state;
    const { settings, verdicts } = this.options;
    const hears = settings.system !== 'grpc-go' || verdicts().clears(host, causeBits.ejection);
    this.madeWhileOut[host.slot] = state === Connectivity.ready && !hears;
    this.options.onState(host, this.isBad(state), evidenceAtMs);
  }

  private isBad(state: Connectivity): boolean {
    return this.options.lazily ? state === Connectivity.transientFailure : state !== Connectivity.ready;
  }
}

/** null: connections are no matter. */
export function hostConnectionsOf(
  { loadBalancer, connector, clock, random, strategy }: UpstreamOptions,
  ports: HostConnectionsPorts,
): HostConnections | null {
  const settings = loadBalancer?.connections ?? null;
  if (settings === null) return null;
  if (!connector) throw new RangeError('upstream: connections need a connector, found none');
  const lazily = strategy.traits.connectsLazily === true;
  return new HostConnections({ settings, connector, clock, random: random.fork('connections'), lazily, ...ports });
}
