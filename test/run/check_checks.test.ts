import { describe, expect, it } from 'vitest';
import { CONSUL_CHECK, HAPROXY_CHECK, KUBERNETES_PROBE } from '../../src/health/checks/settings.ts';
import type { FaultAction, HealthCheckConfig, TrialConfig } from '../../src/sim/config.ts';
import { CONSUL } from '../../src/sim/registries/consul/settings.ts';
import { KUBERNETES } from '../../src/sim/registries/kubernetes/settings.ts';
import { checksOf, envoyChecks } from '../helpers/checks.ts';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

const ABOUT_CHECKS = /healthCheck|^probes|announce|degraded/;
const reaping = { ...CONSUL_CHECK, intervalMs: 1000, deregisterCriticalServiceAfterMs: 60_000 };

/** The causes of what is said of these checks, in a run of 10 minutes with 5 requests a second. */
async function said(healthCheck: HealthCheckConfig | null, changes: Partial<TrialConfig> = {}): Promise<string[]> {
  const trial = fakeTrial('random', {
    durationMs: 600_000,
    load: { arrivals: 'poisson', ratePerMs: 0.005, keys: null },
    healthCheck,
    ...changes,
  });
  const { warnings } = await fakeStudy(fakeScenario([{ strategy: 'random', trial }], { replications: 2 }), () => ({}));
  const told = warnings.filter(({ cause }) => ABOUT_CHECKS.test(cause));
  for (const { effect, next } of told) expect([effect, next]).not.toContain('');
  return told.map(({ cause }) => cause);
}

const envoy = { intervalMs: 1000, timeoutMs: 500, unhealthyThreshold: 3, healthyThreshold: 1 };
const kubernetes = (over: object): HealthCheckConfig =>
  checksOf({ system: 'kubernetes', liveness: null, startup: null, readiness: { ...KUBERNETES_PROBE, ...over } });
const restart = { kind: 'restart', drainMs: 1000, downMs: 1000, everyMs: 2000, announce: 'immediate-fail' } as const;
const { announce: _, ...silent } = restart;
const late: Partial<TrialConfig> = { discoveryLag: { kind: 'constant', valueMs: 1000 } };
const faults = (action: FaultAction): Partial<TrialConfig> => ({
  faults: [{ action, target: { kind: 'instances', indexes: [0] }, when: { kind: 'at', atMs: 1000, forMs: Infinity } }],
});

describe('warnings of checks', () => {
  it.each<[string, HealthCheckConfig, Partial<TrialConfig>]>([
    ['Envoy, a timeout longer than its interval: a fixed delay', envoyChecks({ ...envoy, timeoutMs: 2000 }), {}],
    ['Kubernetes by default', kubernetes({}), {}],
    ['a hang that http sees', envoyChecks(envoy), faults({ kind: 'hang' })],
    ['a crash that tcp sees', envoyChecks(envoy, { kind: 'tcp' }), faults({ kind: 'crash' })],
    [
      'errors that are none of its',
      envoyChecks(envoy, { kind: 'tcp' }),
      faults({ kind: 'errors', rate: 1, probes: false }),
    ],
    ['observation of enough requests', checksOf({ ...HAPROXY_CHECK, observe: 'layer7' }), {}],
    ['a degraded answer that Envoy heeds', envoyChecks(envoy), faults({ kind: 'degraded' })],
    ['an announcement that Envoy heeds', envoyChecks(envoy, { kind: 'tcp' }), { ...faults(restart), ...late }],
    [
      'one by what is finished in its grace',
      envoyChecks(envoy),
      { ...faults({ ...restart, drainMs: 0, graceMs: 1000 }), ...late },
    ],
    ['a restart that announces nothing', envoyChecks(envoy), faults(silent)],
    ["a reaper of Consul's agents", checksOf(reaping, { by: 'node' }), { registry: CONSUL }],
    ['light probes', envoyChecks(envoy, { through: 'queue', costMs: 10 }), {}],
    [
      'kubelets that restart',
      checksOf({ system: 'kubernetes', readiness: null, startup: null, liveness: KUBERNETES_PROBE }, { by: 'node' }),
      { registry: KUBERNETES },
    ],
  ])('none: %s', async (_, healthCheck, changes) => {
    expect(await said(healthCheck, changes)).toEqual([]);
  });

  it.each<[HealthCheckConfig | null, Partial<TrialConfig>, string]>([
    [kubernetes({ timeoutMs: 11_000 }), {}, 'healthCheck.readiness.timeout, 11s, is longer than its period, 10s'],
    [
      envoyChecks({ ...envoy, unhealthyThreshold: 601 }),
      {},
      'it takes healthCheck 10m at least to find a host unhealthy, and a run lasts 10m',
    ],
    [kubernetes({ failureThreshold: 61 }), {}, 'it takes healthCheck 10m at least'],
    [
      checksOf({ ...CONSUL_CHECK, intervalMs: 300_000, failuresBeforeCritical: 3 }),
      {},
      'it takes healthCheck 10m at least',
    ],
    [checksOf({ ...HAPROXY_CHECK, fall: 301 }), {}, 'it takes healthCheck 10m at least'],
    [
      envoyChecks(envoy, { kind: 'tcp' }),
      faults({ kind: 'hang' }),
      'healthCheck.kind is tcp, and there are faults of kind hang',
    ],
    [
      envoyChecks(envoy, { kind: 'tcp' }),
      faults({ kind: 'errors', rate: 0.5, probes: true }),
      'healthCheck.kind is tcp, and there are faults of kind errors',
    ],
    [
      checksOf({ ...HAPROXY_CHECK, observe: 'layer4', errorLimit: 4000 }),
      {},
      'a caller sends some 3000 requests to each instance in a run, and healthCheck.errorLimit asks for 4000 errors in a row',
    ],
    [
      checksOf({ ...HAPROXY_CHECK, observe: 'layer4', onError: 'fastinter' }),
      {},
      'healthCheck.onError is fastinter, and there is no fastinter',
    ],
    [
      checksOf({ ...reaping, deregisterCriticalServiceAfterMs: 600_000 }, { by: 'node' }),
      { registry: CONSUL },
      'healthCheck.deregisterCriticalServiceAfter, 10m, is no shorter than a run of 10m',
    ],
    [checksOf(reaping, { by: 'node' }), {}, "is for Consul's agents, and no such agent checks"],
    [checksOf(reaping), { registry: CONSUL }, "is for Consul's agents, and no such agent checks"],
    [null, faults({ kind: 'failing-checks', rate: 1 }), 'failing-checks, and no healthCheck'],
    [
      envoyChecks(envoy, { kind: 'tcp' }),
      faults({ kind: 'failing-checks', rate: 1 }),
      'healthCheck.kind is tcp, and there are faults of kind failing-checks',
    ],
    [
      envoyChecks(envoy, { through: 'queue', costMs: 600 }),
      {},
      'probes through the queue take 60% of what an instance can serve',
    ],
    [envoyChecks(envoy, { kind: 'tcp' }), faults({ kind: 'degraded' }), 'there are faults of kind degraded'],
    [envoyChecks(envoy, { kind: 'grpc' }), faults({ kind: 'degraded' }), 'there are faults of kind degraded'],
    [envoyChecks(envoy, { by: 'node' }), faults({ kind: 'degraded' }), 'there are faults of kind degraded'],
    [checksOf(HAPROXY_CHECK), faults({ kind: 'degraded' }), 'there are faults of kind degraded'],
    [checksOf(HAPROXY_CHECK), { ...faults(restart), ...late }, 'only callers that check by Envoy'],
    [envoyChecks(envoy), { ...faults({ ...restart, drainMs: 0 }), ...late }, 'its drain is 0s'],
    [envoyChecks(envoy), faults(restart), 'callers hear of every change of the registry at once'],
  ])('%#', async (healthCheck, changes, cause) => {
    const causes = await said(healthCheck, changes);
    expect(causes).toHaveLength(1);
    expect(causes[0]).toContain(cause);
  });
});
