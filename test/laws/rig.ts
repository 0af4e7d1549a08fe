import type { Balancer } from '../../src/balancer/balancer.ts';
import type { BalancerSettings } from '../../src/balancer/balancer_settings.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { LoadBalancerSettings } from '../../src/balancer/load_balancer.ts';
import type { LoadProbe, StrategyFactory } from '../../src/balancer/strategy.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import { randomStream } from '../../src/core/random.ts';
import { balancerWith, instancesOf } from '../helpers/balancing.ts';
import type { Subject } from './law.ts';
import { traitsOf } from './law.ts';

/** Every host answers a probe at once: with what this caller has in flight there, and 1 ms. */
export const answersAtOnce: LoadProbe = (host, done) => done(host, host.inFlight, 1);

export interface RigSettings extends Partial<LoadBalancerSettings & BalancerSettings> {
  /** Names the stream of the balancer. Default 1. */
  readonly seed?: number | string;
}

export function factoryOf({ definition, options }: Subject): StrategyFactory {
  return definition.withOptions(options);
}

/** A balancer with the subject's strategy over hosts a, b, c, ... of these weights, healthy and without panic unless told otherwise. */
export function rigOf(subject: Subject, weights: readonly number[], settings: RigSettings = {}): Balancer {
  const { seed = 1, ...others } = settings;
  const balancer = balancerWith({
    strategy: factoryOf(subject),
    random: randomStream(`laws/${seed}`),
    probeLoad: answersAtOnce,
    ...others,
  });
  balancer.update(instancesOf(weights));
  return balancer;
}

/** What a policy that goes by keys spreads is keys: each request has another. The others get none. */
export function keyOf(subject: Subject, request: number): Key {
  return traitsOf(subject).affinity === 'none' ? NO_KEY : request;
}

/** The hosts of that many keys, in order. */
export function hostsOfKeys(balancer: Balancer, keys: number): Host[] {
  return Array.from({ length: keys }, (_, key) => {
    const host = balancer.pick(key, 0);
    if (host === null) throw new Error('nobody to pick');
    return host;
  });
}
