import { describe, expect, it } from 'vitest';
import { KUBERNETES_PROBE } from '../../../src/health/checks/settings.ts';
import type { FaultConfig, TrialConfig } from '../../../src/sim/config.ts';
import { CONSUL } from '../../../src/sim/registries/consul/settings.ts';
import { ETCD } from '../../../src/sim/registries/etcd/settings.ts';
import type { RegistrySettings } from '../../../src/sim/registries/settings.ts';
import { checksOf } from '../../helpers/checks.ts';
import { instances, traceOf, trialOf } from '../../helpers/trial.ts';

const at = (kind: 'crash' | 'blackhole' | 'hang', atMs: number, untilMs: number): FaultConfig => ({
  action: { kind },
  target: { kind: 'instances', indexes: [0] },
  when: { kind: 'at', atMs, forMs: untilMs - atMs },
});

/** Probes so rare that all that happens between 10 s and 15 s comes of what a node knows by itself. */
const world = (registry: RegistrySettings, faults: FaultConfig[], probe = 'readiness'): TrialConfig =>
  trialOf({
    durationMs: 40_000,
    instances: instances(2),
    registry,
    healthCheck: checksOf(
      { system: 'kubernetes', readiness: null, liveness: null, startup: null, [probe]: KUBERNETES_PROBE },
      { by: 'node' },
    ),
    faults,
  });

/** When the first instance leaves and enters the caller's view, after both have been found ready. */
const turns = (trial: TrialConfig, seed: number): [number, boolean][] =>
  traceOf(trial, seed)
    .views.filter(({ instance, atMs }) => instance === 0 && atMs >= 12_000)
    .map(({ atMs, inView }) => [atMs, inView]);

const seeds = [1, 2, 3, 4];

describe('a node that checks by the rules of Kubernetes', () => {
  const kinds: [string, RegistrySettings][] = [
    ['memory', { kind: 'memory', lease: null }],
    ['consul', CONSUL],
    ['etcd', ETCD],
  ];
  it.each(kinds)('knows that a process died, and has one that starts pass anew: %s', (_, registry) => {
    for (const seed of seeds) {
      const [out, back] = turns(world(registry, [at('crash', 12_000, 14_000)]), seed);
      expect(out?.[1]).toBe(false);
      expect(out?.[0]).toBeGreaterThanOrEqual(12_000);
      expect(out?.[0]).toBeLessThan(12_010);
      // The next probe is due within a period of its start.
      expect(back?.[1]).toBe(true);
      expect(back?.[0]).toBeGreaterThanOrEqual(14_000);
      expect(back?.[0]).toBeLessThan(24_200);
    }
  });

  it.each(kinds)('does not take a machine that is back for its process: %s', (_, registry) => {
    for (const seed of seeds) {
      // Without a readiness probe a container is ready as soon as it runs.
      const trial = world(registry, [at('blackhole', 12_000, 14_000), at('crash', 13_000, 30_000)], 'liveness');
      const back = turns(trial, seed).find(([atMs, inView]) => inView && atMs > 14_000);
      expect(back?.[0]).toBeGreaterThanOrEqual(30_000);
      expect(back?.[0]).toBeLessThan(31_000);
    }
  });

  it('does not know that a process hangs', () => {
    for (const seed of seeds) expect(turns(world(ETCD, [at('hang', 12_000, 14_000)]), seed)).toEqual([]);
  });
});
