import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import type { CheckRules } from '../../src/health/checks/check_rules.ts';
import { HealthChecker } from '../../src/health/checks/checker.ts';
import { consulRules } from '../../src/health/checks/consul_rules.ts';
import { envoyRules } from '../../src/health/checks/envoy_rules.ts';
import { haproxyRules } from '../../src/health/checks/haproxy_rules.ts';
import { KubernetesProbeRules } from '../../src/health/checks/kubernetes_rules.ts';
import {
  CONSUL_CHECK,
  HAPROXY_CHECK,
  type HealthCheckSettings,
  KUBERNETES_PROBE,
} from '../../src/health/checks/settings.ts';
import { fakeHost, instance, settings } from '../health/checks/fake_host.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { expectAgreement, Z } from './theory.ts';

const INTERVAL = 4000;
const TIMEOUT = 700;
const K = 3;

type Failure = 'refused' | 'silence';

/**
 * How long after a failure in mid-run one checker finds out. The failure is uniform in a cycle: with fastinter first checks
 * all fall into the first of them, and the phases of a fleet that starts together stay close (registries.md 2.3).
 */
function detectionMs(seed: string, settings: HealthCheckSettings, failure: Failure): number {
  const failAtMs = 50_000 + INTERVAL * randomStream(`${seed}/failure`).unit();
  const clock = new ManualClock();
  const host = fakeHost(clock, () => (clock.now() < failAtMs ? 'pass' : failure));
  const checker = new HealthChecker({ clock, random: randomStream(seed), probe: host.probe, settings });
  let foundAtMs = -1;
  checker.start(instance('a'), (healthy) => {
    if (!healthy) foundAtMs = clock.now();
  });
  while (foundAtMs < failAtMs) clock.step();
  return foundAtMs - failAtMs;
}

const sample = (n: number, settings: HealthCheckSettings, failure: Failure): number[] =>
  Array.from({ length: n }, (_, i) => detectionMs(`checks/${failure}/${i}`, settings, failure));

/** Kolmogorov's distance, at a level of 1.6 x 10^-6: exp(-2 n D^2) = level / 2. */
function expectUniform(sample: readonly number[], from: number, to: number): void {
  const sorted = sample.toSorted((a, b) => a - b);
  const n = sorted.length;
  expect(sorted[0]).toBeGreaterThanOrEqual(from - 1e-6);
  expect(sorted[n - 1]).toBeLessThanOrEqual(to + 1e-6);
  const distance = Math.max(
    ...sorted.map((value, i) => {
      const law = (value - from) / (to - from);
      return Math.max(law - i / n, (i + 1) / n - law);
    }),
  );
  expect(distance).toBeLessThan(Math.sqrt(Math.log(2 / 1.6e-6) / (2 * n)));
}

describe('detection by one checker, the phase uniform (theory.md, Detection; registries.md 2.3)', () => {
  const kubernetes: HealthCheckSettings = {
    ...{ system: 'kubernetes', liveness: null, startup: null },
    readiness: { ...KUBERNETES_PROBE, periodMs: INTERVAL, timeoutMs: TIMEOUT, failureThreshold: K },
  };
  const consul: HealthCheckSettings = {
    ...CONSUL_CHECK,
    ...{ intervalMs: INTERVAL, timeoutMs: TIMEOUT, failuresBeforeCritical: K },
  };
  const haproxy: HealthCheckSettings = { ...HAPROXY_CHECK, interMs: INTERVAL, timeoutMs: TIMEOUT, fall: K };
  const fast: HealthCheckSettings = { ...haproxy, fastinterMs: 500 };
  const cases: [string, HealthCheckSettings, Failure, number][] = [
    ['fixed rate, refused', kubernetes, 'refused', (K - 1) * INTERVAL],
    ['fixed rate, no answer', kubernetes, 'silence', (K - 1) * INTERVAL + TIMEOUT],
    ['fixed delay, refused', consul, 'refused', (K - 1) * INTERVAL],
    ['fixed delay, no answer', consul, 'silence', (K - 1) * (INTERVAL + TIMEOUT) + TIMEOUT],
    ['HAProxy, refused', haproxy, 'refused', (K - 1) * INTERVAL],
    ['HAProxy with fastinter, refused', fast, 'refused', (K - 1) * 500],
    ['HAProxy with fastinter, no answer', fast, 'silence', K * TIMEOUT + (K - 1) * 500],
  ];
  it.each(cases)('%s: uniform on an interval that long', (_, settings, failure, from) => {
    const n = 3200;
    const found = sample(n, settings, failure);
    expectUniform(found, from, from + INTERVAL);
    const mean = found.reduce((sum, each) => sum + each, 0) / n;
    // A hundredth where nothing hurries the checks, else as sharp in seconds.
    const within = from >= (K - 1) * INTERVAL ? 0.01 : 0.04;
    expectAgreement({ mean, bound: (Z * INTERVAL) / Math.sqrt(12 * n) }, from + INTERVAL / 2, within);
  });
});

it('of m independent checkers the first knows after I/(m+1), the last after I m/(m+1)', () => {
  const m = 4;
  const groups = 1000;
  const written = settings({ intervalMs: INTERVAL, unhealthyThreshold: 1 });
  const all = sample(m * groups, written, 'refused');
  const grouped = Array.from({ length: groups }, (_, i) => all.slice(i * m, (i + 1) * m));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // The least and the greatest of m uniforms are Beta(1, m) and Beta(m, 1), of this variance both.
  const bound = (Z * INTERVAL * Math.sqrt(m / ((m + 1) ** 2 * (m + 2)))) / Math.sqrt(groups);
  expect(Math.abs(mean(grouped.map((group) => Math.min(...group))) - INTERVAL / (m + 1))).toBeLessThan(bound);
  expect(Math.abs(mean(grouped.map((group) => Math.max(...group))) - (INTERVAL * m) / (m + 1))).toBeLessThan(bound);
});

describe('false ejection of a healthy host, and readmission, when probes fail by chance', () => {
  const p = 0.4;
  const k = 3;
  const r = 2;
  const n = 200_000;
  const systems: [string, () => CheckRules][] = [
    ['envoy', envoyRules(settings({ unhealthyThreshold: k, healthyThreshold: r }), () => true)],
    ['haproxy', haproxyRules({ ...HAPROXY_CHECK, fall: k, rise: r })],
    ['consul', consulRules({ ...CONSUL_CHECK, intervalMs: 1000, failuresBeforeCritical: k, successBeforePassing: r })],
    [
      'kubernetes',
      () => {
        const probe = { ...KUBERNETES_PROBE, failureThreshold: k, successThreshold: r };
        return new KubernetesProbeRules('readiness', probe, () => true, 0);
      },
    ],
  ];

  /** Mean and variance of the trials until a run of k, each with probability p (Feller, volume 1, XIII.7). */
  const runOf = (k: number, p: number) => ({
    mean: (1 - p ** k) / (p ** k * (1 - p)),
    variance: 1 / ((1 - p) * p ** k) ** 2 - (2 * k + 1) / ((1 - p) * p ** k) - p / (1 - p) ** 2,
  });

  it.each(systems)('%s: as many probes as a run of that length takes', (name, create) => {
    const random = randomStream(`false-ejection/${name}`);
    const rules = create();
    for (let i = 0; i < 5; i++) rules.record('pass');
    const untilUnhealthy: number[] = [];
    const untilHealthy: number[] = [];
    let probes = 0;
    while (untilHealthy.length < n) {
      probes++;
      if (!rules.record(random.unit() < p ? 'refused' : 'pass')) continue;
      (rules.healthy ? untilHealthy : untilUnhealthy).push(probes);
      probes = 0;
    }
    // Each stretch begins with a verdict of the other kind just past, so that a run begins from nothing.
    for (const [counts, { mean, variance }] of [
      [untilUnhealthy, runOf(k, p)],
      [untilHealthy, runOf(r, 1 - p)],
    ] as const) {
      const measured = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      expectAgreement({ mean: measured, bound: Z * Math.sqrt(variance / counts.length) }, mean);
    }
  });
});
