import { strategyNamed } from '../balancer/strategies/index.ts';
import type { Check } from './warnings.ts';

/** Connections as gRPC keeps them, beside a policy of another system. */
const othersConnections: Check = ({ trial: { strategy, loadBalancer } }) => {
  if (loadBalancer.connections === null) return null;
  const { system } = strategyNamed(strategy.name).variantOf(strategy.options);
  if (/^grpc/i.test(system)) return null;
  return {
    cause: `loadBalancer.connections are gRPC's, and ${strategy.name} here picks as ${system}`,
    effect:
      'hosts are connected to from the start and picked while their connections stand, which that system does not do',
    next: 'use a policy of gRPC, such as round-robin with system: grpc-go, or leave connections out',
  };
};

/** Panic picks hosts that nobody has a connection to. */
const panicUnconnected: Check = ({ trial: { loadBalancer } }) => {
  const { connections, failover, panicThreshold } = loadBalancer;
  // All-or-nothing failover never panics.
  if (connections === null || panicThreshold === 0 || failover === 'all-or-nothing') return null;
  return {
    cause: 'in panic hosts are picked whatever their connections, and loadBalancer.connections has requests need one',
    effect: 'requests that panic sends to a host without a connection fail, or wait until there is one',
    next: 'write panicThreshold: 0%, or leave it out: gRPC does not panic',
  };
};

/** A connect timeout is for requests that open connections of their own. */
const idleConnectTimeout: Check = ({ trial: { loadBalancer, request } }) => {
  const { connectTimeoutMs, perTryTimeoutMs } = request;
  if (loadBalancer.connections === null || connectTimeoutMs >= perTryTimeoutMs) return null;
  return {
    cause:
      'request.connectTimeout is for a request that opens a connection, and loadBalancer.connections has them kept',
    effect: 'it has no effect: connections.minConnectTimeout bounds attempts to connect',
    next: 'leave connectTimeout out, and write perTryTimeout for hosts that do not answer',
  };
};

/** Envoy's, which would have requests sent over connections that are no more. */
const idleMergeWindow: Check = ({ trial: { loadBalancer } }) => {
  if (loadBalancer.connections === null || loadBalancer.updateMergeWindowMs === 0) return null;
  return {
    cause: "loadBalancer.updateMergeWindow is Envoy's, and loadBalancer.connections are gRPC's, which merges nothing",
    effect: 'it has no effect: whoever turns is picked, or not picked, at once',
    next: 'leave updateMergeWindow out',
  };
};

export const connectionChecks: readonly Check[] = [
  othersConnections,
  panicUnconnected,
  idleConnectTimeout,
  idleMergeWindow,
];
