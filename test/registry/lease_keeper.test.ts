import { describe, expect, it } from 'vitest';
import type { Instance } from '../../src/core/instance.ts';
import { randomStream } from '../../src/core/random.ts';
import type { Registrar, Snapshot } from '../../src/registry/discovery.ts';
import { keepRegistered } from '../../src/registry/lease_keeper.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const instance: Instance = { id: 'a', address: 'a:80', zone: null, weight: 1 };

function setUp() {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const seen: Snapshot[] = [];
  registry.watch('web', (snapshot) => void seen.push(snapshot));
  const world = { reachable: true };
  const keep = (ttlMs: number | null, renewIntervalMs: number, name = 'seed', registrar: Registrar = registry) =>
    keepRegistered({
      registrar,
      clock,
      random: randomStream(name),
      service: 'web',
      instance,
      ttlMs,
      renewIntervalMs,
    });
  const isIn = () => seen.at(-1)?.instances.length === 1;
  return { clock, registry, seen, world, keep, isIn };
}

/** As a simulator cuts an instance off: calls have no effect, and the caller learns nothing. See `Lease`. */
function cutOff(registrar: Registrar, world: { reachable: boolean }): Registrar {
  return {
    register(service, instance, ttlMs, passing) {
      const lease = world.reachable ? registrar.register(service, instance, ttlMs, passing) : null;
      return {
        setPassing: (passing, atMs) => void (world.reachable && lease?.setPassing(passing, atMs)),
        renew: () => !world.reachable || (lease?.renew() ?? false),
        revoke: () => void (world.reachable && lease?.revoke()),
      };
    },
  };
}

/** The registrar with the times of its renewals. */
function recorded(registrar: Registrar, clock: ManualClock) {
  const renewals: number[] = [];
  const recording: Registrar = {
    register(service, instance, ttlMs) {
      const lease = registrar.register(service, instance, ttlMs);
      return {
        setPassing: (passing, atMs) => lease.setPassing(passing, atMs),
        revoke: () => lease.revoke(),
        renew: () => renewals.push(clock.now()) > 0 && lease.renew(),
      };
    },
  };
  return { renewals, recording };
}

describe('keepRegistered', () => {
  it('registers at once and stays in, in one version', () => {
    const { clock, keep, seen, isIn } = setUp();
    keep(30, 10);
    expect(isIn()).toBe(true);
    clock.advance(10_000);
    expect(seen).toHaveLength(2);
  });

  it('renews at a fixed rate from a random phase below the interval', () => {
    const phases = Array.from({ length: 2000 }, (_, i) => {
      const { clock, keep, registry } = setUp();
      const { renewals, recording } = recorded(registry, clock);
      keep(30, 10, `seed/${i}`, recording);
      clock.advance(40);
      const [first = -1] = renewals;
      renewals.forEach((atMs, k) => void expect(atMs).toBeCloseTo(first + 10 * k, 9));
      expect(renewals).toHaveLength(4);
      return first;
    });
    // Uniform: the mean of 2000 has standard error 10 / sqrt(12 * 2000) = 0.065.
    expect(Math.min(...phases)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...phases)).toBeLessThan(10);
    expect(Math.abs(phases.reduce((sum, phase) => sum + phase, 0) / 2000 - 5)).toBeLessThan(5 * 0.065);
  });

  it('registers for good without a time to live: no timer, no draw', () => {
    const { clock, keep, isIn } = setUp();
    const keeper = keep(null, 0);
    expect(clock.pending).toBe(0);
    clock.advance(1e9);
    keeper.stop();
    expect(isIn()).toBe(true);
    keeper.deregister();
    expect(isIn()).toBe(false);
  });

  it('stop lets the lease run out, at most ttlMs later', () => {
    const { clock, keep, seen, isIn } = setUp();
    const keeper = keep(30, 10);
    clock.advance(100);
    keeper.stop();
    expect(isIn()).toBe(true);
    clock.advance(1000);
    expect(isIn()).toBe(false);
    const leftAtMs = seen.at(-1)?.atMs ?? -1;
    expect(leftAtMs).toBeGreaterThan(100 + 30 - 10);
    expect(leftAtMs).toBeLessThanOrEqual(100 + 30);
    expect(clock.pending).toBe(0);
  });

  it('deregister leaves now and for good', () => {
    const { clock, keep, seen, isIn } = setUp();
    const keeper = keep(30, 10);
    clock.advance(5);
    keeper.deregister();
    keeper.deregister();
    expect(isIn()).toBe(false);
    expect(clock.pending).toBe(0);
    clock.advance(1000);
    expect(seen).toHaveLength(3);
  });

  it('registers anew at the first tick that finds the lease gone', () => {
    const { clock, keep, registry, seen, isIn } = setUp();
    keep(30, 10);
    clock.advance(100);
    registry.register('web', instance, null).revoke();
    expect(isIn()).toBe(false);
    clock.advance(10);
    expect(isIn()).toBe(true);
    clock.advance(1000);
    expect(seen).toHaveLength(4);
  });

  it('ticks on while cut off, loses its lease meanwhile, and is back within one interval of the end', () => {
    const { clock, keep, registry, world, seen, isIn } = setUp();
    keep(30, 10, 'seed', cutOff(registry, world));
    clock.advance(100);
    world.reachable = false;
    clock.advance(60);
    expect(isIn()).toBe(false);
    expect(seen.at(-1)?.atMs).toBeGreaterThan(120);
    expect(seen.at(-1)?.atMs).toBeLessThanOrEqual(130);
    world.reachable = true;
    clock.advance(10);
    expect(isIn()).toBe(true);
    clock.advance(1000);
    expect(seen).toHaveLength(4);
  });

  it('started while cut off, it comes in once the registry can be reached', () => {
    const { clock, keep, registry, world, isIn } = setUp();
    world.reachable = false;
    keep(30, 10, 'seed', cutOff(registry, world));
    clock.advance(95);
    expect(isIn()).toBe(false);
    world.reachable = true;
    clock.advance(10);
    expect(isIn()).toBe(true);
  });

  it('a cut shorter than what is left of the lease goes unseen', () => {
    const { clock, keep, registry, world, seen } = setUp();
    keep(30, 10, 'seed', cutOff(registry, world));
    clock.advance(100);
    world.reachable = false;
    clock.advance(9);
    world.reachable = true;
    clock.advance(1000);
    expect(seen).toHaveLength(2);
  });

  it('a watcher may deregister it even while it registers anew', () => {
    const { clock, keep, registry, isIn } = setUp();
    const keeper = keep(30, 10);
    registry.register('web', instance, null).revoke();
    registry.watch('web', ({ instances }) => void (instances.length === 1 && keeper.deregister()));
    clock.advance(10);
    expect(isIn()).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it.each([0, -1, Number.NaN, Infinity])('refuses to renew every %d ms, and registers nothing', (renewIntervalMs) => {
    const { keep, seen } = setUp();
    expect(() => keep(30, renewIntervalMs)).toThrow(RangeError);
    expect(seen).toHaveLength(1);
  });
});
