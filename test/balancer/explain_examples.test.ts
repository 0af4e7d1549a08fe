import { describe, expect, it } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { PickReason } from '../../src/balancer/pick_reason.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { LoadProbe } from '../../src/balancer/strategy.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import type { PickNote } from '../../src/run/replay/events.ts';
import { watchedStrategies } from '../../src/run/replay/watched_strategy.ts';
import { balancerOf, instance } from '../helpers/balancing.ts';

interface Told {
  readonly host: string;
  readonly rule: string;
  /** Figures by host. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Hosts a, b, c, ... of these weights, and a pick told as it is made. */
function balanced(name: string, options: WrittenOptions, weights: readonly number[], probeLoad?: LoadProbe) {
  const notes: PickNote[] = [];
  const watcher = { wanted: true, note: (note: PickNote) => notes.push(note) };
  const strategy = watchedStrategies(strategyNamed(name).withOptions(options), 'doc', watcher);
  const balancer: Balancer = balancerOf(strategy, weights, probeLoad === undefined ? {} : { probeLoad });
  const pick = (key: Key = NO_KEY, attempt = 0, retry = false): Told => {
    const host = balancer.pick(key, attempt, 0, null, retry)?.instance.id ?? '';
    const { reason } = notes.pop() as PickNote;
    const { rule, compared } = reason as PickReason;
    return { host, rule, figures: Object.fromEntries((compared?.hosts ?? []).map(({ id, figure }) => [id, figure])) };
  };
  return { balancer, pick };
}

describe('figures named of a pick', () => {
  it('are the current weights of the log of nginx commit 52327e0627f4: {5, 1, 1}', () => {
    const { pick } = balanced('weighted-round-robin', {}, [5, 1, 1]);
    const told = Array.from({ length: 7 }, () => pick());
    expect(told.map(({ host }) => host).join('')).toBe('aabacaa');
    expect(told.map(({ figures: { a, b, c } }) => [a, b, c])).toEqual([
      [5, 1, 1],
      [3, 2, 2],
      [1, 3, 3],
      [6, -3, 4],
      [4, -2, 5],
      [9, -1, -1],
      [7, 0, 0],
    ]);
  });

  it.each([
    ['weighted-round-robin', { algorithm: 'edf' }],
    ['least-request', {}],
  ])('are deadlines of which the one picked goes up by 1 / weight: %s %o', (name, options) => {
    const weights = [3, 1, 2];
    const { pick } = balanced(name, options, weights);
    let due: number[] | null = null;
    for (let i = 0; i < 20; i++) {
      const { host, figures } = pick();
      const found = [figures.a, figures.b, figures.c];
      for (const [place, delay] of (due ?? []).entries()) expect(found[place]).toBeCloseTo(delay, 6);
      const later = found.map((delay, place) => delay + ('abc'[place] === host ? 1 / weights[place] : 0));
      due = later.map((delay) => delay - Math.min(...later));
    }
  });

  it('are phases of which only the one picked has reached 65,535', () => {
    for (const clamp of [true, false]) {
      const { pick } = balanced('weighted-round-robin', { algorithm: 'static-stride', clamp }, [30, 1, 1, 1, 1]);
      const told = Array.from({ length: 60 }, () => pick());
      for (const { host, figures } of told) {
        const reached = Object.keys(figures).filter((id) => figures[id] >= 65_535);
        expect(reached).toEqual([host]);
      }
      expect(told.some(({ figures }) => Object.keys(figures).length > 1)).toBe(true);
    }
  });

  it('are latencies of the cold answers in the pool, or requests in flight where all are hot', () => {
    const load: Record<string, [number, number]> = { a: [9, 1], b: [0, 5], c: [1, 4] };
    const probeLoad: LoadProbe = (host, done) => done(host, ...load[host.instance.id]);
    const { pick } = balanced('prequal', { removeRate: 0, rifQuantile: 0.5 }, [1, 1, 1], probeLoad);
    expect(pick().rule).toBe('drawn uniformly among 3: 0 probe answers in the pool, and it takes 2');
    const hot = 'hot with more than 1 in flight';
    expect(pick()).toEqual({
      host: 'c',
      rule: `the lowest latency of the 2 cold of 3 probe answers in the pool (${hot}), the oldest among equals`,
      figures: { b: 5, c: 4 },
    });
    const least = balanced('prequal', { removeRate: 0, rifQuantile: 0 }, [1, 1, 1], probeLoad);
    least.pick();
    expect(least.pick()).toEqual({
      host: 'b',
      rule: 'the fewest in flight of 3 probe answers in the pool, all hot (hot with any in flight), the oldest among equals',
      figures: { a: 9, b: 0, c: 1 },
    });
    const quickest = balanced('prequal', { removeRate: 0, rifQuantile: 1 }, [1, 1, 1], probeLoad);
    quickest.pick();
    expect(quickest.pick()).toMatchObject({ host: 'a', figures: { a: 1, b: 5, c: 4 } });
    const low = balanced('prequal', { removeRate: 0, rifQuantile: 0.1 }, [1, 1, 1], probeLoad);
    low.pick();
    for (const host of low.balancer.members) low.balancer.acquire(host);
    const all = low.pick();
    expect(all.rule).toMatch(/^the fewest in flight of 3 probe answers in the pool, all hot \(hot with more than 0 /);
    expect(all).toMatchObject({ host: 'b', figures: { a: 10, b: 1, c: 2 } });
  });

  it('are current weights where nginx random two has drawn in vain', () => {
    const { pick } = balanced('least-request', { algorithm: 'nginx-random-two' }, [1e6, 1]);
    expect(pick()).toEqual({
      host: 'a',
      rule:
        '21 draws of the same host or of hosts that cannot be picked, so round robin: ' +
        'the most saved up by smooth weighted round robin, the first in order among equals',
      figures: { a: 1e6, b: 1 },
    });
    expect(pick().figures).toEqual({ a: 1e6 - 1, b: 2 });
  });

  it('are none where nginx has hashed a retry over the backups of a host alone', () => {
    const { balancer, pick } = balanced('modulo-hash', { system: 'nginx' }, [1]);
    balancer.update([instance('a'), ...[...'bcd'].map((id) => ({ ...instance(id), backup: true }))]);
    const [a, b] = balancer.members;
    a.tried = true;
    const inTurn = pick(7, 0, true);
    expect(inTurn.rule).toBe('the most saved up by smooth weighted round robin, the first in order among equals');
    expect(inTurn).toMatchObject({ host: 'b', figures: { b: 1, c: 1, d: 1 } });
    b.tried = true;
    const hashed = pick(7, 0, true);
    expect(hashed.rule).toMatch(/^the hash of its key, [0-9a-f]{8}, leads to slot \d of 3/);
    expect(hashed.figures).toEqual({});
  });

  it('are those of the hosts of one address, which take turns at its points', () => {
    const { balancer, pick } = balanced('ring-hash', { system: 'nginx' }, [1]);
    const sharing = { ...instance('b'), address: 'a:80' };
    balancer.update([instance('a'), sharing]);
    const told = [pick(7), pick(7)];
    expect(told.map(({ figures }) => figures)).toEqual([
      { a: 1, b: 1 },
      { a: 0, b: 2 },
    ]);
    expect(told.map(({ host }) => host)).toEqual(['a', 'b']);
    expect(told[0].rule).toMatch(
      /^the hash of its key, [0-9a-f]{8}, leads to point \d+ of 160 on the ring, of several/,
    );
  });
});

describe('a request without a key is told', () => {
  it.each([
    ['weighted-round-robin', { algorithm: 'static-rr' }, 'the slots in turn: slot', 3],
    ['modulo-hash', {}, 'no key, so the slots in turn: slot', 3],
    ['ring-hash', { system: 'haproxy' }, 'no key, so the points in turn: point', 48],
  ])('whose turn it was: %s %o', (name, options, words, places) => {
    const { pick } = balanced(name, options, [2, 1]);
    const rounds = Array.from({ length: 2 * places }, () => pick());
    for (const [i, { rule }] of rounds.entries())
      expect(rule).toContain(`${words} ${(i % places) + 1} of ${places} on the `);
    const [first, second] = [0, places].map((at) => rounds.slice(at, at + places).map(({ host }) => host));
    expect(second).toEqual(first);
    expect(new Set(first).size).toBe(2);
  });

  it.each([
    ['ring-hash', { system: 'nginx' }],
    ['modulo-hash', { system: 'nginx' }],
  ])('that it is round robin: %s %o', (name, options) => {
    expect(balanced(name, options, [1, 3]).pick()).toEqual({
      host: 'b',
      rule: 'no key, so round robin: the most saved up by smooth weighted round robin, the first in order among equals',
      figures: { a: 1, b: 3 },
    });
  });
});
