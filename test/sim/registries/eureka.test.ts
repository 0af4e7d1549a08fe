import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/core/random.ts';
import type { Lease } from '../../../src/registry/discovery.ts';
import { EurekaServer } from '../../../src/sim/registries/eureka/server.ts';
import { EUREKA, type EurekaSettings } from '../../../src/sim/registries/eureka/settings.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { instances, traceOf, trialOf } from '../../helpers/trial.ts';
import { members, steady } from './bench.ts';

const SECOND = 1000;

/** A server whose passes are due at `passAtMs` past each minute, with clients that renew each 30 s while they live. */
function server(count: number, written: Partial<EurekaSettings> = {}, passAtMs = 0.001, seed: number | null = null) {
  const clock = new ManualClock();
  const random = seed === null ? steady(passAtMs / 60_000) : randomStream(String(seed));
  const eureka = new EurekaServer({ ...EUREKA, ...written }, clock, random);
  const leases: Lease[] = members(count).map((instance) => eureka.register('s', instance, EUREKA.leaseDurationMs));
  const alive = leases.map(() => true);
  const beat = (i: number): void => {
    clock.schedule(30 * SECOND, () => beat(i), 0);
    if (alive[i]) leases[i].renew();
  };
  for (const i of leases.keys()) clock.schedule(((i + 1) * 30 * SECOND) / (count + 1), () => beat(i), 0);
  const here = () => eureka.log.current.instances.map(({ id }) => Number(id.slice(2)));
  return { clock, eureka, leases, alive, here };
}

describe('eureka, leases (Lease.renew, Lease.isExpired)', () => {
  it('one that never renewed is over 90 s after its registration, one that did 180 s after its last renewal', () => {
    const { clock, eureka, here } = server(20, { evictionIntervalMs: SECOND });
    clock.advance(5 * SECOND);
    const [newcomer, second] = [21, 22].map((n) => ({
      id: `i-${n}`,
      address: `10.0.1.${n}:80`,
      zone: null,
      weight: 1,
    }));
    eureka.register('s', newcomer, EUREKA.leaseDurationMs);
    const lease = eureka.register('s', second, EUREKA.leaseDurationMs);
    clock.advance(20 * SECOND);
    lease.renew();
    const gone = new Map<number, number>();
    for (let s = 26; s < 300; s++) {
      clock.advance(SECOND);
      for (const id of [21, 22]) if (!here().includes(id) && !gone.has(id)) gone.set(id, s);
    }
    expect(Object.fromEntries(gone)).toEqual({ 21: 5 + 90 + 1, 22: 25 + 180 + 1 });
  });

  it('rests an eviction on when the instance was last heard of', () => {
    const { clock, eureka, alive, here } = server(20);
    clock.advance(100 * SECOND);
    alive[0] = false;
    clock.advance(300 * SECOND);
    expect(here()).not.toContain(1);
    const heardAtMs = eureka.log.current.evidenceAtMs;
    expect(heardAtMs).toBeLessThanOrEqual(100 * SECOND);
    expect(heardAtMs).toBeGreaterThan(70 * SECOND);
  });
});

describe('eureka, eviction passes (AbstractInstanceRegistry.evict)', () => {
  it('evict at most 15% of the registry each, once a minute, in random order', () => {
    const victims = (seed: number) => {
      const { clock, alive, here } = server(100, { selfPreservation: false }, 0, seed);
      clock.advance(60 * SECOND);
      for (let i = 0; i < 60; i++) alive[i] = false;
      const sizes = [100];
      let firstOut: number[] = [];
      for (let s = 0; s < 700; s++) {
        clock.advance(SECOND);
        const now = here();
        if (now.length === sizes.at(-1)) continue;
        if (sizes.length === 1)
          firstOut = members(100)
            .map((_, i) => i + 1)
            .filter((id) => !now.includes(id));
        sizes.push(now.length);
      }
      return { sizes, firstOut };
    };
    const { sizes, firstOut } = victims(1);
    // n - int(0.85 n): 15 of 100, 13 of 85, 11 of 72, 10 of 61, 8 of 51, and the 3 that are left.
    expect(sizes).toEqual([100, 85, 72, 61, 51, 43, 40]);
    expect(firstOut).toHaveLength(15);
    expect(victims(2).firstOut).not.toEqual(firstOut);
  });

  it('self-preservation: nobody is evicted unless the last minute’s renewals exceed int(clients x 2 x 0.85)', () => {
    for (const [count, threshold] of [
      [1, 1],
      [2, 3],
      [10, 17],
      [100, 170],
    ]) {
      expect(server(count).eureka.threshold).toBe(threshold);
    }
    // Of 10: 18 renewals are more than 17, 16 are not. Of 20: 36 are more than 34, 34 are not.
    for (const [count, dead, evicted] of [
      [10, 1, 1],
      [10, 2, 0],
      [20, 2, 2],
      [20, 3, 0],
    ]) {
      const { clock, alive, here } = server(count);
      clock.advance(60 * SECOND);
      for (let i = 0; i < dead; i++) alive[i] = false;
      clock.advance(600 * SECOND);
      expect(count - here().length).toBe(evicted);
    }
  });

  it('is left again when those that died are back', () => {
    const { clock, eureka, alive, here } = server(10);
    clock.advance(60 * SECOND);
    alive[0] = alive[1] = false;
    clock.advance(200 * SECOND);
    expect(eureka.evicts).toBe(false);
    alive[1] = true;
    clock.advance(180 * SECOND);
    expect(here()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('eureka, whatever happens', () => {
  const acts = fc.array(
    fc.record({
      gapS: fc.integer({ min: 1, max: 90 }),
      id: fc.nat(7),
      what: fc.constantFrom('renew', 'register', 'revoke', 'fail', 'pass'),
    }),
    { maxLength: 60 },
  );
  test.prop([acts, fc.boolean()])('agrees with a naive server', (script, selfPreservation) => {
    const clock = new ManualClock();
    const settings = { ...EUREKA, selfPreservation, renewalThresholdUpdateIntervalMs: 1e12 };
    const eureka = new EurekaServer(settings, clock, steady(0.5));
    // Naive: times in whole seconds, one second after another; a pass that could choose evicts all it may only where it has no choice.
    type Entry = { updated: number; passing: boolean };
    const naive = new Map<number, Entry>();
    const leases = new Map<number, Lease>();
    const all = members(8);
    let expected = 0;
    let renewals = 0;
    let lastMinute: number | null = null;
    let ambiguous = false;
    let now = 0;
    const second = () => {
      now++;
      clock.advance(SECOND);
      if (now % 60 !== 30) return;
      lastMinute = renewals + (lastMinute === null ? Math.ceil(0.5 * expected * 2) : 0);
      renewals = 0;
      const threshold = Math.floor(expected * 1.7 + 1e-9);
      if (selfPreservation && !(threshold > 0 && lastMinute > threshold)) return;
      const over = [...naive].filter(([, { updated }]) => now > updated + 90);
      const limit = naive.size - Math.floor(naive.size * 0.85 + 1e-9);
      if (over.length > limit) ambiguous = true;
      for (const [id] of over.slice(0, limit)) {
        naive.delete(id);
        expected--;
      }
    };
    for (const { gapS, id, what } of script) {
      for (let s = 0; s < gapS; s++) second();
      if (ambiguous) break;
      const entry = naive.get(id);
      if (what === 'register') {
        leases.set(id, eureka.register('s', all[id], 90 * SECOND));
        if (entry === undefined) expected++;
        naive.set(id, { updated: now, passing: true });
      } else if (what === 'renew') {
        expect(leases.get(id)?.renew() ?? false).toBe(entry !== undefined);
        if (entry !== undefined) {
          entry.updated = now + 90;
          renewals++;
        }
      } else if (what === 'revoke') {
        leases.get(id)?.revoke();
        if (naive.delete(id)) expected--;
      } else {
        leases.get(id)?.setPassing(what === 'pass', clock.now());
        if (entry !== undefined) entry.passing = what === 'pass';
      }
      const shown = [...naive].filter(([, { passing }]) => passing).map(([other]) => all[other].id);
      expect(eureka.log.current.instances.map((it) => it.id).toSorted()).toEqual(shown.toSorted());
    }
  });
});

describe('eureka, end to end', () => {
  const trial = (written: Partial<EurekaSettings> = {}) =>
    trialOf({
      durationMs: 460 * SECOND,
      instances: instances(10),
      load: { arrivals: 'constant', ratePerMs: 0.0001, keys: null },
      registry: { ...EUREKA, ...written },
      faults: [
        {
          action: { kind: 'crash' },
          target: { kind: 'instances', indexes: [0] },
          when: { kind: 'at', atMs: 100 * SECOND, forMs: Infinity },
        },
      ],
    });
  it('from a crash to the client: 180 s, and up to 60 + 30 + 30 s more, less what was gone since the last renewal', () => {
    const lags: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const out = traceOf(trial(), seed).views.find(({ instance, inView }) => instance === 0 && !inView);
      lags.push(((out?.atMs ?? Number.NaN) - 100 * SECOND) / SECOND);
    }
    expect(Math.min(...lags)).toBeGreaterThan(180 - 30);
    expect(Math.max(...lags)).toBeLessThanOrEqual(180 + 60 + 30 + 30);
    // Each part is uniform: the mean is 180 - 15 + 30 + 15 + 15 = 225, its standard error 20.6 / sqrt(20).
    const mean = lags.reduce((sum, lag) => sum + lag, 0) / lags.length;
    expect(Math.abs(mean - 225)).toBeLessThan(4 * Math.sqrt((30 ** 2 * 3 + 60 ** 2) / 12 / 20));
  });

  it('a process that starts anew registers after 30 s, and is seen within 60 s more', () => {
    const base = trial();
    const [fault] = base.faults;
    const back = { ...fault, when: { kind: 'at' as const, atMs: 50 * SECOND, forMs: 250 * SECOND + 100 * SECOND } };
    for (let seed = 0; seed < 5; seed++) {
      const { views } = traceOf({ ...base, durationMs: 520 * SECOND, faults: [back] }, seed);
      const inAgain = views.filter(({ instance, inView }) => instance === 0 && inView)[1];
      expect(inAgain.atMs).toBeGreaterThanOrEqual(430 * SECOND);
      expect(inAgain.atMs).toBeLessThanOrEqual(490 * SECOND);
    }
  });
});
