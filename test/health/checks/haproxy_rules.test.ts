import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Outcome } from '../../../src/core/outcome.ts';
import { randomStream } from '../../../src/core/random.ts';
import { HealthChecker } from '../../../src/health/checks/checker.ts';
import { haproxyRules } from '../../../src/health/checks/haproxy_rules.ts';
import { HAPROXY_CHECK, type HaproxyCheckSettings } from '../../../src/health/checks/settings.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { type Answer, fakeHost, instance } from './fake_host.ts';

const random = randomStream('haproxy-rules');
const haproxy = (over: Partial<HaproxyCheckSettings> = {}): HaproxyCheckSettings => ({ ...HAPROXY_CHECK, ...over });

/** U(p) or D(own) at first and after each p(ass) or f(ailure). */
function states(written: string, over: Partial<HaproxyCheckSettings> = {}): string {
  const rules = haproxyRules(haproxy(over))();
  const said = () => (rules.healthy ? 'U' : 'D');
  const first = said();
  const after = [...written].map((letter) => {
    rules.record(letter === 'p' ? 'pass' : 'refused');
    return said();
  });
  return [first, ...after].join('');
}

describe('rise and fall (check.c, set_server_check_status; configuration.txt, init-state)', () => {
  it.each<[string, string, Partial<HaproxyCheckSettings>, string]>([
    ['the first failed check takes an unproven server down', 'f', {}, 'UD'],
    ['one pass proves it: then it takes fall of them', 'pfff', {}, 'UUUUD'],
    ['a pass between failures starts the count anew', 'pffpfff', {}, 'UUUUUUUD'],
    ['rise passes in a row take it up', 'fppp', {}, 'UDDUU'],
    ['a failure between passes starts the count anew', 'fpfpp', {}, 'UDDDDU'],
    ['a server that came up takes fall of them again', 'fppff', {}, 'UDDUUU'],
    ['fully-up: it takes fall of them from the start', 'fff', { initState: 'fully-up' }, 'UUUD'],
    ['down: the next pass takes it up', 'p', { initState: 'down' }, 'DU'],
    ['down: once it has failed it takes rise of them', 'fpp', { initState: 'down' }, 'DDDU'],
    ['fully-down: it takes rise of them', 'pp', { initState: 'fully-down' }, 'DDU'],
  ])('%s', (_, written, over, wanted) => {
    expect(states(written, over)).toBe(wanted);
  });
});

describe('the interval between checks (configuration.txt, the table of inter, fastinter and downinter)', () => {
  it('is fastinter on the way and before the first check, downinter when down, inter when up', () => {
    const rules = haproxyRules(haproxy({ interMs: 2000, fastinterMs: 500, downinterMs: 5000 }))();
    expect(rules.firstDelayMs({ ...random, unit: () => 0.5 })).toBe(250);
    const waits = [...'ppffpfffpp'].map((letter) => {
      rules.record(letter === 'p' ? 'pass' : 'timeout');
      return rules.nextDelayMs(random, 0, 0);
    });
    // Proven by the first pass; two failures on the way down, mended by a pass; three more, and up again by two passes.
    expect(waits).toEqual([2000, 2000, 500, 500, 2000, 500, 500, 5000, 500, 2000]);
  });

  it('spreads both ways', () => {
    const rules = haproxyRules(haproxy({ spreadChecksPercent: 50, initState: 'fully-up' }))();
    const waits = Array.from({ length: 2000 }, () => rules.nextDelayMs(random, 0, 0));
    expect(Math.min(...waits)).toBeGreaterThan(1000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3000);
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(Math.abs(mean - 2000)).toBeLessThan((5 * 2000) / Math.sqrt(12 * waits.length));
  });
});

/** A proven server whose requests then fail: what is known of it at each moment asked. */
function observed(over: Partial<HaproxyCheckSettings>, answer: (nth: number) => Answer = () => 'pass') {
  const clock = new ManualClock();
  const host = fakeHost(clock, answer);
  const checker = new HealthChecker({
    clock,
    random: randomStream('observed'),
    probe: host.probe,
    settings: haproxy({ observe: 'layer7', errorLimit: 3, interMs: 10_000, fastinterMs: 100, ...over }),
  });
  const changes: { healthy: boolean; evidenceAtMs: number; atMs: number }[] = [];
  const check = checker.start(instance('a'), (healthy, evidenceAtMs) => {
    changes.push({ healthy, evidenceAtMs, atMs: clock.now() });
  });
  while (host.sentAtMs.length < 1) clock.step();
  clock.advance(1000);
  const fail = (outcome: Outcome = Outcome.error, connected = true) =>
    check.observed(outcome, clock.now() - 5, connected);
  return { clock, host, changes, check, fail };
}

describe('observe (check.c, __health_adjust)', () => {
  it('fastinter: the next check comes sooner, nothing else', () => {
    const { clock, host, changes, fail } = observed({ onError: 'fastinter' });
    fail();
    fail();
    clock.advance(200);
    expect(host.sentAtMs).toHaveLength(1);
    fail();
    clock.advance(100);
    expect(host.sentAtMs).toHaveLength(2);
    // It was forced once: the next interval is that of a server wholly up.
    clock.advance(5000);
    expect(host.sentAtMs).toHaveLength(2);
    expect(changes).toEqual([]);
  });

  it('fail-check: counts as one failed check, and two more take it down', () => {
    const { clock, changes, fail } = observed({ onError: 'fail-check' }, (nth) => (nth === 0 ? 'pass' : 'refused'));
    const fromMs = clock.now();
    for (let i = 0; i < 3; i++) fail();
    clock.advance(1000);
    expect(changes).toEqual([{ healthy: false, evidenceAtMs: fromMs + 200, atMs: fromMs + 200 }]);
  });

  it('sudden-death: one failed check is enough then', () => {
    const { clock, changes, fail } = observed({ onError: 'sudden-death', fall: 9 }, (nth) =>
      nth === 0 ? 'pass' : 'refused',
    );
    const fromMs = clock.now();
    for (let i = 0; i < 3; i++) fail();
    expect(changes).toEqual([]);
    clock.advance(1000);
    expect(changes).toEqual([{ healthy: false, evidenceAtMs: fromMs + 100, atMs: fromMs + 100 }]);
  });

  it('mark-down: at once, by the evidence of the request; checks then take it up', () => {
    const { clock, changes, fail } = observed({ onError: 'mark-down' });
    const atMs = clock.now();
    for (let i = 0; i < 3; i++) fail();
    expect(changes).toEqual([{ healthy: false, evidenceAtMs: atMs - 5, atMs }]);
    clock.advance(60_000);
    expect(changes.map(({ healthy }) => healthy)).toEqual([false, true]);
  });

  it('a success, and a check that passes, start the count anew; layer7 counts all that is no good answer', () => {
    const { clock, changes, fail, check } = observed({ onError: 'mark-down' });
    fail(Outcome.refused, false);
    fail(Outcome.timedOut, true);
    check.observed(Outcome.ok, clock.now(), true);
    fail(Outcome.rejected);
    fail(Outcome.reset);
    clock.advance(10_000);
    fail();
    fail();
    expect(changes).toEqual([]);
    fail();
    expect(changes).toHaveLength(1);
  });

  it('layer4 counts connections that were not taken alone', () => {
    const { changes, fail } = observed({ onError: 'mark-down', observe: 'layer4' });
    fail(Outcome.refused, false);
    fail(Outcome.timedOut, false);
    fail(Outcome.error, true);
    fail(Outcome.refused, false);
    fail(Outcome.refused, false);
    expect(changes).toEqual([]);
    fail(Outcome.timedOut, false);
    expect(changes).toHaveLength(1);
  });

  it('does not hasten a check that is sooner anyway, and keeps that for the one after', () => {
    const { clock, host, fail } = observed({ onError: 'fastinter', fastinterMs: 9500 });
    for (let i = 0; i < 3; i++) fail();
    clock.advance(9000);
    expect(host.sentAtMs).toHaveLength(2);
    clock.advance(9500);
    expect(host.sentAtMs).toHaveLength(3);
  });

  it('hears nothing once stopped', () => {
    const { changes, check, fail } = observed({ onError: 'mark-down' });
    check.stop();
    for (let i = 0; i < 9; i++) fail();
    expect(changes).toEqual([]);
  });
});

/** Up, and proven, told by looking back over all results. */
function naive(history: readonly boolean[], settings: HaproxyCheckSettings): { up: boolean; proven: boolean } {
  const { initState, rise, fall } = settings;
  const last = history.at(-1);
  if (last === undefined)
    return { up: initState === 'up' || initState === 'fully-up', proven: initState === 'fully-up' };
  const before = naive(history.slice(0, -1), settings);
  const run = history.length - 1 - history.findLastIndex((passed) => passed !== last);
  if (before.up) {
    if (last) return { up: true, proven: true };
    return { up: before.proven && run < fall, proven: before.proven };
  }
  const up = last && (run >= rise || (initState === 'down' && history.every(Boolean)));
  return { up, proven: up };
}

const count = fc.integer({ min: 1, max: 4 });
const initState = fc.constantFrom('fully-up' as const, 'up' as const, 'down' as const, 'fully-down' as const);

test.prop([fc.array(fc.boolean(), { maxLength: 30 }), count, count, initState], { numRuns: 500 })(
  'agrees with a look back over the whole history, intervals included',
  (history, rise, fall, initState) => {
    const written = haproxy({ rise, fall, initState, interMs: 1, fastinterMs: 2, downinterMs: 3 });
    const rules = haproxyRules(written)();
    history.forEach((passed, i) => {
      const before = rules.healthy;
      const changed = rules.record(passed ? 'pass' : 'refused');
      const { up } = naive(history.slice(0, i + 1), written);
      expect(rules.healthy).toBe(up);
      expect(changed).toBe(up !== before);
      // On the way: up and failing, or down and passing.
      expect(rules.nextDelayMs(random, 0, 0)).toBe(up !== passed ? 2 : up ? 1 : 3);
    });
  },
);

const event = fc.constantFrom('pass' as const, 'fail' as const, 'good' as const, 'bad' as const, 'bad' as const);
const onError = fc.constantFrom(
  'fastinter' as const,
  'fail-check' as const,
  'sudden-death' as const,
  'mark-down' as const,
);

test.prop([fc.array(event, { maxLength: 40 }), count, count, count, initState, onError], { numRuns: 500 })(
  'with requests among the checks: errors in a row count as the failed checks that the manual says they stand for',
  (events, rise, fall, errorLimit, initState, onError) => {
    const written = haproxy({ observe: 'layer7', rise, fall, errorLimit, initState, onError });
    const rules = haproxyRules(written)();
    // The results of checks that would have had the same effect.
    const history: boolean[] = [];
    const upAfter = (...more: readonly boolean[]): boolean => naive([...history, ...more], written).up;
    let errors = 0;
    for (const each of events) {
      const acts = each === 'bad' && ++errors === errorLimit;
      if (each === 'pass' || each === 'good' || acts) errors = 0;
      if (each === 'pass' || each === 'fail') {
        rules.record(each === 'pass' ? 'pass' : 'badAnswer');
        history.push(each === 'pass');
      } else {
        expect(rules.observe?.(each === 'good' ? Outcome.ok : Outcome.error, true)).toBe(acts);
      }
      if (acts && onError !== 'fastinter') {
        // sudden-death leaves one failure to go, mark-down none.
        do history.push(false);
        while (onError === 'mark-down' ? upAfter() : onError === 'sudden-death' && upAfter(false));
      }
      expect(rules.healthy).toBe(upAfter());
    }
  },
);
