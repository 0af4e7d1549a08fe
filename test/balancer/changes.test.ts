import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host, HostHealth } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { balancerOf, balancerWith, hostNamed, instance, sequence } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

const random = (): ReturnType<typeof scriptedRandom> => scriptedRandom(Array(1000).fill(0));
const edf = strategyNamed('weighted-round-robin').withOptions({ algorithm: 'edf' });

function held(balancer: Balancer, id: string): Host {
  const host = hostNamed(balancer, id);
  balancer.acquire(host);
  return host;
}

// EdfLoadBalancerBase::refresh is called for the priority that was updated: by a list those in which it changes something
// (eds.cc, updateHostsPerLocality), by health all of them (ClusterImplBase::reloadHealthyHostsHelper).
describe('the schedule of a priority', () => {
  const second = [
    { ...instance('b'), priority: 1 },
    { ...instance('c', 2), priority: 1 },
  ];

  test('goes on where it was after changes of the list in another one, and after it got no load', () => {
    const balancer = balancerWith({ strategy: edf, random: random() });
    balancer.update(second);
    // By weights 1 and 2: c b c c b c.
    expect(sequence(balancer, 2)).toBe('cb');
    balancer.update([instance('a'), ...second]);
    expect(sequence(balancer, 2)).toBe('aa');
    balancer.update(second);
    expect(sequence(balancer, 2)).toBe('cc');
    balancer.update([{ ...instance('d', 0), priority: 2 }, ...second]);
    expect(sequence(balancer, 2)).toBe('bc');
  });

  test.each<[string, (balancer: Balancer) => void]>([
    ['unhealthy', (balancer) => balancer.setHealthy(hostNamed(balancer, 'a'), false)],
    ['degraded', (balancer) => balancer.setHealth(hostNamed(balancer, 'a'), { degraded: true })],
    ['excluded', (balancer) => balancer.setHealth(hostNamed(balancer, 'z'), { excluded: true })],
  ])('begins anew, as that of every priority, where a host of another one turns %s', (_, change) => {
    const balancer = balancerWith({ strategy: edf, random: random(), initiallyHealthy: false });
    balancer.update([{ ...instance('a'), priority: 2 }, instance('z'), ...second]);
    for (const id of ['a', 'b', 'c']) balancer.setHealthy(hostNamed(balancer, id), true);
    expect(sequence(balancer, 2)).toBe('cb');
    change(balancer);
    expect(sequence(balancer, 2)).toBe('cb');
  });

  // rebuildLocalityWrrForPriority.
  test("draws where zones start, with each change of its list and of anybody's health", () => {
    const locality = { kind: 'weighted' as const, weights: {} };
    let draws = 0;
    const counting = { ...random(), uint32: () => draws++ };
    const balancer = balancerWith({ strategy: edf, random: counting, locality });
    const drawn = (change: () => void): number => {
      draws = 0;
      change();
      return draws;
    };
    expect(drawn(() => balancer.update([instance('a'), ...second]))).toBe(2);
    expect(drawn(() => balancer.update([...second.toReversed(), instance('a')]))).toBe(0);
    expect(drawn(() => balancer.update([instance('a', 2), ...second]))).toBe(1);
    expect(drawn(() => balancer.setHealthy(hostNamed(balancer, 'b'), false))).toBe(2);
    expect(drawn(() => balancer.update(second))).toBe(1);
    expect(drawn(() => balancer.update(second))).toBe(0);
  });

  // ClusterImplBase::reloadHealthyHosts: once a result of a check, whatever flags it turns; none where no list differs.
  test('draws where zones start once a change, however much of a host turns by it, and where it is made anew in vain', () => {
    let draws = 0;
    const locality = { kind: 'weighted' as const, weights: {} };
    const balancer = balancerWith({ strategy: edf, random: { ...random(), uint32: () => draws++ }, locality });
    balancer.update([instance('a'), instance('b')]);
    const host = hostNamed(balancer, 'a');
    const drawn = (health: Partial<HostHealth>, renews = false): number => {
      draws = 0;
      balancer.setHealth(host, health, 'activeCheck', renews);
      return draws;
    };
    expect(drawn({ healthy: false, degraded: true, excluded: true })).toBe(1);
    expect(drawn({ degraded: false })).toBe(0);
    expect(drawn({ excluded: false })).toBe(1);
    expect(drawn({ degraded: true })).toBe(0);
    expect(drawn({ degraded: true }, true)).toBe(1);
    expect(drawn({ healthy: true })).toBe(1);
    expect(drawn({ excluded: true })).toBe(0);
    expect(drawn({ degraded: false, excluded: false })).toBe(1);
    expect(drawn({ degraded: false, excluded: false })).toBe(0);
  });

  // BaseDynamicClusterImpl::updateDynamicHostList: a list and the health that it tells of are one change of its priority.
  test('draws where zones start once an update, whatever health comes with it', () => {
    let draws = 0;
    const locality = { kind: 'weighted' as const, weights: {} };
    const balancer = balancerWith({ strategy: edf, random: { ...random(), uint32: () => draws++ }, locality });
    const drawn = (list: readonly Instance[], ill = ''): number => {
      draws = 0;
      balancer.update(list, () => {
        for (const host of balancer.members) balancer.setHealthy(host, !ill.includes(host.instance.id), 'registry');
      });
      return draws;
    };
    expect(drawn([instance('a'), ...second], 'ab')).toBe(2);
    expect(drawn([instance('a'), ...second], 'b')).toBe(1);
    expect(drawn([instance('a'), ...second], 'b')).toBe(0);
    expect(drawn([instance('a'), instance('d'), ...second], 'ac')).toBe(2);
    expect(balancer.eligible.map(({ instance: { id } }) => id).join('')).toBe('db');
  });

  test('has that order in host sets that are made later', () => {
    const hosts = ['a', 'b', 'c'].map((id) => ({ ...instance(id), zone: 'x' }));
    const degraded = balancerWith({ strategy: strategyNamed('round-robin').withOptions({}), random: random() });
    const zoned = balancerWith({ random: random(), locality: { kind: 'weighted', weights: {} } });
    for (const balancer of [degraded, zoned]) {
      balancer.update(hosts);
      balancer.update(hosts.toReversed());
    }
    expect(sequence(zoned, 3)).toBe('abc');
    for (const host of degraded.members) degraded.setHealth(host, { degraded: true });
    expect(sequence(degraded, 3)).toBe('abc');
  });

  // updateDynamicHostList: hosts_changed stays false, and the list is thrown away.
  test('has the order it had where the list is in another one, until anything in it changes', () => {
    const turns = strategyNamed('round-robin').withOptions({});
    const balancer = balancerWith({ strategy: turns, random: random() });
    const [a, b, c] = ['a', 'b', 'c'].map((id) => instance(id));
    balancer.update([a, b, c]);
    expect(sequence(balancer, 2)).toBe('ab');
    balancer.update([c, b, a]);
    expect(sequence(balancer, 2)).toBe('ca');
    expect(balancer.members.map(({ instance: { id } }) => id)).toEqual(['c', 'b', 'a']);
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    expect(sequence(balancer, 2)).toBe('ac');
    balancer.setHealthy(hostNamed(balancer, 'b'), true);
    balancer.update([c, b, a, { ...instance('d'), priority: 1 }]);
    expect(sequence(balancer, 3)).toBe('abc');
    balancer.update([c, { ...b, weight: 2 }, { ...a, weight: 2 }, { ...instance('d'), priority: 1 }]);
    // The cursor stands at 9.
    expect(sequence(balancer, 3)).toBe('cba');
  });

  test.each([
    ['a weight', [second[0], { ...second[1], weight: 3 }], 'ccb'],
    ['metadata', [second[0], { ...second[1], metadata: { of: 'c' } }], 'cbc'],
    ['who is in it', [...second, { ...instance('d', 4), priority: 1 }], 'dcd'],
  ])('begins anew with %s', (_, list, picks) => {
    const balancer = balancerWith({ strategy: edf, random: random() });
    balancer.update(second);
    expect(sequence(balancer, 1)).toBe('c');
    balancer.update(list);
    expect(sequence(balancer, 3)).toBe(picks);
  });
});

describe('as of the change, and not of the next pick', () => {
  test("Envoy's least request reads what is in flight", () => {
    const least = strategyNamed('least-request').withOptions({});
    const balancer = balancerOf(least, [1, 2], { random: random() });
    expect(sequence(balancer, 1)).toBe('b');
    const hosts = [1, 2, 3].map(() => held(balancer, 'b'));
    balancer.update([instance('a'), instance('b', 3)]);
    for (const host of hosts) balancer.release(host, 1, Outcome.ok);
    // a's turn comes at 1, b's at (3 + 1) / 3, and then every third.
    expect(sequence(balancer, 3)).toBe('abb');
  });

  // EdfLoadBalancerBase::refresh builds the schedules of all sources of the priority, whether they were picked from or not.
  test('so it does for all hosts, of which it picks in panic for the first time', () => {
    const least = strategyNamed('least-request').withOptions({});
    const balancer = balancerOf(least, [1, 2, 1], { random: random(), panicThreshold: 0.5 });
    expect(sequence(balancer, 1)).toBe('b');
    const hosts = [1, 2, 3].map(() => held(balancer, 'b'));
    for (const id of ['a', 'c']) balancer.setHealthy(hostNamed(balancer, id), false);
    for (const host of hosts) balancer.release(host, 1, Outcome.ok);
    // The turns of a and c come at 1, b's at (3 + 1) / 2, after their second ones, and then every half.
    expect(sequence(balancer, 6)).toBe('acbacb');
  });

  test('and for degraded hosts and those of zones, before the first pick among them', () => {
    const least = strategyNamed('least-request').withOptions({});
    const weighted = { kind: 'weighted', weights: {} } as const;
    for (const locality of [null, weighted]) {
      const balancer = balancerOf(least, [1, 1, 2], { random: random(), locality });
      sequence(balancer, 1);
      const hosts = [1, 2, 3].map(() => held(balancer, 'c'));
      for (const id of ['b', 'c']) balancer.setHealth(hostNamed(balancer, id), { degraded: true });
      balancer.setHealthy(hostNamed(balancer, 'a'), false);
      for (const host of hosts) balancer.release(host, 1, Outcome.ok);
      // b's turns come at 1, 2, 3, c's at (3 + 1) / 2, and then every half; c's first is a trifle early by the padding.
      expect(sequence(balancer, 5), locality?.kind).toBe('bcbcc');
    }
  });

  test("Envoy's slow start reads the time for a schedule that was not used yet", () => {
    const clock = new ManualClock(100_000);
    const slowStart = { kind: 'envoy', windowMs: 10_000, aggression: 1, minWeightShare: 0.1 } as const;
    const second = ['b', 'c'].map((id) => ({ ...instance(id), priority: 1 }));
    const balancer = balancerWith({ strategy: edf, slowStart, clock, random: random() });
    balancer.update([instance('a'), ...second]);
    sequence(balancer, 1);
    clock.advance(20_000);
    balancer.setHealthy(hostNamed(balancer, 'c'), false);
    balancer.setHealthy(hostNamed(balancer, 'c'), true);
    clock.advance(5000);
    // Of no concern to the second priority, unlike anybody's health.
    balancer.update(second);
    expect(sequence(balancer, 11)).toBe('bbbbbbbbbcb');
  });

  test("Envoy's slow start reads the time", () => {
    const clock = new ManualClock(100_000);
    const slowStart = { kind: 'envoy', windowMs: 10_000, aggression: 1, minWeightShare: 0.1 } as const;
    const balancer = balancerOf(edf, [1, 1], { slowStart, clock, random: random() });
    clock.advance(20_000);
    sequence(balancer, 1);
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    balancer.setHealthy(hostNamed(balancer, 'b'), true);
    clock.advance(5000);
    // 0.1 when b came back, so its turn is at 10.
    expect(sequence(balancer, 11)).toBe('aaaaaaaaaba');
  });

  test("HAProxy's leastconn queues a server that is back before one that falls idle later", () => {
    const leastconn = strategyNamed('least-request').withOptions({ algorithm: 'haproxy-leastconn', lists: 1 });
    const balancer = balancerOf(leastconn, [1, 1, 1]);
    const c = held(balancer, 'c');
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    expect(balancer.pick(NO_KEY, 0)).toBe(hostNamed(balancer, 'a'));
    balancer.setHealthy(hostNamed(balancer, 'b'), true);
    balancer.release(c, 1, Outcome.ok);
    expect(sequence(balancer, 3)).toBe('abc');
  });
});

// LeastRequestLoadBalancer::hostWeight divides by what is in flight, and applySlowStartFactor multiplies: 1 / 3 and 3 / 9
// are equal doubles, as are their tenths; 0.1 / 3 and (3 x 0.1) / 9 are not.
test("Envoy's slow start lowers what least request has made of the weight, so that equals stay equal", () => {
  const clock = new ManualClock(100_000);
  const slowStart = { kind: 'envoy', windowMs: 10_000, aggression: 1, minWeightShare: 0.1 } as const;
  const least = strategyNamed('least-request').withOptions({});
  const balancer = balancerOf(least, [1, 3], { slowStart, clock, random: random() });
  for (let i = 0; i < 2; i++) held(balancer, 'a');
  for (let i = 0; i < 8; i++) held(balancer, 'b');
  clock.advance(1000);
  balancer.update([instance('a'), { ...instance('b', 3), metadata: { of: 'b' } }]);
  expect(sequence(balancer, 1)).toBe('a');
});
