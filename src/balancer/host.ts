import { Connectivity } from '../core/connectivity.ts';
import type { Instance } from '../core/instance.ts';

/** An instance as one caller sees it. Everything here is belief, never ground truth. */
export interface Host {
  /** As of the last snapshot. */
  instance: Instance;
  /** A small whole number, unique among a balancer's present hosts and those with attempts in flight; reused afterwards. Indexes arrays. */
  readonly slot: number;
  /** As the registry says, or `HostWeights` since; what it counts for at the moment is for `WeightOf` to say. */
  weight: number;
  /** How often its weight has changed since it joined: to Finagle and Linkerd it is then another node. */
  reweighed: number;
  /** How often what it has in flight was forgotten, as grpc-go's least_request does, since it joined. */
  forgotten: number;
  /** Its level of failover, 0 the first, when it was last balanced over. */
  priority: number;
  /** Attempts sent and not yet ended, by this caller, but for those below. */
  inFlight: number;
  /** The same of attempts that hold no place: whoever waited for the host when it failed (HAProxy's `option redispatch`). */
  placeless: number;
  /** What this caller makes of its health now. What it is picked by is below, and follows at once, but for a merge of updates. */
  readonly latest: HostHealth;
  /** `Instance.maxConnections`; Infinity: there is no limit. */
  limit: number;
  /** Requests of this caller that wait for it. */
  queued: number;
  /** Whether this caller believes the host can serve. */
  healthy: boolean;
  /** Can serve, but badly: used for what the others cannot take (Envoy's degraded). Only means something while healthy. */
  degraded: boolean;
  /** Left out when the share of healthy hosts is taken: not yet checked, or leaving (Envoy's excluded). Unhealthy as well. */
  excluded: boolean;
  /** As a gRPC policy would be told: a host whose connection stands, and which is not well, fails. Ready where connections are no matter. */
  connection: Connectivity;
  /** While a retry is picked for: whether an attempt of that request was sent to it. */
  tried: boolean;
  /** Whether the balancer may pick it now: in a host set that gets traffic, panic included. */
  pickable: boolean;
  /** False once the instance has left the caller's view; attempts in flight go on. */
  present: boolean;
  /** Whether it joined where others had been before, whatever they weighed. Absent: not known. */
  readonly later?: boolean;
}

/** What a caller makes of a host's health. */
export interface HostHealth {
  healthy: boolean;
  degraded: boolean;
  excluded: boolean;
  connection: Connectivity;
}

/** What health comes to: a degraded host is one while it is healthy, an excluded one while it is not. */
export function standing({ healthy, degraded, excluded, connection }: HostHealth): string {
  if (healthy) return `${degraded ? 'degraded' : 'healthy'} ${connection}`;
  return `${excluded ? 'excluded' : 'unhealthy'} ${connection}`;
}

/** From now on the host is picked by what is made of its health now. */
export function takeLatest(host: Host): void {
  const { healthy, degraded, excluded, connection } = host.latest;
  host.healthy = healthy;
  host.degraded = degraded;
  host.excluded = excluded;
  host.connection = connection;
}

/** Whether nothing that was sent to it is in flight. */
export function isIdle({ inFlight, placeless }: Host): boolean {
  return inFlight === 0 && placeless === 0;
}

/** Whether it is about to turn. */
export function turns(host: Host): boolean {
  return host.healthy !== host.latest.healthy;
}

/** Whether it may yet be connected to for the first time, or anew. */
export function isToConnect({ connection }: Host): boolean {
  return connection === Connectivity.idle || connection === Connectivity.connecting;
}
