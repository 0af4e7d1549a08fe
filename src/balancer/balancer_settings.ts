import type { Clock } from '../core/clock.ts';
import type { KeyText } from '../core/key.ts';
import type { Random } from '../core/random.ts';
import type { Host } from './host.ts';
import type { UpdateGate } from './late_updates.ts';
import type { CallerPlace, LoadBalancerSettings } from './load_balancer.ts';
import type { ConnectionPorts } from './routing/connecting.ts';
import type { LoadProbe, StrategyFactory } from './strategy.ts';

/**
 * What a balancer tells its owner, within the call that causes it. The balancer's own state is already the new one;
 * of a host, `pickable` turns just before its `onPickable`.
 */
export interface BalancerObserver {
  /** The host has entered the view. Comes before its first `onPickable`. */
  onAdded(host: Host): void;
  /** The host has left the view. Comes before its last `onPickable`. */
  onRemoved(host: Host): void;
  /** Panic of a priority that gets traffic begins, or that of the last one ends. Comes before the `onPickable` calls it causes. */
  onPanic(panic: boolean): void;
  /** The balancer may now, or may no longer, pick the host; panic included. */
  onPickable(host: Host, pickable: boolean): void;
}

export interface BalancerSettings {
  readonly strategy: StrategyFactory;
  readonly loadBalancer: LoadBalancerSettings;
  /** Who this caller is among its peers. */
  readonly place: CallerPlace;
  /** Threads of the caller, from 1: each picks by strategies of its own over shared hosts. */
  readonly workers: number;
  readonly clock: Pick<Clock, 'now'>;
  /** This caller's stream: its workers', and that of its own subset. */
  readonly random: Random;
  /** A stream that all callers of the service share, for subsetting that needs them to agree. Only its forks are drawn from. */
  readonly common: Random;
  /** The text of a key, for policies that hash. */
  readonly keyText: KeyText;
  /** How hosts are asked for their load; null: not at all. */
  readonly probeLoad: LoadProbe | null;
  /** When changes of health, weight and metadata reach the hosts that are picked from. Absent: at once. */
  readonly gate?: UpdateGate | null;
  /** Whether a host that joins is believed healthy before anything is known of it. Envoy: only without active checks. */
  readonly initiallyHealthy: boolean;
  /** HAProxy's `option redispatch`: a session leaves its host where too many wait for that. Absent: it does not. */
  readonly redispatches?: boolean;
  /** How connections are made, where `loadBalancer.connections` has them kept. Absent: they are no matter. */
  readonly connectionPorts?: ConnectionPorts | null;
  readonly observer: BalancerObserver;
}
