import type { Host } from '../../src/balancer/host.ts';
import type { Strategy } from '../../src/balancer/strategy.ts';
import { Connectivity } from '../../src/core/connectivity.ts';
import type { Instance } from '../../src/core/instance.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';

/** Healthy, idle hosts as a balancer would have them, each in the slot of its place; what is not said of an instance is made up. */
export function hostsOf(instances: readonly Partial<Instance>[]): Host[] {
  return instances.map((given, slot) => {
    const id = given.id ?? given.address ?? `h${slot}`;
    const instance: Instance = { id, address: `${id}:80`, zone: null, weight: 1, ...given };
    return {
      instance,
      slot,
      weight: instance.weight,
      reweighed: 0,
      forgotten: 0,
      connection: Connectivity.ready,
      priority: 0,
      inFlight: 0,
      placeless: 0,
      latest: { healthy: true, degraded: false, excluded: false, connection: Connectivity.ready },
      limit: instance.maxConnections ?? Infinity,
      queued: 0,
      healthy: true,
      degraded: false,
      excluded: false,
      tried: false,
      pickable: true,
      present: true,
    };
  });
}

const weightOf = (host: Host): number => host.weight;

/** The strategy told of these hosts; those left out of `eligible` cannot be picked. */
export function rebuilt(strategy: Strategy, members: readonly Host[], eligible: readonly Host[] = members): Strategy {
  strategy.rebuild(members, eligible, weightOf);
  return strategy;
}

/** One pick, the selector asked first where there is one, as a balancer does. */
export function pickOf(strategy: Strategy, key: Key = NO_KEY, attempt = 0): Host {
  const host = strategy.pick(key, attempt, strategy.selector?.(key) ?? 0);
  if (host === null) throw new Error('expected a host to pick, found nobody');
  return host;
}

/** Where that retry of a request goes, by a strategy that passes over who was tried; null: all were. */
export function retried(strategy: Strategy, key: number, retries: number): Host | null {
  const hosts: Host[] = [];
  let host: Host | null = pickOf(strategy, key);
  while (host !== null && hosts.length < retries) {
    host.tried = true;
    hosts.push(host);
    host = strategy.pickAnother?.(key, 0, 0) ?? null;
  }
  for (const each of hosts) each.tried = false;
  return host;
}

/** A pick for a retry of a request that was sent to these. */
export function pickAnother(strategy: Strategy, tried: readonly Host[], key: Key = NO_KEY): Host | null | undefined {
  for (const host of tried) host.tried = true;
  const picked = strategy.pickAnother?.(key, 0, strategy.selector?.(key) ?? 0);
  for (const host of tried) host.tried = false;
  return picked;
}
