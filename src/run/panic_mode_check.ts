import { strategyNamed } from '../balancer/strategies/index.ts';
import type { Check } from './warnings.ts';

/** Finagle's panic mode beside Envoy's panic, which comes first. */
export const panicMode: Check = ({ trial: { strategy, loadBalancer } }) => {
  const { maxEffort = 0 } = strategy.options;
  const { traits } = strategyNamed(strategy.name).variantOf(strategy.options);
  if (maxEffort === 0 || traits.beyond !== 'after tries in vain') return null;
  const { panicThreshold, failTrafficOnPanic } = loadBalancer;
  if (panicThreshold === 0) return null;
  const percent = `${Number((100 * panicThreshold).toPrecision(12))}%`;
  return {
    cause: `maxEffort is Finagle's panic mode, and loadBalancer.panicThreshold is ${percent}, which Finagle does not have`,
    effect: failTrafficOnPanic
      ? `while fewer than ${percent} of the hosts are healthy no host is picked, however many tries it has`
      : `while fewer than ${percent} of the hosts are healthy all pass for healthy, so that the first try always finds one`,
    next: "write loadBalancer.panicThreshold: 0% for Finagle's panic mode alone, or leave maxEffort out",
  };
};
