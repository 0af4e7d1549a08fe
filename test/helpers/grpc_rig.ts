import type { Balancer } from '../../src/balancer/balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { balancerWith, hostNamed, instancesOf } from './balancing.ts';
import { ManualClock } from './manual_clock.ts';
import { scriptedRandom } from './scripted_random.ts';

/** A balancer of gRPC's over a, b and c, each picker of which draws one of these numbers. */
export interface GrpcRig {
  readonly balancer: Balancer;
  readonly clock: ManualClock;
  /** Says of a host in turn whether it is healthy. */
  readonly flip: (id: string, ...healths: boolean[]) => void;
}

export function grpcRigOf(name: string, options: WrittenOptions, draws: readonly number[], more = {}): GrpcRig {
  const clock = new ManualClock();
  const strategy = strategyNamed(name).withOptions(options);
  const balancer = balancerWith({ strategy, clock, random: scriptedRandom(draws), ...more });
  balancer.update(instancesOf([1, 1, 1]));
  return {
    balancer,
    clock,
    flip: (id, ...healths) => {
      for (const health of healths) balancer.setHealthy(hostNamed(balancer, id), health);
    },
  };
}
