import { describe, expect, it } from 'vitest';
import { CONSUL_CHECK, HAPROXY_CHECK, KUBERNETES_PROBE } from '../../../src/health/checks/settings.ts';
import type { FaultConfig, HealthCheckConfig, TrialConfig } from '../../../src/sim/config.ts';
import { AGENT } from '../../../src/sim/recorder.ts';
import { checksOf } from '../../helpers/checks.ts';
import { callers, instances, traceOf, trialOf } from '../../helpers/trial.ts';

const crash: FaultConfig = {
  action: { kind: 'crash' },
  target: { kind: 'instances', indexes: [1] },
  when: { kind: 'at', atMs: 4000, forMs: 2000 },
};
const world = (healthCheck: HealthCheckConfig): TrialConfig =>
  trialOf({ instances: instances(3), callers: callers(5), healthCheck, faults: [crash] });

const kubernetes = {
  system: 'kubernetes',
  readiness: { ...KUBERNETES_PROBE, periodMs: 1000 },
  liveness: { ...KUBERNETES_PROBE, periodMs: 1000 },
  startup: null,
} as const;

describe('probes of agents', () => {
  it.each<[string, HealthCheckConfig, perSecond: number]>([
    ['a node', checksOf({ ...CONSUL_CHECK, intervalMs: 1000 }, { by: 'node' }), 1],
    ['the registry', checksOf({ ...HAPROXY_CHECK, interMs: 1000 }, { by: 'registry' }), 1],
    ['a kubelet', checksOf(kubernetes, { by: 'node' }), 2],
  ])('of %s are recorded as of no caller, however many there are', (_, healthCheck, perSecond) => {
    const { probes } = traceOf(world(healthCheck));
    expect(new Set(probes.map(({ caller }) => caller))).toEqual(new Set([AGENT]));
    for (const instance of [0, 1, 2]) {
      const of = probes.filter((probe) => probe.instance === instance);
      expect(of.length).toBeGreaterThanOrEqual(9 * perSecond - 3);
      expect(of.length).toBeLessThanOrEqual(10 * perSecond);
    }
  });

  it('fail while their instance is down, and no other does', () => {
    const { probes } = traceOf(world(checksOf({ ...CONSUL_CHECK, intervalMs: 1000 }, { by: 'node' })));
    for (const { atMs, instance, passed } of probes)
      expect(passed).toBe(!(instance === 1 && atMs >= 4000 && atMs < 6000));
    expect(probes.filter(({ passed }) => !passed).length).toBe(2);
  });
});
