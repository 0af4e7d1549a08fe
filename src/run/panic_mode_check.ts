import { strategyNamed } from '../balancer/strategies/index.ts';
import type { Check } from './warnings.ts';

/** Finagle's panic mode beside Envoy's panic, which comes first. */
export const panicMode: Check = ({ trial: { strategy, loadBalancer } }) => {
  const { maxEffort = 0 } = strategy.options;
  const { traits } = strategyNamed(strategy.name).variantOf(strategy.options);
  if (maxEffort === 0 || traits.beyond !== 'after tries in vain') return null;
  const { panicThreshold, failTrafficOnPanic } = loadBalancer;
  if (panicThreshold === 0) return null;
  const percent = percentOf(panicThreshold);
  return {
    cause: `maxEffort is Finagle's panic mode, and loadBalancer.panicThreshold is ${percent}, which Finagle does not have`,
    effect: failTrafficOnPanic
      ? `while fewer than ${percent} of the hosts are healthy no host is picked, however many tries it has`
      : `while fewer than ${percent} of the hosts are healthy all pass for healthy, so that the first try always finds one`,
    next: "write loadBalancer.panicThreshold: 0% for Finagle's panic mode alone, or leave maxEffort out",
  };
};

/** Requests that wait as in Linkerd beside Envoy's panic, in which there is somebody as long as there are hosts. */
export const waitingInPanic: Check = ({ trial: { loadBalancer } }) => {
  const { whenNobodyReady = null, panicThreshold, failTrafficOnPanic } = loadBalancer;
  if (whenNobodyReady === null || panicThreshold === 0 || failTrafficOnPanic) return null;
  const percent = percentOf(panicThreshold);
  return {
    cause: `loadBalancer.whenNobodyReady is Linkerd's queue, and panicThreshold is ${percent}, which Linkerd does not have`,
    effect: `while fewer than ${percent} of the hosts are healthy all pass for healthy, so that requests wait only where there is no host at all`,
    next: 'write loadBalancer.panicThreshold: 0% to have them wait for one that is healthy, or leave whenNobodyReady out',
  };
};

function percentOf(share: number): string {
  return `${Number((100 * share).toPrecision(12))}%`;
}
