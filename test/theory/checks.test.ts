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
import type { Probe } from '../../src/health/probe.ts';
import { Engine } from '../../src/sim/engine.ts';
import { fakeHost, instance, settings } from '../health/checks/fake_host.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { expectAgreement, Z } from './theory.ts';

const INTERVAL = 4000;
const TIMEOUT = 700;
const K = 3;

type Failure = 'refused' | 'silence';

/** How long after a failure at that moment, in mid-run, one checker finds out. */
function detectionMs(seed: string, settings: HealthCheckSettings, failure: Failure, failAtMs: number): number {
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

const PHASES = 8;
const STRATA = 400;

/**
 * Some checkers, each at its own random phase, and for each a failure in every one of `STRATA` equal parts of a cycle, at
 * a moment drawn in that part. In a cycle and not when the checker starts: with fastinter first checks all fall into the
 * first of them, and the phases of a fleet that starts together stay close (registries.md 2.3).
 */
function sample(settings: HealthCheckSettings, failure: Failure): number[] {
  const moments = randomStream(`checks/${failure}/moments`);
  return Array.from({ length: PHASES * STRATA }, (_, i) => {
    const share = ((i % STRATA) + moments.unit()) / STRATA;
    return detectionMs(`checks/${failure}/${Math.floor(i / STRATA)}`, settings, failure, 50_000 + INTERVAL * share);
  });
}

/**
 * How far the empirical law of such a sample may be from the uniform one, for certain. Detection falls by 1 ms a ms
 * through the cycle and rises by one interval where a check is sent; so it is at most x through one stretch of the cycle,
 * that share long. It holds all of the failures of the parts within it; of its two ends each lies in one part, whose
 * failure may be counted or not.
 */
const DISCREPANCY = 2 / STRATA;

/** Each the only one of its kind: no point of their empirical law is farther than `DISCREPANCY` from the uniform law. */
function expectStratified(sample: readonly number[], from: number, to: number): void {
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
  expect(distance).toBeLessThan(DISCREPANCY + 1e-9);
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
    const found = sample(settings, failure);
    expectStratified(found, from, from + INTERVAL);
    const mean = found.reduce((sum, each) => sum + each, 0) / found.length;
    // The mean is the integral of the law, so it is off by at most an interval times the law's discrepancy.
    expectAgreement({ mean, bound: INTERVAL * DISCREPANCY }, from + INTERVAL / 2);
  });
});

describe('of m independent checkers', () => {
  const m = 4;
  const groups = 17_000;
  const FAIL_MS = 2 * INTERVAL;

  /** By instance: when in its last cycle before the failure each of m checkers sent, and how long after it each found out. */
  function watched() {
    const clock = new Engine();
    const sent = Array.from({ length: groups }, (): number[] => []);
    const found = Array.from({ length: groups }, (): number[] => []);
    const probe: Probe = ({ id }, _timeoutMs, done) => {
      const sinceMs = clock.now() - (FAIL_MS - INTERVAL);
      if (sinceMs >= 0 && sinceMs < INTERVAL) sent[Number(id)].push(sinceMs);
      const timer = clock.schedule(0, () => done(clock.now() < FAIL_MS ? 'pass' : 'refused'), 0);
      return () => clock.cancel(timer);
    };
    const written = settings({ intervalMs: INTERVAL, unhealthyThreshold: 1 });
    for (let caller = 0; caller < m; caller++) {
      const checker = new HealthChecker({ clock, random: randomStream(`caller ${caller}`), probe, settings: written });
      for (let i = 0; i < groups; i++) {
        checker.start(instance(`${i}`), (healthy) => {
          if (!healthy) found[i].push(clock.now() - FAIL_MS);
        });
      }
    }
    clock.run(FAIL_MS + INTERVAL + 1);
    return { sent, found };
  }

  it('the first knows after I/(m+1), the last after I m/(m+1)', () => {
    const { sent, found } = watched();
    let [first, last] = [0, 0];
    sent.forEach((group, i) => {
      const phases = group.toSorted((a, b) => a - b);
      expect(phases).toHaveLength(m);
      // The cycle repeats: who sent so long into it finds out so long after the failure, which is where it begins anew.
      phases.forEach((phase, j) => {
        if (!(Math.abs(found[i][j] - phase) < 1e-6)) expect(found[i]).toEqual(phases);
      });
      // Failing at any moment of the cycle instead: between two sends, g apart, the first to know does so on average g/2
      // later, and the last, who has just sent, an interval after its send, I - g/2 later.
      phases.forEach((phase, j) => {
        const gap = phase - (j === 0 ? phases[m - 1] - INTERVAL : phases[j - 1]);
        first += ((gap / INTERVAL) * (gap / 2)) / groups;
        last += ((gap / INTERVAL) * (INTERVAL - gap / 2)) / groups;
      });
    });
    // The sum of the squares of m gaps in a circle of length 1: the variance of Greenwood's statistic (Moran, 1947).
    const variance = (4 * (m - 1)) / ((m + 1) ** 2 * (m + 2) * (m + 3));
    const bound = (Z * (INTERVAL / 2) * Math.sqrt(variance)) / Math.sqrt(groups);
    expectAgreement({ mean: first, bound }, INTERVAL / (m + 1));
    expectAgreement({ mean: last, bound }, (INTERVAL * m) / (m + 1));
  });
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
