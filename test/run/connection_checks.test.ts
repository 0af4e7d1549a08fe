import { describe, expect, it } from 'vitest';
import { type LoadBalancerSettings, PLAIN_LOAD_BALANCER } from '../../src/balancer/load_balancer.ts';
import { GRPC_CONNECTIONS } from '../../src/core/connectivity.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { PLAIN_REQUEST, type RequestPolicy } from '../../src/mesh/request_policy.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

/** What is said of connections beside these settings. */
async function said(
  strategy: string,
  options: WrittenOptions,
  settings: Partial<LoadBalancerSettings> = {},
  request: Partial<RequestPolicy> = {},
): Promise<string[]> {
  const trial = fakeTrial(strategy, {
    loadBalancer: {
      ...PLAIN_LOAD_BALANCER,
      ...{ panicThreshold: 0, failover: 'all-or-nothing', connections: GRPC_CONNECTIONS },
      ...settings,
    },
    strategy: { name: strategy, options },
    request: { ...PLAIN_REQUEST, ...request },
  });
  const { warnings } = await fakeStudy(fakeScenario([{ strategy, trial }], { replications: 2 }), () => ({}));
  return warnings.filter(({ cause }) => /connections/.test(cause)).map(({ cause }) => cause);
}

describe('warnings of connections', () => {
  it.each([
    ['round-robin', { system: 'grpc-go' }],
    ['round-robin', { system: 'grpc-core' }],
    ['ring-hash', { system: 'grpc' }],
    ['client-side-weighted', {}],
    ['least-request', { weights: 'ignore', counted: 'since-ready' }],
  ])('none with %s %o of gRPC', async (strategy, options) => {
    expect(await said(strategy, options)).toEqual([]);
  });

  it.each([
    ['round-robin', {}],
    ['ring-hash', {}],
    ['peak-ewma', {}],
  ])('where %s %o is of another system', async (strategy, options) => {
    const [cause] = await said(strategy, options);
    expect(cause).toContain("loadBalancer.connections are gRPC's");
  });

  it('where nothing is written of them', async () => {
    expect(await said('round-robin', {}, { connections: null, panicThreshold: 0.5, failover: 'spill' })).toEqual([]);
  });

  it.each([
    [{ panicThreshold: 0.5, failover: 'spill' }, {}, 'in panic hosts are picked whatever their connections'],
    [{}, { connectTimeoutMs: 10, perTryTimeoutMs: 100 }, 'request.connectTimeout is for a request that opens'],
    [{ updateMergeWindowMs: 1000 }, {}, "loadBalancer.updateMergeWindow is Envoy's"],
  ] as const)('of %o %o', async (settings, request, cause) => {
    const causes = await said('round-robin', { system: 'grpc-java' }, settings, request);
    expect(causes).toHaveLength(1);
    expect(causes[0]).toContain(cause);
  });
});
