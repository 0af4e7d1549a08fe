import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Lease, Snapshot } from '../../../src/registry/discovery.ts';
import { createLessor, keepAliveMs, leastTtlMs } from '../../../src/sim/registries/etcd/lessor.ts';
import { SERVICE } from '../../../src/sim/service.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

const instance = (id: string) => ({ id, address: `${id}:80`, zone: null, weight: 1 });

function rig(phaseMs = 0) {
  const clock = new ManualClock();
  const lessor = createLessor(clock, 1000, phaseMs);
  const seen: { atMs: number; snapshot: Snapshot }[] = [];
  lessor.watch(SERVICE, (snapshot) => void seen.push({ atMs: clock.now(), snapshot }));
  return { clock, lessor, seen };
}

describe('golden: etcd 3.4 as measured (registries.md, section 3)', () => {
  it('a TTL of 2 s ends 2000 to 2500 ms after the last keep-alive, one of 5 s after 5000 to 5500', () => {
    for (const ttlMs of [2000, 5000]) {
      for (let phaseMs = 0; phaseMs < 500; phaseMs += 7) {
        const { clock, lessor, seen } = rig(phaseMs);
        clock.advance(1000);
        lessor.register(SERVICE, instance('a'), ttlMs);
        clock.advance(10_000);
        const { atMs, snapshot } = seen.at(-1) as (typeof seen)[number];
        expect(snapshot.instances).toEqual([]);
        expect(snapshot.evidenceAtMs).toBe(1000);
        // The first look at or after the end: the grid is the phase and every 500 ms from there.
        expect(atMs).toBe(phaseMs + 500 * Math.ceil((1000 + ttlMs - phaseMs) / 500));
        expect(atMs - 1000).toBeGreaterThanOrEqual(ttlMs);
        expect(atMs - 1000).toBeLessThan(ttlMs + 500);
      }
    }
  });

  it('asked for 1 s it grants 2', () => {
    expect(leastTtlMs(1000)).toBe(2000);
    const { clock, lessor } = rig();
    const lease = lessor.register(SERVICE, instance('a'), 1000);
    clock.advance(1999);
    expect(lease.renew()).toBe(true);
  });

  it('3000 leases that end together take 2.5 s to drain: 500 at each of six looks', () => {
    const { clock, lessor, seen } = rig();
    for (let i = 0; i < 3000; i++) lessor.register(SERVICE, instance(`${i}`), 2000);
    clock.advance(1999);
    const left: number[] = [];
    for (let k = 0; k < 6; k++) {
      clock.advance(k === 0 ? 1 : 500);
      left.push(seen.at(-1)?.snapshot.instances.length ?? -1);
    }
    expect(clock.now()).toBe(4500);
    expect(left).toEqual([2500, 2000, 1500, 1000, 500, 0]);
  });

  it('a lease that has expired cannot be renewed, revoked yet or not', () => {
    const { clock, lessor, seen } = rig(250);
    const lease = lessor.register(SERVICE, instance('a'), 2000);
    clock.advance(2100);
    expect(seen.at(-1)?.snapshot.instances).toHaveLength(1);
    expect(lease.renew()).toBe(false);
  });

  it('keep-alives come a third of the time to live apart, at the next turn of half a second', () => {
    expect([2000, 3000, 5000, 10_000, 60_000].map(keepAliveMs)).toEqual([1000, 1000, 2000, 3500, 20_000]);
  });

  it('a new leader starts every lease anew, with an election timeout on top', () => {
    const { clock, lessor, seen } = rig();
    lessor.register(SERVICE, instance('a'), 2000);
    clock.advance(1900);
    lessor.promote();
    clock.advance(2999);
    expect(seen.at(-1)?.snapshot.instances).toHaveLength(1);
    clock.advance(101);
    expect(seen.at(-1)?.snapshot.instances).toHaveLength(0);
  });
});

type Step =
  | { readonly kind: 'register'; readonly id: string; readonly ttlMs: number | null }
  | { readonly kind: 'renew'; readonly lease: number }
  | { readonly kind: 'revoke'; readonly lease: number }
  | { readonly kind: 'promote' }
  | { readonly kind: 'advance'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    id: fc.constantFrom('a', 'b', 'c'),
    ttlMs: fc.constantFrom(null, 1000, 3000, 5000),
  }),
  fc.record({ kind: fc.constant('renew' as const), lease: fc.nat(20) }),
  fc.record({ kind: fc.constant('revoke' as const), lease: fc.nat(20) }),
  fc.constant({ kind: 'promote' as const }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 499, 500, 733, 2000, 3100) }),
);

test.prop([fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 499 })])(
  'holds whoever a list of leases says, looked at twice a second',
  (steps, phaseMs) => {
    const { clock, lessor, seen } = rig(phaseMs);
    const leases: Lease[] = [];
    /** In order of registration: who, until when, and whether it is still in. */
    const list: { id: string; ttlMs: number; endsAtMs: number; isIn: boolean }[] = [];
    const firsts: string[] = [];
    let nowMs = 0;
    for (const one of steps) {
      if (one.kind === 'register') {
        leases.push(lessor.register(SERVICE, instance(one.id), one.ttlMs));
        for (const other of list) if (other.id === one.id) other.isIn = false;
        const ttlMs = one.ttlMs === null ? Infinity : Math.max(2000, one.ttlMs);
        list.push({ id: one.id, ttlMs, endsAtMs: nowMs + ttlMs, isIn: true });
        if (!firsts.includes(one.id)) firsts.push(one.id);
      } else if (one.kind === 'renew' || one.kind === 'revoke') {
        const place = list[one.lease];
        const lease = leases[one.lease];
        if (place === undefined || lease === undefined) continue;
        if (one.kind === 'revoke') {
          lease.revoke();
          place.isIn = false;
        } else {
          const inForce = place.isIn && place.endsAtMs > nowMs;
          expect(lease.renew()).toBe(inForce);
          if (inForce) place.endsAtMs = nowMs + place.ttlMs;
        }
      } else if (one.kind === 'promote') {
        lessor.promote();
        for (const place of list) if (place.isIn) place.endsAtMs = nowMs + place.ttlMs + 1000;
      } else {
        clock.advance(one.ms);
        const endMs = nowMs + one.ms;
        for (let lookMs = phaseMs; lookMs <= endMs; lookMs += 500) {
          if (lookMs > nowMs) for (const place of list) if (place.endsAtMs <= lookMs) place.isIn = false;
        }
        nowMs = endMs;
      }
      const present = firsts.filter((id) => list.some((place) => place.id === id && place.isIn));
      expect(seen.at(-1)?.snapshot.instances.map(({ id }) => id)).toEqual(present);
    }
  },
);
