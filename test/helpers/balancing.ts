import { Balancer } from '../../src/balancer/balancer.ts';
import type { BalancerObserver, BalancerSettings } from '../../src/balancer/balancer_settings.ts';
import type { Host } from '../../src/balancer/host.ts';
import { type LoadBalancerSettings, PLAIN_LOAD_BALANCER, SOLE_CALLER } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Strategy, StrategyFactory, StrategyTraits } from '../../src/balancer/strategy.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY, numberedKeys } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { randomStream } from '../../src/core/random.ts';
import { ManualClock } from './manual_clock.ts';

export const silentObserver: BalancerObserver = {
  onAdded() {},
  onRemoved() {},
  onPanic() {},
  onPickable() {},
};

export function instance(id: string, weight = 1): Instance {
  return { id, address: `${id}:80`, zone: null, weight };
}

/** Instances a, b, c, ... of these weights. */
export function instancesOf(weights: readonly number[]): Instance[] {
  return weights.map((weight, i) => instance(String.fromCharCode(97 + i), weight));
}

/** A balancer over hosts a, b, c, ... of these weights, healthy from the start and without panic unless told otherwise. */
export function balancerOf(
  strategy: Strategy | StrategyFactory,
  weights: readonly number[],
  settings: Partial<LoadBalancerSettings & BalancerSettings> = {},
): Balancer {
  const balancer = balancerWith({ strategy: 'create' in strategy ? strategy : alwaysThis(strategy), ...settings });
  balancer.update(instancesOf(weights));
  return balancer;
}

/** A balancer over nobody yet. What is not said: healthy from the start, no panic, one worker. */
export function balancerWith(settings: Partial<LoadBalancerSettings & BalancerSettings>): Balancer {
  return new Balancer({
    strategy: strategyNamed('round-robin').withOptions({}),
    place: SOLE_CALLER,
    workers: 1,
    clock: new ManualClock(),
    random: randomStream('balancer'),
    common: randomStream('callers'),
    keyText: numberedKeys,
    probeLoad: null,
    initiallyHealthy: true,
    observer: silentObserver,
    ...settings,
    loadBalancer: { ...PLAIN_LOAD_BALANCER, panicThreshold: 0, ...pick(settings), ...settings.loadBalancer },
  });
}

/** Those of the settings that are the load balancer's. */
function pick(settings: Partial<LoadBalancerSettings>): Partial<LoadBalancerSettings> {
  const names = Object.keys(PLAIN_LOAD_BALANCER) as (keyof LoadBalancerSettings)[];
  return Object.fromEntries(names.filter((name) => name in settings).map((name) => [name, settings[name]]));
}

/** For tests that hold the strategy in their hands: there must be one host set only, so no panic. It hears of everything. */
function alwaysThis(strategy: Strategy): StrategyFactory {
  const traits: StrategyTraits = {
    evenness: 'none',
    weighted: 'none',
    affinity: 'none',
    feedback: 'inFlight',
    cost: 'O(n)',
  };
  return { traits, create: () => strategy };
}

export function hostNamed(balancer: Balancer, id: string): Host {
  const host = balancer.members.find((member) => member.instance.id === id);
  if (!host) throw new Error(`no host '${id}'`);
  return host;
}

/** Picks, sends, and is answered at once, `count` times; the hosts in order. */
export function answeredAtOnce(balancer: Balancer, count: number, latencyMs = 0, worker = 0): Host[] {
  const hosts: Host[] = [];
  for (let i = 0; i < count; i++) {
    const host = balancer.pick(NO_KEY, 0, worker);
    if (host === null) throw new Error('nobody to pick');
    balancer.acquire(host);
    balancer.release(host, latencyMs, Outcome.ok);
    hosts.push(host);
  }
  return hosts;
}

/** The ids of the next picks, joined: `aabacaa`. */
export function sequence(balancer: Balancer, count: number): string {
  return answeredAtOnce(balancer, count)
    .map((host) => host.instance.id)
    .join('');
}

/** How often each member occurs, in the order of members. */
export function countsOf(balancer: Balancer, hosts: readonly Host[]): number[] {
  const counts = new Map<Host, number>(balancer.members.map((member) => [member, 0]));
  for (const host of hosts) counts.set(host, (counts.get(host) ?? 0) + 1);
  return [...counts.values()];
}
