import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import type { Random } from '../../../src/core/random.ts';
import { accrualNamed, accruals } from '../../../src/health/accrual/index.ts';
import { type Happening, happenings } from './happenings.ts';
import { Watched } from './watched.ts';

/** Some settings of each, with times short enough for random histories. */
const settings: Record<string, WrittenOptions[]> = {
  'nginx-max-fails': [{}, { maxFails: 3, failTimeout: 2000, serverErrors: true }],
  finagle: [{}, { consecutiveFailures: 2, window: 2000, backoffStart: 1000, backoffMax: 4000, minRequests: 2 }],
  linkerd: [
    {},
    { maxFailures: 2, window: 2000, minRequests: 2, maxPenalty: 4000 },
    { mode: 'consecutive', maxFailures: 2, rejection: 'rate-limit' },
  ],
  breaker: [{}, { consecutiveFailures: 2, failureRate: 0.5, minRequests: 3, openTime: 1500, trials: 2 }],
};

/** Jitter that is always the same, so that no draw depends on another. */
const halves: Random = {
  unit: () => 0.5,
  uint32: () => 2 ** 31,
  int32: () => -(2 ** 31),
  uint64: (halves) => void halves.fill(-(2 ** 31)),
  int: (n) => n >> 1,
  exponential: (mean) => mean,
  fork: () => halves,
};

const watch = (name: string, options: WrittenOptions, more: { hosts?: number; startMs?: number } = {}) =>
  new Watched(accrualNamed(name), options, { random: halves, ...more });

function happen(watched: Watched, { kind, ms, outcome }: Happening, host = 0): void {
  if (kind === 'wait') watched.clock.advance(ms);
  else if (kind === 'start') watched.health.started(host);
  else watched.health.ended(host, outcome);
}

const logOf = (watched: Watched, host: number) => watched.log.filter((line) => line.split(' ')[1] === String(host));

const subjects = accruals.flatMap(({ name }) => settings[name].map((options) => ({ name, options })));

describe.each(subjects)('$name $options', ({ name, options }) => {
  test('no host is out without evidence: successes alone, and time, put nobody out', () =>
    fc.assert(
      fc.property(happenings, (history) => {
        const watched = watch(name, options);
        for (const each of history) happen(watched, { ...each, outcome: Outcome.ok });
        expect(watched.log).toEqual([]);
      }),
    ));

  test('a host is put out as an attempt to it fails, or as a probe is sent to it', () =>
    fc.assert(
      fc.property(happenings, (history) => {
        const watched = watch(name, options);
        let failures = 0;
        for (const each of history) {
          const before = watched.standing();
          happen(watched, each);
          if (each.kind === 'end' && each.outcome !== Outcome.ok) failures++;
          if (watched.standing() !== 'out' || before === 'out') continue;
          // A success may be the result that makes a low rate count.
          if (each.kind === 'wait') expect(watched.log.slice(0, -1).some((line) => line.endsWith('out'))).toBe(true);
          else if (each.kind === 'start') expect(before).toBe('probing');
          else expect(failures).toBeGreaterThan(0);
        }
      }),
    ));

  test('every host comes back when successes return', () =>
    fc.assert(
      fc.property(happenings, (history) => {
        const watched = watch(name, options);
        for (const each of history) happen(watched, each);
        for (let i = 0; i < 8 && watched.standing() !== 'in'; i++) {
          if (watched.standing() === 'out') watched.clock.step();
          watched.send(Outcome.ok);
        }
        expect(watched.standing()).toBe('in');
      }),
    ));

  test('an attempt that was never sent, or of a host that is not there, does no harm', () =>
    fc.assert(
      fc.property(happenings, (history) => {
        const watched = watch(name, options);
        for (const each of history) {
          happen(watched, each, 7);
          if (each.kind === 'end') happen(watched, { ...each, outcome: Outcome.ok });
        }
        watched.health.remove(7);
        expect(watched.log).toEqual([]);
      }),
    ));

  test('the verdict is a function of the history of the host', () =>
    fc.assert(
      fc.property(happenings, fc.array(fc.boolean(), { minLength: 1 }), fc.nat(100), (history, which, hours) => {
        const both = watch(name, options, { hosts: 3 });
        const alone = watch(name, options, { hosts: 3 });
        const later = watch(name, options, { hosts: 3, startMs: hours * 3_600_000 });
        history.forEach((each, i) => {
          const host = which[i % which.length] ? 0 : 1;
          happen(both, each, host);
          if (each.kind !== 'wait' && host === 1) return;
          happen(alone, each);
          happen(later, each);
        });
        expect(logOf(both, 0)).toEqual(alone.log);
        const shifted = alone.log.map((line) => line.replace(/^\S+/, (ms) => String(Number(ms) + hours * 3_600_000)));
        expect(later.log).toEqual(shifted);
      }),
    ));

  test('removal forgets: nothing is told of it any more, no timer stays, and one added again is new', () =>
    fc.assert(
      fc.property(happenings, happenings, (before, after) => {
        const again = watch(name, options, { hosts: 3 });
        for (const each of before) happen(again, each);
        again.remove(0);
        expect(again.clock.pending).toBe(0);
        const told = again.log.length;
        for (const each of before) happen(again, each);
        expect(again.log.length).toBe(told);
        again.add(0);
        const fresh = watch(name, options, { hosts: 3, startMs: again.clock.now() });
        for (const each of after) {
          happen(again, each);
          happen(fresh, each);
        }
        expect(again.log.slice(told)).toEqual(fresh.log);
      }),
    ));

  test('closing stops every timer', () =>
    fc.assert(
      fc.property(happenings, (history) => {
        const watched = watch(name, options);
        for (const each of history) for (const host of [0, 1]) happen(watched, each, host);
        watched.health.close();
        expect(watched.clock.pending).toBe(0);
        const told = watched.log.length;
        for (const each of history) happen(watched, each);
        expect(watched.log.length).toBe(told);
      }),
    ));

  test('the evidence is as old as the attempt that decided, or a timer new', () => {
    const evidence: number[] = [];
    const { clock } = watch(name, {});
    const health = accrualNamed(name).create({
      clock,
      random: halves,
      options,
      listener: (_host, _out, evidenceAtMs) => evidence.push(evidenceAtMs),
    });
    health.add(0);
    health.add(1);
    clock.advance(40_000);
    while (evidence.length === 0) health.ended(0, Outcome.reset, 39_000);
    clock.step();
    expect(evidence).toEqual([39_000, clock.now()]);
  });

  test('a host is added once, and active checks are another matter', () => {
    const watched = watch(name, options);
    expect(() => watched.add(0)).toThrow(RangeError);
    while (watched.standing() === 'in') watched.send(Outcome.reset);
    watched.health.checkPassed(0);
    expect(watched.standing()).toBe('out');
  });
});

describe('accruals', () => {
  it('have distinct names, and an unknown one lists them', () => {
    expect(new Set(accruals.map(({ name }) => name)).size).toBe(accruals.length);
    expect(() => accrualNamed('none')).toThrow(/nginx-max-fails, finagle, linkerd, breaker/);
  });

  it('say what is wrong with their options', () => {
    for (const { problemWith } of accruals) expect(problemWith({})).toBeNull();
    expect(accrualNamed('finagle').problemWith({ backoffStart: 400_000 })?.option).toBe('backoffStart');
    expect(accrualNamed('linkerd').problemWith({ minPenalty: 61_000 })?.option).toBe('minPenalty');
    expect(() => watch('breaker', { trials: 0 })).toThrow(/trials/);
    expect(() => watch('linkerd', { minPenalty: 61_000 })).toThrow(/must be at most maxPenalty, found 61000/);
  });
});
