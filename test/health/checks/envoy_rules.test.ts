import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { envoyRules } from '../../../src/health/checks/envoy_rules.ts';
import type { EnvoyCheckSettings } from '../../../src/health/checks/settings.ts';
import type { ProbeVerdict } from '../../../src/health/probe.ts';
import { settings } from './fake_host.ts';

const random = randomStream('envoy-rules');
const verdicts: Record<string, ProbeVerdict> = {
  ...{ p: 'pass', r: 'refused', t: 'timeout', b: 'badAnswer' },
  ...{ d: 'degraded', i: 'immediateFail', w: 'warning' },
};

/** Health after each verdict of a string: + healthy, d degraded, - unhealthy, x excluded as well. */
function health(written: string, unhealthyThreshold: number, healthyThreshold: number): string {
  const rules = envoyRules(settings({ unhealthyThreshold, healthyThreshold }), () => true)();
  return [...written]
    .map((letter) => {
      rules.record(verdicts[letter] as ProbeVerdict);
      if (rules.healthy) return rules.degraded ? 'd' : '+';
      return rules.excluded ? 'x' : '-';
    })
    .join('');
}

describe("Envoy's health of a host", () => {
  it.each([
    ['a first check that passes is enough', 'p', '+'],
    ['failing first disables fast success (health_checker_impl_test.cc)', 'rpp', '--+'],
    ['three network failures in a row, of either kind, are needed', 'prtr', '+++-'],
    ['a pass between them starts the count anew', 'prtprtpttt', '+++++++++-'],
    ['a bad answer is enough', 'pb', '+-'],
    ['a bad answer among network failures too', 'prb', '++-'],
    ['429 is a bad answer', 'pw', '+-'],
    ['two passes in a row bring it back', 'pbpp', '+--+'],
    ['a failure between them starts the count anew', 'pbprpbptpp', '+--------+'],
    ['failures counted while unhealthy do not count against it later', 'pbrrppr', '+----++'],
    ['degraded passes, and holds until the next pass says otherwise', 'pdrdp', '+ddd+'],
    ['an immediate failure excludes until it is healthy again, not before', 'pirpp', '+xxx+'],
    ['a bad answer does not exclude, and an immediate failure later does', 'pbipp', '+-xx+'],
  ])('%s: %s gives %s', (_, written, wanted) => {
    expect(health(written, 3, 2)).toBe(wanted);
  });

  it('an answer that fails it at once counts as a check, and moves no probe', () => {
    const rules = envoyRules(settings(), () => true)();
    rules.record('pass');
    expect(rules.failAtOnce?.()).toBe(true);
    expect(rules).toMatchObject({ healthy: false, excluded: true });
    expect(rules.failAtOnce?.()).toBe(false);
  });
});

it('waits as HealthCheckIntervals of health_checker_impl_test.cc has it', () => {
  let hadTraffic = false;
  const rules = envoyRules(
    settings({
      ...{ intervalMs: 1000, unhealthyIntervalMs: 2000, unhealthyEdgeIntervalMs: 3000, healthyEdgeIntervalMs: 4000 },
      ...{ noTrafficIntervalMs: 5000, unhealthyThreshold: 3, healthyThreshold: 3 },
    }),
    () => hadTraffic,
  )();
  const waits = [...'pppbbbppppttttp'].map((letter) => {
    rules.record(verdicts[letter] as ProbeVerdict);
    const waitMs = rules.nextDelayMs(random, 0, 0);
    hadTraffic = true;
    return waitMs / 1000;
  });
  expect(waits).toEqual([5, 1, 1, 2, 2, 2, 4, 4, 1, 1, 3, 3, 2, 2, 4]);
});

it('without traffic, waits for the healthy interval where it is healthy and nothing is pending', () => {
  const written = settings({ noTrafficIntervalMs: 60_000, noTrafficHealthyIntervalMs: 30_000, unhealthyThreshold: 2 });
  const rules = envoyRules(written, () => false)();
  const waits = [...'rpppt'].map((letter) => {
    rules.record(verdicts[letter] as ProbeVerdict);
    return rules.nextDelayMs(random, 0, 0) / 1000;
  });
  expect(waits).toEqual([60, 60, 30, 30, 60]);
});

it('adds a share of the interval, then the jitter, and never waits less than 1 ms', () => {
  const rules = envoyRules(settings({ intervalJitterPercent: 50, intervalJitterMs: 100 }), () => true)();
  const waits = Array.from({ length: 4000 }, () => rules.nextDelayMs(random, 0, 0));
  // 1000 + U(0, 500) + U(0, 100): variances add.
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1000);
  expect(Math.max(...waits)).toBeLessThan(1600);
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  const deviation = Math.sqrt((500 ** 2 + 100 ** 2) / 12 / waits.length);
  expect(Math.abs(mean - 1300)).toBeLessThan(5 * deviation);
  expect(envoyRules(settings({ intervalMs: 0.2 }), () => true)().nextDelayMs(random, 0, 0)).toBe(1);
});

it('starts at once with initialJitter 0, within it where it is written', () => {
  const first = (initialJitterMs?: number): number =>
    envoyRules(settings(initialJitterMs === undefined ? {} : { initialJitterMs }), () => true)().firstDelayMs(random);
  expect(first(0)).toBe(0);
  for (let i = 0; i < 100; i++) {
    expect(first(20)).toBeLessThan(20);
    expect(first(20)).toBeGreaterThanOrEqual(1);
    expect(first()).toBeLessThan(1000);
  }
});

/** Whether the host is healthy after this history, told by looking back over all of it. */
function naive(history: readonly ProbeVerdict[], settings: EnvoyCheckSettings): boolean {
  const last = history.at(-1);
  if (last === undefined) return false;
  const { unhealthyThreshold, healthyThreshold } = settings;
  const ends = (n: number, is: (v: ProbeVerdict) => boolean) => history.length >= n && history.slice(-n).every(is);
  if (naive(history.slice(0, -1), settings)) {
    if (last === 'badAnswer' || last === 'immediateFail') return false;
    return !ends(unhealthyThreshold, (v) => v === 'refused' || v === 'timeout');
  }
  if (last === 'pass' && history.length === 1) return true;
  return ends(healthyThreshold, (v) => v === 'pass');
}

const verdict = fc.constantFrom<ProbeVerdict>('pass', 'pass', 'badAnswer', 'refused', 'timeout', 'immediateFail');
const threshold = fc.integer({ min: 1, max: 4 });

test.prop([fc.array(verdict, { maxLength: 40 }), threshold, threshold], { numRuns: 500 })(
  'agrees with a look back over the whole history',
  (history, unhealthyThreshold, healthyThreshold) => {
    const written = settings({
      unhealthyThreshold,
      healthyThreshold,
      unhealthyEdgeIntervalMs: 3,
      healthyEdgeIntervalMs: 4,
    });
    const rules = envoyRules({ ...written, intervalMs: 1, unhealthyIntervalMs: 2 }, () => true)();
    history.forEach((verdict, i) => {
      const before = rules.healthy;
      const wasExcluded = rules.excluded;
      const changed = rules.record(verdict);
      const after = naive(history.slice(0, i + 1), written);
      expect(rules.healthy).toBe(after);
      expect(changed).toBe(after !== before || rules.excluded !== wasExcluded);
      const lastPass = history.slice(0, i + 1).findLastIndex((_, at) => naive(history.slice(0, at + 1), written));
      expect(rules.excluded).toBe(history.slice(lastPass + 1, i + 1).includes('immediateFail'));
      // Pending: this verdict speaks for a change that has not come.
      const pending = (verdict === 'pass') !== after;
      expect(rules.nextDelayMs(random, 0, 0)).toBe(verdict === 'pass' ? (pending ? 4 : 1) : pending ? 3 : 2);
    });
  },
);
