import { strategyNamed } from '../balancer/strategies/index.ts';
import type { StrategyTraits } from '../balancer/strategy.ts';
import { queueTimeoutOf } from '../mesh/request_policy.ts';
import type { TrialConfig } from '../sim/config.ts';
import type { Check } from './warnings.ts';

const ignoredLimits: Check = ({ trial }) => {
  if (!hasLimits(trial) || limitsOf(trial) !== undefined) return null;
  return {
    cause: `instances have maxConnections, and ${trial.strategy.name} does not look at them as it is set`,
    effect: 'callers send as much as they would without',
    next: "use a policy of nginx or HAProxy ('meshtrial list strategies' says whose each is), or leave maxConnections out",
  };
};

const idleQueue: Check = ({ trial }) => {
  if (trial.loadBalancer.queue === null || (hasLimits(trial) && limitsOf(trial) === 'queues')) return null;
  return {
    cause: hasLimits(trial)
      ? `loadBalancer.queue is HAProxy's, and ${trial.strategy.name} as it is set lets no request wait`
      : 'loadBalancer.queue has no effect while no instance has maxConnections',
    effect: 'no request waits with a caller',
    next: hasLimits(trial) ? 'use a policy of HAProxy, or leave queue out' : 'write maxConnections, or leave queue out',
  };
};

const idleMinimum: Check = ({ trial }) => {
  const lowered = trial.instances.some(({ minConnections, maxConnections }) => minConnections !== maxConnections);
  const never = (trial.loadBalancer.queue?.fullConnections ?? Infinity) === Infinity;
  if (!lowered || !never || limitsOf(trial) !== 'queues' || trial.instances.every(withoutMinimum)) return null;
  return {
    cause:
      'instances have minConnections, and loadBalancer.queue.fullConnections does not say with how many requests they may have all',
    effect: 'they never have more than minConnections',
    next: 'write loadBalancer.queue.fullConnections, or leave minConnections out',
  };
};

const unheardRetryAfter: Check = ({ trial: { instances, strategy } }) => {
  const asking = instances.filter(({ retryAfterMs }) => retryAfterMs !== undefined);
  if (asking.length === 0) return null;
  const listens =
    'failurePenalty' in strategyNamed(strategy.name).options && Number(strategy.options.failurePenalty ?? 0) > 0;
  if (listens && asking.some(({ queue }) => queue < Infinity)) return null;
  return {
    cause: listens
      ? 'instances have retryAfter, and reject no request, as their queues have no limit'
      : `instances have retryAfter, and ${strategy.name} does not listen to it as it is set`,
    effect: 'nobody spares them',
    next: listens
      ? 'write queue for them, or leave retryAfter out'
      : 'use peak-ewma with a failurePenalty, or leave retryAfter out',
  };
};

/** Limits that do nothing: of connections, and what instances say when they reach their own. */
export const limitChecks: readonly Check[] = [ignoredLimits, idleQueue, idleMinimum, unheardRetryAfter];

function withoutMinimum({ minConnections }: TrialConfig['instances'][number]): boolean {
  return minConnections === undefined;
}

/** Whether callers of this trial keep to limits of connections. */
export function keepsToLimits(trial: TrialConfig): boolean {
  return hasLimits(trial) && limitsOf(trial) !== undefined;
}

/** What becomes of more requests than instances can serve, where limits keep them from being sent; null: they do not. */
export function excessOf(trial: TrialConfig): string | null {
  const { instances, callers, loadBalancer, request } = trial;
  const limits = limitsOf(trial);
  const holdBack = instances.every(
    ({ maxConnections = Infinity, concurrency, queue }) => callers.length * maxConnections <= concurrency + queue,
  );
  if (limits === undefined || !hasLimits(trial) || !holdBack) return null;
  if (limits === 'skips') return 'hosts stay full, and the excess finds none and fails (noHost), whatever the strategy';
  // Who finds the line of its own server full fails; who finds all full waits for anyone.
  const { timeoutMs = null, maxPerHost = Infinity } = loadBalancer.queue ?? {};
  if (queueTimeoutOf(request, timeoutMs) < Infinity || (maxPerHost < Infinity && traitsOf(trial).affinity !== 'none')) {
    return 'hosts and their lines stay full, and the excess waits with its callers and fails (noHost), whatever the strategy';
  }
  return 'lines with callers grow for as long as the run lasts, so latency tells the length of the run, not the strategy';
}

function hasLimits({ instances }: TrialConfig): boolean {
  return instances.some(({ maxConnections }) => maxConnections !== undefined);
}

function limitsOf(trial: TrialConfig): 'skips' | 'queues' | undefined {
  return traitsOf(trial).limits;
}

function traitsOf({ strategy: { name, options } }: TrialConfig): StrategyTraits {
  return strategyNamed(name).variantOf(options).traits;
}
