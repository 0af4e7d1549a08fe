import { describe, expect, it } from 'vitest';
import { HAPROXY_CHECK } from '../../src/health/checks/settings.ts';
import type { FaultAction, HealthCheckConfig, TrialConfig } from '../../src/sim/config.ts';
import { checksOf, envoyChecks } from '../helpers/checks.ts';
import { instances, traceOf, trialOf } from '../helpers/trial.ts';

const often = { intervalMs: 200, timeoutMs: 100, unhealthyThreshold: 2, healthyThreshold: 1 };
const checks = (config: Partial<HealthCheckConfig>): HealthCheckConfig => envoyChecks(often, config);

/** One instance that serves 10 requests a second and is sent as many as written. */
const loaded = (perSecond: number, written: Partial<TrialConfig>, queue = Infinity): TrialConfig =>
  trialOf({
    instances: instances(1, { serviceTime: { kind: 'constant', valueMs: 100 }, queue }),
    load: { arrivals: 'constant', ratePerMs: perSecond / 1000, keys: null },
    ...written,
  });

const believed = (trial: TrialConfig) => traceOf(trial).beliefs.map(({ good }) => good);

describe('probes through the queue', () => {
  it('time out under overload, which probes of the port do not see', () => {
    expect(believed(loaded(20, { healthCheck: checks({ through: 'port' }) }))).toEqual([true]);
    const { beliefs, probes } = traceOf(loaded(20, { healthCheck: checks({ through: 'queue', costMs: 1 }) }));
    expect(beliefs.at(-1)?.good).toBe(false);
    // From when it goes bad no probe comes back in time: the queue only grows.
    const last = beliefs.at(-1)?.atMs ?? Infinity;
    expect(probes.filter(({ atMs }) => atMs > last).every(({ passed }) => !passed)).toBe(true);
  });

  it('are turned away by a full queue, which fails it at once', () => {
    const { beliefs, probes } = traceOf(loaded(22, { healthCheck: checks({ through: 'queue', costMs: 1 }) }, 0));
    const goodAtMs = beliefs[0]?.atMs ?? Number.NaN;
    const failed = probes.find(({ atMs, passed }) => !passed && atMs > goodAtMs);
    expect(failed).toBeDefined();
    // A rejection is a bad answer: no second one is waited for.
    expect(beliefs[1]).toMatchObject({ good: false, atMs: failed?.atMs });
  });

  it('cost work: requests wait for them', () => {
    const latencies = (healthCheck: HealthCheckConfig) => {
      const trace = traceOf(loaded(5, { healthCheck }));
      return trace.done.filter(({ outcome }) => outcome === 'ok').map(({ atMs, arrivedAtMs }) => atMs - arrivedAtMs);
    };
    const free = latencies(checks({ through: 'port' }));
    expect(Math.max(...free)).toBeCloseTo(100, 6);
    const paid = latencies(checks({ through: 'queue', costMs: 90 }));
    expect(Math.max(...paid)).toBeGreaterThan(110);
    expect(Math.max(...paid)).toBeLessThan(191);
  });

  it('leave an idle instance healthy, at the cost of their service', () => {
    const { probes } = traceOf(
      trialOf({
        load: { arrivals: 'constant', ratePerMs: 1e-4, keys: null },
        healthCheck: checks({ through: 'queue', costMs: 50 }),
      }),
    );
    expect(probes.every(({ passed }) => passed)).toBe(true);
    const gaps = probes.slice(1).map(({ atMs }, i) => atMs - (probes[i]?.atMs ?? 0));
    for (const gap of gaps) expect(gap).toBeCloseTo(250, 6);
  });

  it.each<[FaultAction, boolean]>([
    [{ kind: 'crash' }, false],
    [{ kind: 'blackhole' }, false],
    [{ kind: 'hang' }, false],
    [{ kind: 'errors', rate: 1, probes: true }, false],
    [{ kind: 'errors', rate: 1, probes: false }, true],
    [{ kind: 'slow', factor: 200 }, false],
  ])('meet %j', (action, passes) => {
    const { probes } = traceOf(
      trialOf({
        load: { arrivals: 'constant', ratePerMs: 1e-4, keys: null },
        healthCheck: checks({ through: 'queue', costMs: 1 }),
        faults: [
          { action, target: { kind: 'instances', indexes: [0] }, when: { kind: 'at', atMs: 4000, forMs: 3000 } },
        ],
      }),
    );
    const during = probes.filter(({ atMs }) => atMs > 4500 && atMs < 7000);
    expect(during.length).toBeGreaterThan(5);
    expect(during.every(({ passed }) => passed === passes)).toBe(true);
    expect(probes.at(-1)?.passed).toBe(true);
  });
});

describe('checks of a caller by other rules', () => {
  it('HAProxy: servers are good from the start, and the first failed check takes one down', () => {
    const crash = (atMs: number): TrialConfig =>
      trialOf({
        healthCheck: checksOf(HAPROXY_CHECK),
        faults: [
          {
            action: { kind: 'crash' },
            target: { kind: 'instances', indexes: [0] },
            when: { kind: 'at', atMs, forMs: Infinity },
          },
        ],
      });
    const [first, down] = traceOf(crash(0)).beliefs;
    expect(first).toMatchObject({ atMs: 0, good: true });
    expect(down?.good).toBe(false);
    expect(down?.atMs).toBeLessThan(2000);
    const proven = traceOf(crash(3000)).beliefs.at(-1);
    expect(proven?.good).toBe(false);
    expect(proven?.atMs).toBeGreaterThan(3000 + 4000);
  });

  it('HAProxy observing requests: marked down by them, long before the next check', () => {
    const { beliefs } = traceOf(
      loaded(50, {
        instances: instances(1, { serviceTime: { kind: 'constant', valueMs: 1 } }),
        healthCheck: checksOf({
          ...HAPROXY_CHECK,
          ...{ interMs: 60_000, initState: 'fully-up', observe: 'layer7', errorLimit: 5, onError: 'mark-down' },
        }),
        faults: [
          {
            action: { kind: 'errors', rate: 1, probes: false },
            target: { kind: 'instances', indexes: [0] },
            when: { kind: 'at', atMs: 5005, forMs: Infinity },
          },
        ],
      }),
    );
    const down = beliefs.find(({ good }) => !good);
    // Five requests, 20 ms apart, the first of them just after the fault.
    expect(down).toMatchObject({ cause: 'activeCheck' });
    expect(down?.atMs).toBeGreaterThan(5005 + 80);
    expect(down?.atMs).toBeLessThanOrEqual(5005 + 100);
  });

  it('Envoy without traffic: checks at its slow interval until a request is sent', () => {
    const { probes, sends } = traceOf(
      trialOf({
        durationMs: 20_000,
        load: { arrivals: 'constant', ratePerMs: 1 / 10_500, keys: null },
        healthCheck: envoyChecks({ ...often, noTrafficIntervalMs: 4000 }),
      }),
    );
    const firstSend = sends[0]?.atMs ?? Number.NaN;
    const before = probes.filter(({ atMs }) => atMs < firstSend);
    expect(before.length).toBeLessThanOrEqual(4);
    const after = probes.filter(({ atMs }) => atMs > firstSend + 4000);
    expect(after.length).toBeGreaterThan(20);
  });
});
