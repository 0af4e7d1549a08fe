import { describe, expect, it } from 'vitest';
import { CONSUL_CHECK, HAPROXY_CHECK, type HealthCheckSettings } from '../../src/health/checks/settings.ts';
import { detectionLaw, detectionRows } from '../../src/run/detection_rows.ts';
import type { FaultAction, TrialConfig } from '../../src/sim/config.ts';
import { checksOf, envoyChecks } from '../helpers/checks.ts';
import { callers, instances, traceOf, trialOf } from '../helpers/trial.ts';

const [CALLERS, INTERVAL, TIMEOUT, CRASH] = [1000, 1000, 300, 12_000];

function watched(action: FaultAction, threshold: number, jitterMs: number, forMs = Infinity): TrialConfig {
  return trialOf({
    durationMs: 30_000,
    instances: instances(2),
    callers: callers(CALLERS),
    load: { arrivals: 'constant', ratePerMs: 0.01, keys: null },
    healthCheck: envoyChecks({
      intervalMs: INTERVAL,
      timeoutMs: TIMEOUT,
      unhealthyThreshold: threshold,
      healthyThreshold: 1,
      intervalJitterMs: jitterMs,
    }),
    faults: [{ action, target: { kind: 'instances', indexes: [1] }, when: { kind: 'at', atMs: CRASH, forMs } }],
  });
}

function detectionTimes(trial: TrialConfig): number[] {
  return traceOf(trial)
    .beliefs.filter(({ good, atMs }) => !good && atMs >= CRASH)
    .map(({ atMs }) => atMs - CRASH)
    .toSorted((a, b) => a - b);
}

/** One time of each of as many checkers. */
function expectLaw(trial: TrialConfig, times: readonly number[]): void {
  const law = detectionLaw(trial);
  expect(times).toHaveLength(CALLERS);
  const distance = Math.max(
    ...times.map((ms, i) => {
      const share = law?.cdf(ms) ?? Number.NaN;
      return Math.max(Math.abs(share - i / CALLERS), Math.abs(share - (i + 1) / CALLERS));
    }),
  );
  // Kolmogorov's bound at a probability of 1e-5: sqrt(ln(2 / 1e-5) / 2) / sqrt n.
  expect(distance).toBeLessThan(Math.sqrt(Math.log(2e5) / 2 / CALLERS));
}

describe('the law of detection by checks', () => {
  it.each([
    ['refused, one failure', { kind: 'crash' } as const, 1, 0],
    ['refused, with jitter', { kind: 'crash' } as const, 3, 400],
    ['no answer, with jitter', { kind: 'blackhole' } as const, 2, 600],
  ])('has the mean of theory: %s', (_, action, threshold, jitter) => {
    const law = detectionLaw(watched(action, threshold, jitter));
    if (law === null) throw new Error('there is a law');
    // theory.md: E[X^2] / (2 E[X]) + (k - 1)(E[X] + T) + T with X = I + U(0, J).
    const [mean, square] = [INTERVAL + jitter / 2, INTERVAL ** 2 + INTERVAL * jitter + jitter ** 2 / 3];
    const silence = action.kind === 'blackhole' ? TIMEOUT : 0;
    const expected = square / (2 * mean) + (threshold - 1) * (mean + silence) + silence;
    const steps = 20_000;
    let integral = 0;
    for (let i = 0; i < steps; i++) integral += (1 - law.cdf(((i + 0.5) * law.maxMs) / steps)) * (law.maxMs / steps);
    expect(Math.abs(integral - expected)).toBeLessThan(0.5);
    expect(law.cdf(law.maxMs)).toBeCloseTo(1, 9);
  });

  it.each([
    ['refused', { kind: 'crash' } as const, 3, 400],
    ['no answer', { kind: 'blackhole' } as const, 2, 600],
  ])('is that of the callers of a run: %s', (_, action, threshold, jitter) => {
    const trial = watched(action, threshold, jitter);
    expectLaw(trial, detectionTimes(trial));
  });

  const others: [string, HealthCheckSettings, FaultAction][] = [
    ['HAProxy, refused', { ...HAPROXY_CHECK, interMs: INTERVAL, fall: 2 }, { kind: 'crash' }],
    ['HAProxy, no answer', { ...HAPROXY_CHECK, interMs: INTERVAL, timeoutMs: 300 }, { kind: 'blackhole' }],
    [
      'Consul, no answer',
      { ...CONSUL_CHECK, intervalMs: INTERVAL, timeoutMs: 300, failuresBeforeCritical: 2, status: 'passing' },
      { kind: 'blackhole' },
    ],
  ];
  it.each(others)("is that of the callers' checks by the rules of %s", (_, settings, action) => {
    const trial = { ...watched(action, 2, 0), healthCheck: checksOf(settings) };
    expectLaw(trial, detectionTimes(trial));
  });

  it.each([
    ['registry', envoyChecks({ intervalMs: INTERVAL, timeoutMs: TIMEOUT, unhealthyThreshold: 2, healthyThreshold: 1 })],
    ['node', checksOf({ ...CONSUL_CHECK, intervalMs: INTERVAL, failuresBeforeCritical: 2, status: 'passing' })],
  ] as const)('is that of checks by the %s, and of the lag until callers hear', (by, checks) => {
    const action: FaultAction = { kind: by === 'node' ? 'crash' : 'blackhole' };
    // Callers learn of one instance together, but for the lag: it takes many instances.
    const trial: TrialConfig = {
      ...watched(action, 2, 0),
      instances: instances(CALLERS),
      callers: callers(1),
      healthCheck: { ...checks, by },
      discoveryLag: { kind: 'constant', valueMs: 250 },
      faults: [
        {
          action,
          target: { kind: 'instances', indexes: Array.from({ length: CALLERS }, (_, i) => i) },
          when: { kind: 'at', atMs: CRASH, forMs: Infinity },
        },
      ],
    };
    expectLaw(trial, detectionTimes(trial));
    expect(
      detectionLaw({ ...trial, registry: { kind: 'memory', lease: { ttlMs: 9000, renewIntervalMs: 3000 } } }),
    ).toBeNull();
    expect(detectionLaw({ ...trial, discoveryLag: { kind: 'uniform', minMs: 100, maxMs: 700 } })).toBeNull();
  });

  it('is told only where nothing else can notice, and outages are long enough', () => {
    const plain = watched({ kind: 'crash' }, 2, 0);
    expect([...detectionRows(plain)]).toHaveLength(101);
    expect(detectionLaw(watched({ kind: 'hang' }, 2, 0))).toBeNull();
    expect(detectionLaw(watched({ kind: 'crash' }, 2, 0, 1500))).toBeNull();
    expect(detectionLaw({ ...plain, healthCheck: null })).toBeNull();
    expect(detectionLaw({ ...plain, healthCheck: checksOf({ ...HAPROXY_CHECK, fastinterMs: 200 }) })).toBeNull();
    expect([...detectionRows({ ...plain, faults: [] })]).toEqual([]);
  });
});
