import { describe, expect, it } from 'vitest';
import { registryChecks } from '../../src/run/registry_checks.ts';
import type { FaultConfig, TrialConfig } from '../../src/sim/config.ts';
import { CONSUL } from '../../src/sim/registries/consul/settings.ts';
import { DNS } from '../../src/sim/registries/dns/settings.ts';
import { ETCD } from '../../src/sim/registries/etcd/settings.ts';
import { EUREKA } from '../../src/sim/registries/eureka/settings.ts';
import { MEMORY } from '../../src/sim/registries/memory/settings.ts';
import { envoyChecks } from '../helpers/checks.ts';
import { fakeScenario } from '../helpers/fake_report.ts';
import { instances, trialOf } from '../helpers/trial.ts';

const nodeChecks = envoyChecks(
  { intervalMs: 1000, timeoutMs: 500, unhealthyThreshold: 1, healthyThreshold: 1 },
  { by: 'node' },
);
const ttlCheck = { ttlMs: 9000, renewIntervalMs: 3000 };
const reaping = { ...CONSUL, deregisterCriticalServiceAfterMs: 60_000 };
const outage: FaultConfig = {
  action: { kind: 'registry', mode: 'down', zone: null },
  target: { kind: 'instances', indexes: [] },
  when: { kind: 'at', atMs: 1000, forMs: 1000 },
};

const crash: FaultConfig = { ...outage, action: { kind: 'crash' } };
const small: Partial<TrialConfig> = { registry: EUREKA, instances: instances(6), faults: [crash] };

function said(changes: Partial<TrialConfig>): string {
  const scenario = fakeScenario([{ strategy: 'ring', trial: trialOf(changes) }], { replications: 1 });
  return scenario.columns
    .flatMap((column) => registryChecks.map((check) => check(column, [], scenario, [])?.cause))
    .join('');
}

describe('warnings about registries', () => {
  it.each<[string, Partial<TrialConfig>]>([
    ['a reaper reaps what a TTL check finds', { registry: { ...reaping, ttlCheck } }],
    ['a reaper reaps what a node finds', { registry: reaping, healthCheck: nodeChecks }],
    ['an outage stops leases', { registry: ETCD, faults: [outage] }],
    ['an outage keeps checks from being told', { registry: MEMORY, healthCheck: nodeChecks, faults: [outage] }],
    ['agents hear of lost machines', { registry: CONSUL, faults: [outage] }],
    ['there is no outage', { registry: MEMORY }],
    ['caches are filled anew in the warm-up', { registry: DNS, healthCheck: nodeChecks, warmupMs: 60_000 }],
    ['caches hold whoever registered', { registry: EUREKA }],
    ['seven instances miss one', { registry: EUREKA, instances: instances(7), faults: [crash] }],
    ['a check tells of it', { ...small, healthCheck: { ...nodeChecks, by: 'registry' }, warmupMs: 60_000 }],
    ['self-preservation is off', { ...small, registry: { ...EUREKA, selfPreservation: false } }],
    ['a short lease runs out first', { ...small, registry: { ...EUREKA, leaseDurationMs: 59_000 } }],
    ['nobody falls silent', { ...small, faults: [outage] }],
  ])('none where %s', (_, changes) => {
    expect(said(changes)).toBe('');
  });

  it.each<[string, Partial<TrialConfig>, string]>([
    ['a reaper of nothing', { registry: reaping }, 'nothing checks them'],
    ['caches of an empty answer', { registry: DNS, healthCheck: nodeChecks, warmupMs: 59_000 }, 'for up to 1m'],
    ['caches of an empty fetch', { registry: EUREKA, healthCheck: nodeChecks, warmupMs: 59_000 }, 'for up to 1m'],
    ['six instances that miss one', small, 'eureka hears 10 heartbeats a minute'],
    [
      'no room to evict',
      { ...small, registry: { ...EUREKA, selfPreservation: false, renewalPercentThreshold: 1 } },
      'may evict none of 6 instances',
    ],
    ['an outage that hides nothing', { registry: MEMORY, faults: [outage] }, 'hears of no crash'],
  ])('%s', (_, changes, cause) => {
    expect(said(changes)).toContain(cause);
  });
});
