import { describe, expect, it } from 'vitest';
import type { Instance } from '../../src/core/instance.ts';
import type { Snapshot } from '../../src/registry/discovery.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

function instance(id: string, over: Partial<Instance> = {}): Instance {
  return { id, address: `${id}:80`, zone: null, weight: 1, ...over };
}

function setUp() {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const seen: Snapshot[] = [];
  const watch = () => registry.watch('web', (snapshot) => void seen.push(snapshot));
  const last = () => seen.at(-1) as Snapshot;
  const ids = () => last().instances.map(({ id }) => id);
  return { clock, registry, seen, watch, last, ids };
}

describe('watch', () => {
  it('delivers the empty version 0 of an unknown service inside the call', () => {
    const { clock, watch, seen } = setUp();
    clock.advance(5);
    watch();
    expect(seen).toEqual([{ version: 0, atMs: 0, evidenceAtMs: 0, instances: [] }]);
  });

  it('delivers the current snapshot inside the call, stamped with the time it was made', () => {
    const { clock, registry, watch, seen } = setUp();
    registry.register('web', instance('a'), null);
    clock.advance(7);
    registry.register('web', instance('b'), null);
    clock.advance(7);
    watch();
    expect(seen).toEqual([{ version: 2, atMs: 7, evidenceAtMs: 7, instances: [instance('a'), instance('b')] }]);
  });

  it('says nothing after close, and keeps services apart', () => {
    const { registry, watch, seen } = setUp();
    const subscription = watch();
    registry.register('other', instance('x'), null);
    expect(seen).toHaveLength(1);
    subscription.close();
    subscription.close();
    registry.register('web', instance('a'), null);
    expect(seen).toHaveLength(1);
  });

  it('hands out snapshots that stay as they are', () => {
    const { registry, watch, seen } = setUp();
    watch();
    registry.register('web', instance('a'), null);
    const before = seen[1] as Snapshot;
    registry.register('web', instance('b'), null);
    expect(before.instances).toEqual([instance('a')]);
    expect(() => (before.instances as Instance[]).push(instance('c'))).toThrow(TypeError);
    expect(() => Object.assign(before, { version: 9 })).toThrow(TypeError);
  });

  it('gives all watchers the same snapshot', () => {
    const { registry, watch, seen } = setUp();
    watch();
    watch();
    registry.register('web', instance('a'), null);
    expect(seen).toHaveLength(4);
    expect(seen[2]).toBe(seen[3]);
  });
});

describe('leases', () => {
  it('expire exactly ttlMs after registration', () => {
    const { clock, registry, watch, ids, last } = setUp();
    watch();
    const lease = registry.register('web', instance('a'), 30);
    clock.advance(29.999);
    expect(ids()).toEqual(['a']);
    clock.advanceTo(30);
    expect(last()).toEqual({ version: 2, atMs: 30, evidenceAtMs: 0, instances: [] });
    expect(lease.renew()).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('expire exactly ttlMs after the last renewal', () => {
    const { clock, registry, watch, last } = setUp();
    watch();
    const lease = registry.register('web', instance('a'), 30);
    clock.advance(20);
    expect(lease.renew()).toBe(true);
    clock.advance(20);
    expect(lease.renew()).toBe(true);
    clock.advance(100);
    expect(last()).toMatchObject({ version: 2, atMs: 70 });
  });

  it('never expire when permanent, and set no timer', () => {
    const { clock, registry, watch, ids } = setUp();
    watch();
    const lease = registry.register('web', instance('a'), null);
    expect(clock.pending).toBe(0);
    clock.advance(1e9);
    expect(ids()).toEqual(['a']);
    expect(lease.renew()).toBe(true);
  });

  it('end at once when revoked, and only once', () => {
    const { clock, registry, watch, seen, ids } = setUp();
    watch();
    const lease = registry.register('web', instance('a'), 30);
    lease.revoke();
    expect(ids()).toEqual([]);
    expect(clock.pending).toBe(0);
    lease.revoke();
    expect(lease.renew()).toBe(false);
    expect(seen).toHaveLength(3);
  });

  it.each([0, -1, Number.NaN, Infinity])('refuse a time to live of %d, and register nothing', (ttlMs) => {
    const { registry, watch, seen } = setUp();
    watch();
    expect(() => registry.register('web', instance('a'), ttlMs)).toThrow(RangeError);
    expect(seen).toHaveLength(1);
  });
});

describe('registering a present id', () => {
  it('ends the older lease: it cannot renew, revoke or expire the newer one', () => {
    const { clock, registry, watch, ids } = setUp();
    watch();
    const older = registry.register('web', instance('a'), 30);
    clock.advance(10);
    const newer = registry.register('web', instance('a'), 100);
    expect(older.renew()).toBe(false);
    older.revoke();
    expect(ids()).toEqual(['a']);
    clock.advanceTo(109);
    expect(ids()).toEqual(['a']);
    expect(newer.renew()).toBe(true);
    expect(clock.pending).toBe(1);
  });

  it('makes no version from the same data, but restarts the lease', () => {
    const { clock, registry, watch, seen, last } = setUp();
    watch();
    registry.register('web', instance('a'), 30);
    clock.advance(20);
    registry.register('web', instance('a'), 30);
    expect(seen).toHaveLength(2);
    clock.advance(100);
    expect(last()).toMatchObject({ version: 2, atMs: 50 });
  });

  it.each([{ address: 'z:1' }, { zone: 'z' }, { weight: 2 }])('makes a version from other data: %j', (over) => {
    const { registry, watch, last } = setUp();
    watch();
    registry.register('web', instance('a'), null);
    registry.register('web', instance('b'), null);
    registry.register('web', instance('a', over), null);
    expect(last()).toMatchObject({ version: 3, instances: [instance('a', over), instance('b')] });
  });
});

describe('order', () => {
  it('is that of first registration, kept by an id that comes back', () => {
    const { registry, watch, ids } = setUp();
    watch();
    const leases = ['c', 'a', 'b'].map((id) => registry.register('web', instance(id), null));
    leases[0]?.revoke();
    expect(ids()).toEqual(['a', 'b']);
    registry.register('web', instance('d'), null);
    registry.register('web', instance('c'), null);
    expect(ids()).toEqual(['c', 'a', 'b', 'd']);
  });

  it('among watchers is that of subscription', () => {
    const { registry } = setUp();
    const calls: string[] = [];
    for (const name of ['first', 'second', 'third'])
      registry.watch('web', ({ version }) => void calls.push(`${name} ${version}`));
    registry.register('web', instance('a'), null);
    expect(calls.slice(3)).toEqual(['first 1', 'second 1', 'third 1']);
  });
});

describe('a listener that changes the registry', () => {
  it('is not called again from inside its own call, and nobody misses the end', () => {
    const { registry } = setUp();
    const calls: string[] = [];
    let depth = 0;
    for (const name of ['first', 'second', 'third']) {
      registry.watch('web', ({ version }) => {
        depth++;
        expect(depth).toBe(1);
        calls.push(`${name} ${version}`);
        if (name === 'second' && version === 1) registry.register('web', instance('b'), null);
        depth--;
      });
    }
    calls.length = 0;
    registry.register('web', instance('a'), null);
    // The third goes straight to version 2: versions are told by their newest.
    expect(calls).toEqual(['first 1', 'second 1', 'third 2', 'first 2', 'second 2']);
  });

  it('may do so in its first call already', () => {
    const { registry } = setUp();
    const versions: number[] = [];
    registry.watch('web', ({ version }) => {
      versions.push(version);
      if (version < 3) registry.register('web', instance(`i${version}`), null);
      expect(versions.at(-1)).toBe(version);
    });
    expect(versions).toEqual([0, 1, 2, 3]);
  });

  it('may close any subscription: a closed one is not called any more', () => {
    const { registry } = setUp();
    const calls: string[] = [];
    registry.watch('web', ({ version }) => {
      calls.push(`first ${version}`);
      if (version === 1) second.close();
    });
    const second = registry.watch('web', ({ version }) => void calls.push(`second ${version}`));
    registry.watch('web', ({ version }) => void calls.push(`third ${version}`));
    calls.length = 0;
    registry.register('web', instance('a'), null);
    expect(calls).toEqual(['first 1', 'third 1']);
  });

  it('may watch: the new listener has its first call inside `watch` and then keeps up', () => {
    const { registry } = setUp();
    const inner: number[] = [];
    registry.watch('web', ({ version }) => {
      if (version !== 1) return;
      registry.watch('web', (snapshot) => void inner.push(snapshot.version));
      expect(inner).toEqual([1]);
      registry.register('web', instance('b'), null);
    });
    registry.register('web', instance('a'), null);
    expect(inner).toEqual([1, 2]);
  });

  it('may register again the id whose leaving it is told of', () => {
    const { registry, watch, ids, last } = setUp();
    const lease = registry.register('web', instance('a'), null);
    registry.watch('web', ({ instances }) => {
      if (instances.length === 0) registry.register('web', instance('a'), null);
    });
    watch();
    lease.revoke();
    expect(ids()).toEqual(['a']);
    expect(last().version).toBe(3);
    expect(lease.renew()).toBe(false);
  });
});

it('builds a snapshot when somebody looks, not at every registration', () => {
  const { registry, watch, last } = setUp();
  let reads = 0;
  const counting = (id: string) =>
    Object.defineProperty({ ...instance(id) }, 'weight', { enumerable: true, get: () => ++reads && 1 });
  for (let i = 0; i < 50_000; i++) registry.register('web', counting(`i${i}`), null);
  watch();
  expect(last()).toMatchObject({ version: 50_000 });
  expect(last().instances).toHaveLength(50_000);
  expect(reads).toBe(0);
}, 5_000);
