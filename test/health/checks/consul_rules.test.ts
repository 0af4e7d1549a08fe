import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import { HealthChecker } from '../../../src/health/checks/checker.ts';
import { ConsulReaper } from '../../../src/health/checks/consul_reaper.ts';
import { consulRules } from '../../../src/health/checks/consul_rules.ts';
import { ConsulTtlCheck } from '../../../src/health/checks/consul_ttl_check.ts';
import { CONSUL_CHECK, type ConsulCheckSettings, type ConsulStatus } from '../../../src/health/checks/settings.ts';
import type { ProbeVerdict } from '../../../src/health/probe.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { fakeHost, instance } from './fake_host.ts';

const consul = (over: Partial<ConsulCheckSettings> = {}): ConsulCheckSettings => ({
  ...CONSUL_CHECK,
  intervalMs: 1000,
  ...over,
});

/** P(assing), W(arning) or C(ritical) after each p(ass), w(arning: 429) or f(ailure). */
function statuses(written: string, over: Partial<ConsulCheckSettings> = {}): string {
  const rules = consulRules(consul(over))();
  const names: Record<string, ProbeVerdict> = { p: 'pass', w: 'warning', f: 'badAnswer' };
  return [...written]
    .map((letter) => {
      rules.record(names[letter] as ProbeVerdict);
      return rules.healthy ? 'P' : rules.degraded ? 'W' : 'C';
    })
    .join('');
}

describe("Consul's status of a check (check.go, StatusHandler)", () => {
  it.each<[string, string, Partial<ConsulCheckSettings>, string]>([
    ['every result applies at once by default', 'pfpwf', {}, 'PCPWC'],
    ['the first result applies at once whatever the thresholds', 'p', { successBeforePassing: 3 }, 'P'],
    ['so does a first failure', 'f', { failuresBeforeCritical: 3, status: 'passing' }, 'C'],
    ['then it takes failuresBeforeCritical in a row', 'pffpfff', { failuresBeforeCritical: 3 }, 'PPPPPPC'],
    ['and successBeforePassing in a row, warnings among them', 'fpwfpwp', { successBeforePassing: 3 }, 'CCCCCCP'],
    [
      'a failure below the threshold resets successes',
      'fpfp',
      { successBeforePassing: 2, failuresBeforeCritical: 2 },
      'CCCC',
    ],
    [
      'failuresBeforeWarning makes it warning on the way',
      'pfffp',
      { failuresBeforeWarning: 2, failuresBeforeCritical: 3 },
      'PPWCP',
    ],
  ])('%s', (_, written, over, wanted) => {
    expect(statuses(written, over)).toBe(wanted);
  });
});

it('a fixed delay: the next check comes an interval after a timeout, not on a grid', () => {
  const clock = new ManualClock();
  const host = fakeHost(clock, (nth) => (nth === 0 ? 'pass' : 'silence'));
  const settings = consul({ timeoutMs: 500 });
  const checker = new HealthChecker({ clock, random: randomStream('c'), probe: host.probe, settings });
  const changes: [boolean, number][] = [];
  checker.start(instance('a'), (healthy) => changes.push([healthy, clock.now()]));
  clock.advance(10_000);
  const [first = -1, second = -1, third = -1] = host.sentAtMs;
  expect(first).toBeLessThan(1000);
  expect(second - first).toBeCloseTo(1000, 6);
  // registries.md 1.3: a hang of 500 ms makes the period 1.5 s.
  expect(third - second).toBeCloseTo(1500, 6);
  expect(changes).toEqual([
    [true, first],
    [false, second + 500],
  ]);
});

it('the first check comes at a random phase: agents start whenever they do', () => {
  const n = 2000;
  const random = randomStream('consul phases');
  const phases = Array.from(
    { length: n },
    () => consulRules(consul({ intervalMs: 4000 }))().firstDelayMs(random) / 4000,
  );
  phases.sort((a, b) => a - b);
  expect(phases[0]).toBeGreaterThanOrEqual(0);
  expect(phases[n - 1]).toBeLessThan(1);
  const distance = Math.max(...phases.map((u, rank) => Math.max(u - rank / n, (rank + 1) / n - u)));
  // Dvoretzky, Kiefer, Wolfowitz and Massart, at one in a million.
  expect(distance).toBeLessThan(Math.sqrt(Math.log(2e6) / (2 * n)));
});

it('checks no more often than once a second', () => {
  expect(consulRules(consul({ intervalMs: 10 }))().nextDelayMs(randomStream('x'), 0, 0)).toBe(1000);
});

/** The status after all results, told by looking back. */
function naive(history: readonly ProbeVerdict[], settings: ConsulCheckSettings): ConsulStatus {
  const last = history.at(-1);
  if (last === undefined) return settings.status;
  const isGood = (verdict: ProbeVerdict) => verdict === 'pass' || verdict === 'warning';
  const run = history.length - 1 - history.findLastIndex((verdict) => isGood(verdict) !== isGood(last));
  const onlyOfThisSort = run === history.length;
  if (isGood(last)) {
    const applies = onlyOfThisSort || run >= settings.successBeforePassing;
    if (applies) return last === 'pass' ? 'passing' : 'warning';
  } else {
    if (onlyOfThisSort || run >= settings.failuresBeforeCritical) return 'critical';
    if (settings.failuresBeforeWarning !== null && run >= settings.failuresBeforeWarning) return 'warning';
  }
  return naive(history.slice(0, -1), settings);
}

const result = fc.constantFrom<ProbeVerdict>('pass', 'pass', 'warning', 'badAnswer', 'refused', 'timeout');
const count = fc.integer({ min: 0, max: 4 });
const status = fc.constantFrom<ConsulStatus>('passing', 'warning', 'critical');

test.prop([fc.array(result, { maxLength: 30 }), count, fc.option(count), count, status], { numRuns: 500 })(
  'agrees with a look back over the whole history',
  (history, successBeforePassing, warning, failuresBeforeCritical, status) => {
    const failuresBeforeWarning = warning === null ? null : Math.min(warning, failuresBeforeCritical);
    const written = consul({ successBeforePassing, failuresBeforeWarning, failuresBeforeCritical, status });
    const rules = consulRules(written)();
    history.forEach((verdict, i) => {
      rules.record(verdict);
      const wanted = naive(history.slice(0, i + 1), written);
      expect([rules.healthy, rules.degraded]).toEqual([wanted === 'passing', wanted === 'warning']);
    });
  },
);

describe('a TTL check (check.go, CheckTTL)', () => {
  const setUp = (ttlMs = 2000) => {
    const clock = new ManualClock();
    const said: [ConsulStatus, number][] = [];
    const check = new ConsulTtlCheck({ clock, ttlMs, onStatus: (status, atMs) => said.push([status, atMs]) });
    return { clock, said, check };
  };

  it('is critical until the first word, and that long after the last', () => {
    const { clock, said, check } = setUp();
    clock.advance(500);
    check.update('passing');
    clock.advance(1999);
    check.update('passing');
    clock.advance(10_000);
    check.update('warning');
    expect(said).toEqual([
      ['passing', 500],
      ['critical', 500 + 1999 + 2000],
      ['warning', 500 + 1999 + 10_000],
    ]);
  });

  it('says nothing once stopped', () => {
    const { clock, said, check } = setUp();
    check.update('passing');
    check.stop();
    check.update('critical');
    clock.advance(10_000);
    expect(said).toEqual([['passing', 0]]);
    expect(clock.pending).toBe(0);
  });

  test.prop([fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), status), { maxLength: 20 })])(
    'is what was said last, for as long as the ttl',
    (words) => {
      const { clock, check } = setUp();
      for (const [gapMs, word] of words) {
        const before = check.status;
        clock.advance(gapMs);
        expect(check.status).toBe(gapMs >= 2000 ? 'critical' : before);
        check.update(word);
        expect(check.status).toBe(word);
      }
    },
  );
});

describe('deregistering the critical (agent.go, reapServices)', () => {
  const setUp = (afterMs: number, phase = 0.5) => {
    const clock = new ManualClock();
    const gone: [string, number][] = [];
    const reaper = new ConsulReaper({
      clock,
      random: { ...randomStream('x'), unit: () => phase },
      afterMs,
      deregister: (id) => gone.push([id, clock.now()]),
    });
    return { clock, gone, reaper };
  };

  it('raises less than a minute to a minute: those of 10 s and of 70 s may go in one pass', () => {
    for (const afterMs of [10_000, 70_000]) {
      const { clock, gone, reaper } = setUp(afterMs, 0.95);
      clock.advanceTo(17_000);
      reaper.result('a', true);
      // Passes at 28.5, 58.5, 88.5 s: 71.5 s after it turned critical.
      clock.advanceTo(200_000);
      expect(gone).toEqual([['a', 88_500]]);
    }
  });

  it('counts from the first critical result after another, and not those in between', () => {
    const { clock, gone, reaper } = setUp(60_000);
    reaper.result('a', true);
    clock.advanceTo(40_000);
    reaper.result('a', true);
    clock.advanceTo(50_000);
    reaper.result('a', false);
    reaper.result('a', true);
    reaper.result('b', true);
    reaper.forget('b');
    clock.advanceTo(300_000);
    // Passes at 15, 45, 75, 105, 135 s: more than 60 s after 50 s is 135 s.
    expect(gone).toEqual([['a', 135_000]]);
    reaper.close();
    expect(clock.pending).toBe(0);
  });

  test.prop([fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 60_000, max: 200_000 })])(
    'comes within 30 s of its time, never before',
    (phase, afterMs) => {
      const { clock, gone, reaper } = setUp(afterMs, phase);
      clock.advanceTo(1000);
      reaper.result('a', true);
      clock.advanceTo(1_000_000);
      const lateMs = (gone[0]?.[1] ?? 0) - 1000 - afterMs;
      expect(lateMs).toBeGreaterThan(0);
      expect(lateMs).toBeLessThanOrEqual(30_000 + 1e-6);
    },
  );
});
