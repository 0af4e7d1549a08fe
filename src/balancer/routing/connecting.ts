import type { Clock } from '../../core/clock.ts';
import { type ConnectionSettings, Connectivity } from '../../core/connectivity.ts';
import type { Host } from '../host.ts';
import type { LoadBalancerSettings } from '../load_balancer.ts';
import { ConnectedPriorities } from './connected_priorities.ts';
import { connectivityOf, mayConnect, nextToConnect } from './connectivity_of.ts';
import { failoverLoads, type HostCounts, loadsOnly, type PriorityLoads } from './priority_load.ts';
import type { Tier } from './tier.ts';

/** How a balancer has connections made. */
export interface ConnectionPorts {
  readonly clock: Clock;
  /** Asks for a connection to a host that is idle. It is not told of any before this has returned. */
  connect(host: Host): void;
  /** Lets go of the connection to a host; it is told that the host is idle. */
  disconnect(host: Host): void;
  /** Who may be picked has changed with time alone. */
  onTurn(): void;
}

/** What connections mean to routing: to whom to connect, which priority is used, and whether a request may wait. */
export class Connecting {
  private readonly ports: ConnectionPorts;
  private readonly settings: ConnectionSettings;
  private readonly lazily: boolean;
  /** null: load spills over, and hosts of all priorities are connected to. */
  private readonly priorities: ConnectedPriorities | null;
  private tiers: readonly Tier[] = [];

  constructor(
    ports: ConnectionPorts,
    settings: ConnectionSettings,
    lazily: boolean,
    failsOver: boolean,
    onTurn: () => void,
  ) {
    this.ports = ports;
    this.settings = settings;
    this.lazily = lazily;
    this.priorities = failsOver
      ? new ConnectedPriorities({
          settings,
          clock: ports.clock,
          onTurn: () => {
            onTurn();
            ports.onTurn();
          },
          onForget: (priority) => {
            for (const host of this.tiers[priority]?.hosts ?? []) ports.disconnect(host);
          },
        })
      : null;
  }

  /** Whether all goes to one priority. */
  get failsOver(): boolean {
    return this.priorities !== null;
  }

  /** All load to one priority: see `ConnectedPriorities`. `told`: that of the host whose state has just been reported. */
  loads(tiers: readonly Tier[], told: number | null): PriorityLoads {
    this.tiers = tiers;
    const counts: readonly HostCounts[] = tiers.map(({ tally }) => tally);
    if (this.priorities === null) return failoverLoads(counts);
    const states = tiers.map(({ hosts }) => connectivityOf(hosts, this.lazily));
    const priority = this.priorities.choose(states, told);
    const { healthy, degraded } = counts[priority];
    return loadsOnly(tiers.length, priority, healthy === 0 && degraded > 0 ? 'degraded' : 'healthy');
  }

  /** Asks for the connections that are wanted: `backups` and others outside a choice of priorities are always. */
  connect(tiers: readonly Tier[], backups: readonly Tier[]): void {
    for (const tier of tiers) {
      if (this.priorities === null || this.priorities.isBegun(tier.priority)) this.connectTier(tier);
    }
    for (const tier of backups) this.connectTier(tier);
  }

  /**
   * Whether a request that finds nobody ready among these may wait. Where hosts are connected to as they are picked, it does not
   * if none is found for it: whoever else connects has no points (ring_hash's picker).
   */
  mayWait(tiers: readonly Tier[]): boolean {
    return this.settings.waitForReady || (!this.lazily && tiers.some(({ hosts }) => mayConnect(hosts)));
  }

  close(): void {
    this.priorities?.close();
  }

  private connectTier({ hosts }: Tier): void {
    if (this.lazily) {
      const next = nextToConnect(hosts, this.settings.system);
      if (next !== null) this.ports.connect(next);
      return;
    }
    for (const host of hosts) if (host.connection === Connectivity.idle) this.ports.connect(host);
  }
}

/** Who makes connections, and whether as hosts are picked. */
export interface ConnectingBy {
  readonly ports: ConnectionPorts;
  readonly lazily: boolean;
}

/** null: connections are no matter. */
export function connectingBy(
  by: ConnectingBy | null,
  { connections, failover }: Pick<LoadBalancerSettings, 'connections' | 'failover'>,
  onTurn: () => void,
): Connecting | null {
  if (by === null || connections === null) return null;
  return new Connecting(by.ports, connections, by.lazily, failover === 'all-or-nothing', onTurn);
}
