import { describe, expect, test } from 'vitest';
import type { BalancerObserver } from '../../src/balancer/balancer_settings.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { Strategy } from '../../src/balancer/strategy.ts';
import { InvariantError } from '../../src/core/assert.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { balancerOf, hostNamed, instance, instancesOf } from '../helpers/balancing.ts';

const ids = (hosts: readonly Host[]): string => hosts.map((host) => host.instance.id).join('');

/** Always the first eligible host; writes down what it was told. */
function firstHost(log: string[] = []): Strategy {
  let hosts: readonly Host[] = [];
  return {
    rebuild: (members, eligible) => {
      hosts = eligible.slice();
      log.push(`rebuild ${ids(members)}/${ids(eligible)}`);
    },
    pick: () => hosts[0],
    onStart: (host) => log.push(`start ${host.instance.id} ${host.inFlight}`),
    onEnd: (host, latencyMs, outcome) => log.push(`end ${host.instance.id} ${host.inFlight} ${latencyMs} ${outcome}`),
  };
}

function observerInto(log: string[]): BalancerObserver {
  return {
    onAdded: (host) => log.push(`+${host.instance.id}`),
    onRemoved: (host) => log.push(`-${host.instance.id}`),
    onPanic: (panic) => log.push(`panic ${panic}`),
    onPickable: (host, pickable) => log.push(`${host.instance.id} ${pickable ? 'in' : 'out'}`),
  };
}

describe('what the observer is told', () => {
  test('each change at once, causes before effects', () => {
    const log: string[] = [];
    const balancer = balancerOf(firstHost(), [1, 1, 0, 1], { panicThreshold: 0.5, observer: observerInto(log) });
    expect(log.splice(0)).toEqual(['+a', '+b', '+c', '+d', 'a in', 'b in', 'd in']);

    const [a, b] = balancer.members;
    balancer.setHealthy(a, false);
    expect(log.splice(0)).toEqual(['a out']);
    balancer.setHealthy(a, false);
    expect(log.splice(0)).toEqual([]);
    balancer.setHealthy(b, false);
    expect(log.splice(0)).toEqual(['panic true', 'a in']);
    balancer.setHealthy(a, true);
    expect(log.splice(0)).toEqual(['panic false', 'b out']);

    balancer.update([instance('b'), instance('e')]);
    expect(log.splice(0)).toEqual(['-a', 'a out', '-c', '-d', 'd out', '+e', 'e in']);
    // b is the only one left, and unhealthy.
    balancer.update([instance('b')]);
    expect(log.splice(0)).toEqual(['-e', 'e out', 'panic true', 'b in']);
  });

  test('hosts that join unhealthy: panic before they are pickable', () => {
    const log: string[] = [];
    const settings = { panicThreshold: 0.5, initiallyHealthy: false, observer: observerInto(log) };
    const balancer = balancerOf(firstHost(), [1, 1], settings);
    expect(log.splice(0)).toEqual(['+a', '+b', 'panic true', 'a in', 'b in']);
    balancer.setHealthy(balancer.members[1], true);
    expect(log.splice(0)).toEqual(['panic false', 'a out']);
    expect(balancer.panic).toBe(false);
  });

  test('a weight that turns 0 takes the host out of balancing and out of the counts', () => {
    const log: string[] = [];
    const balancer = balancerOf(firstHost(), [1, 1, 1], { panicThreshold: 0.5, observer: observerInto(log) });
    balancer.setHealthy(hostNamed(balancer, 'a'), false);
    log.length = 0;
    balancer.update(instancesOf([1, 0, 0]));
    expect(log.splice(0)).toEqual(['panic true', 'a in', 'b out', 'c out']);
    balancer.update(instancesOf([1, 1, 2]));
    expect(log.splice(0)).toEqual(['panic false', 'a out', 'b in', 'c in']);
    expect(hostNamed(balancer, 'c').weight).toBe(2);
  });
});

describe('the strategy', () => {
  test('is rebuilt at the next pick, once for any number of changes, and only when something changed', () => {
    const log: string[] = [];
    const balancer = balancerOf(firstHost(log), [1, 1, 1]);
    const [a, b] = balancer.members;
    balancer.setHealthy(a, false);
    balancer.setHealthy(b, false);
    balancer.setHealthy(b, true);
    expect(log).toEqual([]);
    expect(balancer.pick(NO_KEY, 0)).toBe(b);
    expect(log.splice(0)).toEqual(['rebuild abc/bc']);
    balancer.update(instancesOf([1, 1, 1]));
    balancer.pick(NO_KEY, 0);
    expect(log.splice(0)).toEqual([]);
    // The same hosts in another order are no change, until there is one.
    balancer.update(instancesOf([1, 1, 1]).reverse());
    balancer.pick(NO_KEY, 0);
    expect(log.splice(0)).toEqual([]);
    balancer.update(instancesOf([1, 1, 3]).reverse());
    balancer.pick(NO_KEY, 0);
    expect(log.splice(0)).toEqual(['rebuild cba/cb']);
  });

  test('hears of attempts after they are counted', () => {
    const log: string[] = [];
    const balancer = balancerOf(firstHost(log), [1]);
    const [a] = balancer.members;
    balancer.acquire(a);
    balancer.release(a, 12.5, Outcome.reset);
    expect(log).toEqual(['start a 1', `end a 0 12.5 ${Outcome.reset}`]);
  });

  test('that picks a host which is not eligible is a bug', () => {
    const balancer = balancerOf({ ...firstHost(), rebuild() {}, pick: () => stray }, [1, 1]);
    const stray = balancer.members[1];
    balancer.setHealthy(stray, false);
    expect(() => balancer.pick(NO_KEY, 0)).toThrow(InvariantError);
  });
});

describe('hosts', () => {
  test('have an identity of id, address and zone; anything else is another server', () => {
    const balancer = balancerOf(firstHost(), [1, 1, 1]);
    const before = [...balancer.members];
    balancer.acquire(before[0]);
    const [a, b, c] = instancesOf([2, 1, 1]);
    balancer.update([a, { ...b, address: 'elsewhere:80' }, { ...c, zone: 'z' }]);
    expect(balancer.members[0]).toBe(before[0]);
    expect(before[0]).toMatchObject({ weight: 2, inFlight: 1, present: true });
    for (const i of [1, 2]) {
      expect(balancer.members[i]).not.toBe(before[i]);
      expect(before[i]).toMatchObject({ present: false, pickable: false });
    }
  });

  test('keep their slot until the last attempt has ended, after that it is reused', () => {
    const balancer = balancerOf(firstHost(), [1, 1]);
    const [a, b] = balancer.members;
    balancer.acquire(a);
    balancer.acquire(a);
    balancer.update([]);
    balancer.release(a, 1, Outcome.ok);
    balancer.update([instance('c'), instance('d')]);
    expect(balancer.members.map((host) => host.slot)).not.toContain(a.slot);
    expect(balancer.members.map((host) => host.slot)).toContain(b.slot);
    balancer.release(a, 1, Outcome.ok);
    balancer.update([instance('c'), instance('d'), instance('e')]);
    expect(hostNamed(balancer, 'e').slot).toBe(a.slot);
  });

  test('that have left keep a belief that counts for nothing', () => {
    const balancer = balancerOf(firstHost(), [1, 1], { panicThreshold: 0.5 });
    const [a] = balancer.members;
    balancer.update([instance('b')]);
    balancer.setHealthy(a, false);
    expect(balancer.panic).toBe(false);
    expect(ids(balancer.eligible)).toBe('b');
  });
});

describe('broken promises are found', () => {
  const balancer = balancerOf(firstHost(), [1, 1]);
  const [a, b] = balancer.members;
  balancer.update([instance('b')]);

  test.each<[string, () => void]>([
    ['an attempt released twice', () => balancer.release(b, 1, Outcome.ok)],
    ['an attempt sent to a host that has left', () => balancer.acquire(a)],
    ['an id twice in a snapshot', () => balancer.update([instance('x'), instance('x')])],
    ['a negative weight', () => balancer.update([instance('x', -1)])],
  ])('%s', (_what, act) => {
    expect(act).toThrow(InvariantError);
  });

  test.each([-0.1, 1.1, Number.NaN])('a panic threshold of %d', (panicThreshold) => {
    expect(() => balancerOf(firstHost(), [], { panicThreshold })).toThrow(RangeError);
  });
});
