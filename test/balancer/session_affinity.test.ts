import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { SessionTable } from '../../src/balancer/session_affinity.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { NaiveSessions } from '../helpers/naive_sessions.ts';

/** A table only hands hosts back. */
const hostOf = (slot: number) => ({ slot }) as Host;
const a = hostOf(0);
const b = hostOf(1);

test('a key is remembered, and goes to another host when told so', () => {
  const table = new SessionTable({ ttlMs: 1000, renew: true, maxEntries: 10 });
  expect(table.find(7, 0)).toBeNull();
  table.remember(7, a, 0);
  table.remember(8, b, 0);
  expect(table.find(7, 1)).toBe(a);
  table.remember(7, b, 2);
  expect(table.find(7, 3)).toBe(b);
  expect(table.size).toBe(2);
});

test('a session ends when it has not been used for the time, not when it is that old', () => {
  const table = new SessionTable({ ttlMs: 1000, renew: true, maxEntries: 10 });
  table.remember(7, a, 0);
  expect(table.find(7, 999)).toBe(a);
  expect(table.find(7, 1998)).toBe(a);
  expect(table.find(7, 2998)).toBeNull();
  expect(table.size).toBe(0);
});

test('without renewal it ends when it is that old, but begins anew with another host', () => {
  const table = new SessionTable({ ttlMs: 1000, renew: false, maxEntries: 10 });
  for (const key of [1, 2]) table.remember(key, a, 0);
  expect(table.find(1, 999)).toBe(a);
  table.remember(1, a, 999);
  table.remember(2, b, 999);
  expect([table.find(1, 1000), table.find(2, 1000)]).toEqual([null, b]);
  expect([table.find(2, 1998), table.find(2, 1999)]).toEqual([b, null]);
  table.remember(3, a, 0);
  table.remember(3, a, 1000);
  expect(table.find(3, 1999)).toBe(a);
});

test('a full table gives up the session unused for longest', () => {
  const table = new SessionTable({ ttlMs: Infinity, renew: true, maxEntries: 2 });
  table.remember(1, a, 0);
  table.remember(2, a, 1);
  table.find(1, 2);
  table.remember(3, b, 3);
  expect([table.find(1, 4), table.find(2, 4), table.find(3, 4)]).toEqual([a, null, b]);
  expect(table.size).toBe(2);
});

test('sessions that are over make room before others', () => {
  const table = new SessionTable({ ttlMs: 10, renew: true, maxEntries: 3 });
  for (const key of [1, 2, 3]) table.remember(key, a, 0);
  table.find(3, 9);
  table.remember(4, b, 10);
  expect(table.size).toBe(2);
  expect(table.find(3, 10)).toBe(a);
});

test('requests without a key have no session', () => {
  const table = new SessionTable({ ttlMs: 1000, renew: true, maxEntries: 1 });
  table.remember(1, a, 0);
  table.remember(NO_KEY, b, 0);
  expect([table.find(NO_KEY, 0), table.find(1, 0)]).toEqual([null, a]);
});

test.each([
  { ttlMs: 0, renew: true, maxEntries: 1 },
  { ttlMs: Number.NaN, renew: true, maxEntries: 1 },
  { ttlMs: 1, renew: true, maxEntries: 0 },
  { ttlMs: 1, renew: true, maxEntries: 1.5 },
])('%j is out of range', (settings) => {
  expect(() => new SessionTable(settings)).toThrow(RangeError);
});

test('entries are used again', () => {
  const table = new SessionTable({ ttlMs: 5, renew: true, maxEntries: 4 });
  for (let i = 0; i < 1000; i++) {
    table.remember(i, i % 2 ? a : b, i);
  }
  expect((table as unknown as { hosts: unknown[] }).hosts.length).toBeLessThanOrEqual(4);
});

describe('beside a naive table', () => {
  const hosts = [a, b, hostOf(2)];
  const anyStep = fc.record({
    what: fc.constantFrom('find', 'remember'),
    key: fc.nat(60),
    host: fc.constantFrom(...hosts),
    passesMs: fc.nat(4),
  });

  const anyTtl = fc.integer({ min: 1, max: 100 });
  const anySize = fc.integer({ min: 1, max: 60 });

  prop.prop([anyTtl, fc.boolean(), anySize, fc.nat(60), fc.array(anyStep, { maxLength: 200 })])(
    'it finds the same hosts',
    (ttlMs, renew, maxEntries, first, steps) => {
      const table = new SessionTable({ ttlMs, renew, maxEntries });
      const naive = new NaiveSessions<Host>({ ttlMs, renew, maxEntries });
      let nowMs = 0;
      for (let key = 0; key < first; key++) for (const each of [table, naive]) each.remember(key, a, nowMs);
      for (const { what, key, host, passesMs } of steps) {
        nowMs += passesMs;
        if (what === 'remember') for (const each of [table, naive]) each.remember(key, host, nowMs);
        else expect(table.find(key, nowMs)).toBe(naive.find(key, nowMs));
        expect(table.size).toBeLessThanOrEqual(maxEntries);
      }
      for (let key = 0; key <= 60; key++) expect(table.find(key, nowMs)).toBe(naive.find(key, nowMs));
    },
  );
});
