import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { SessionRates } from '../../../src/balancer/parts/session_rates.ts';
import { hostsOf } from '../../helpers/hosts.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

/** Begins at some time of which nothing is to depend. */
function rig(startMs = 7000) {
  const clock = new ManualClock(startMs);
  const hosts = hostsOf([{}, {}]);
  const rates = new SessionRates(clock);
  const sessions = (count: number): void => {
    for (let i = 0; i < count; i++) rates.count(hosts[0]);
  };
  return { clock, hosts, rates, sessions, read: () => rates.read(hosts[0]) };
}

// Worked out by hand from _freq_ctr_total_from_values.
describe('sessions over the last second', () => {
  it('are all of them within a second, of this host only', () => {
    const { clock, hosts, rates, sessions, read } = rig();
    expect(read()).toBe(0);
    sessions(4);
    clock.advance(999);
    sessions(3);
    expect(read()).toBe(7);
    expect(rates.read(hosts[1])).toBe(0);
  });

  it('fade by parts in the second that follows, truncated', () => {
    const { clock, sessions, read } = rig();
    sessions(10);
    clock.advance(1001);
    // 10 x 999 / 1000.
    expect(read()).toBe(9);
    clock.advance(249);
    expect(read()).toBe(7);
    sessions(2);
    // 10 x 750 / 1000 + 2.
    expect(read()).toBe(9);
    clock.advance(750);
    expect(read()).toBe(2);
  });

  it('are forgotten after two', () => {
    const { clock, sessions, read } = rig();
    sessions(10);
    clock.advance(2001);
    expect(read()).toBe(0);
    sessions(1);
    clock.advance(10);
    expect(read()).toBe(1);
  });

  it('begin a period of their own when the last two are over', () => {
    const { clock, sessions, read } = rig();
    sessions(5);
    clock.advance(2000);
    sessions(8);
    clock.advance(500);
    expect(read()).toBe(8);
  });

  it('do not fade when there was only one', () => {
    const { clock, sessions, read } = rig();
    sessions(1);
    clock.advance(2000);
    expect(read()).toBe(1);
    clock.advance(1);
    expect(read()).toBe(0);
  });

  it('are counted in periods that begin at even milliseconds', () => {
    const { clock, sessions, read } = rig(7001);
    sessions(1000);
    clock.advance(1000);
    // The period began at 7000.
    expect(read()).toBe(999);
  });
});

/** The periods as the sessions make them, then how many sessions lie in which. */
function naiveRate(times: readonly number[], now: number): number {
  let began = -Infinity;
  for (const time of times) {
    if (time < began + 1000) continue;
    began = time < began + 2000 ? began + 1000 : time - (time % 2);
  }
  const within = (from: number, to: number): number => times.filter((time) => time >= from && time < to).length;
  const isOver = now > began + 1000;
  if (isOver && now <= began + 2000 && within(began, began + 1000) === 1) return 1;
  const from = isOver ? began + 1000 : began;
  const left = Math.max(0, from + 1000 - now);
  return Math.floor((within(from - 1000, from) * left) / 1000 + within(from, from + 1000) + 1e-9);
}

const gap = fc.oneof(
  { weight: 4, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.nat(2500) },
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 999, 1000, 1001, 1999, 2000, 2001) },
);

test.prop([fc.nat(10_000), fc.array(fc.tuple(gap, fc.boolean()), { maxLength: 60 })])(
  'as counted by hand',
  (startMs, steps) => {
    const { clock, sessions, read } = rig(startMs);
    const times: number[] = [];
    for (const [ms, sends] of steps) {
      clock.advance(ms);
      if (sends) {
        sessions(1);
        times.push(clock.now());
      }
      expect(read()).toBe(naiveRate(times, clock.now()));
    }
  },
);
