import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.ts';
import { checkedRegistrar } from '../../src/mesh/checked_registrar.ts';
import { keepCheckedRegistered, type RegistrationChecks } from '../../src/mesh/checked_registration.ts';
import type { Snapshot } from '../../src/registry/discovery.ts';
import { createMemoryRegistry } from '../../src/registry/memory_registry.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

const instance = { id: 'a', address: 'a:80', zone: null, weight: 1 };

function rig() {
  const clock = new ManualClock();
  const registry = createMemoryRegistry(clock);
  const seen: Snapshot[] = [];
  registry.watch('web', (snapshot) => void seen.push(snapshot));
  const running: { turn: (passing: boolean, evidenceAtMs: number) => void; stopped: boolean }[] = [];
  const checks: RegistrationChecks = {
    passing: false,
    start(_instance, onChange) {
      const check = { turn: onChange, stopped: false };
      running.push(check);
      return () => {
        check.stopped = true;
      };
    },
  };
  const isIn = (): boolean => seen.at(-1)?.instances.length === 1;
  return { clock, registry, seen, running, checks, isIn };
}

describe('an agent that keeps an instance registered and checks it', () => {
  const options = { random: randomStream('x'), service: 'web', instance, ttlMs: 3000, renewIntervalMs: 1000 };

  it('registers it as failing, and says when its check turns, by the evidence of the check', () => {
    const { clock, registry, seen, running, checks, isIn } = rig();
    const keeper = keepCheckedRegistered({ ...options, registrar: registry, clock }, checks);
    expect(isIn()).toBe(false);
    clock.advance(500);
    running[0]?.turn(true, 400);
    expect(isIn()).toBe(true);
    expect(seen.at(-1)).toMatchObject({ atMs: 500, evidenceAtMs: 400 });
    clock.advance(10_000);
    running[0]?.turn(false, 10_100);
    expect(isIn()).toBe(false);
    keeper.stop();
    expect(running[0]?.stopped).toBe(true);
  });

  it('says it again with its next renewal where it was not heard, and when it registers anew', () => {
    const { clock, registry, running, checks, isIn } = rig();
    let heard = true;
    const registrar: typeof registry.register = (service, one, ttlMs, passing) => {
      const lease = registry.register(service, one, ttlMs, passing);
      return {
        renew: () => !heard || lease.renew(),
        revoke: () => lease.revoke(),
        setPassing: (passing, atMs) => void (heard && lease.setPassing(passing, atMs)),
      };
    };
    keepCheckedRegistered({ ...options, registrar: { register: registrar }, clock }, checks);
    heard = false;
    running[0]?.turn(true, 0);
    clock.advance(1000);
    expect(isIn()).toBe(false);
    heard = true;
    clock.advance(1000);
    expect(isIn()).toBe(true);
    heard = false;
    clock.advance(5000);
    expect(isIn()).toBe(false); // ran out
    heard = true;
    clock.advance(1000);
    expect(isIn()).toBe(true);
  });
});

describe('a registrar that checks what registers', () => {
  it('shows an instance once its check passes, whatever it says of itself', () => {
    const { registry, running, checks, isIn } = rig();
    const lease = checkedRegistrar(registry, checks).register('web', instance, null);
    expect(isIn()).toBe(false);
    lease.setPassing(true, 0);
    expect(isIn()).toBe(false);
    running[0]?.turn(true, 0);
    expect(isIn()).toBe(true);
    lease.revoke();
    expect(isIn()).toBe(false);
    expect(running[0]?.stopped).toBe(true);
  });

  it('keeps the check and how it stands where the instance registers again in time', () => {
    const { registry, seen, running, checks, isIn } = rig();
    const registrar = checkedRegistrar(registry, checks);
    const first = registrar.register('web', instance, 1000);
    running[0]?.turn(true, 0);
    const versions = seen.length;
    registrar.register('web', instance, 1000);
    expect(running).toHaveLength(1);
    expect(isIn()).toBe(true);
    expect(seen).toHaveLength(versions);
    first.revoke(); // of a lease that was replaced: nothing
    running[0]?.turn(false, 0);
    expect(isIn()).toBe(false);
  });

  it('begins anew with one whose lease ran out', () => {
    const { clock, registry, running, checks, isIn } = rig();
    const registrar = checkedRegistrar(registry, checks);
    registrar.register('web', instance, 1000);
    running[0]?.turn(true, 0);
    clock.advance(1000);
    expect(isIn()).toBe(false);
    registrar.register('web', instance, 1000);
    expect(running.map(({ stopped }) => stopped)).toEqual([true, false]);
    expect(isIn()).toBe(false);
    running[1]?.turn(true, 0);
    expect(isIn()).toBe(true);
  });
});
