import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import type { Host } from '../../src/balancer/host.ts';
import type { SessionAffinity } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { Strategy, StrategyFactory, StrategyPorts } from '../../src/balancer/strategy.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { balancerWith, hostNamed, instance, sequence } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { prioritySet } from '../helpers/priority_set.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';
import { answeredPick, SESSIONS } from '../helpers/sessions.ts';

const strategy = (name: string, options = {}) => strategyNamed(name).withOptions(options);
const idOf = (host: Host | null): string => host?.instance.id ?? '-';

/** Instances from a list: `a b1` is a of priority 0 and b of priority 1; a trailing `!` makes it a backup. */
function instances(text: string, more: Partial<Instance> = {}): Instance[] {
  return text.split(' ').map((written) => ({
    ...instance(written.slice(0, 1)),
    priority: Number(written.slice(1).replace('!', '')),
    backup: written.endsWith('!'),
    ...more,
  }));
}

function fail(balancer: Balancer, ...ids: string[]): void {
  for (const id of ids) balancer.setHealthy(hostNamed(balancer, id), false);
}

describe('draws', () => {
  /** As many raw draws as given, and no more. */
  const balancerDrawing = (draws: readonly number[], name: string, hosts: string): Balancer => {
    const balancer = balancerWith({ strategy: strategy(name), random: scriptedRandom(draws) });
    balancer.update(instances(hosts));
    return balancer;
  };

  test("Envoy's random draws once per pick, for the priority and for the host", () => {
    const balancer = balancerDrawing([0, 69, 70, 99, 170, 171, 299], 'random', 'a b c1 d1');
    fail(balancer, 'b');
    // a takes 70%. Of the others even numbers take c.
    expect(sequence(balancer, 7)).toBe('aacdcdd');
  });

  test("Envoy's round robin draws before each pick, though there is but one priority", () => {
    // The first draw of all is the seed.
    const balancer = balancerDrawing([1, 7, 7, 7], 'round-robin', 'a b c');
    expect(sequence(balancer, 3)).toBe('bca');
    expect(() => balancer.pick(NO_KEY, 0)).toThrow('asked for one more');
  });

  // ZoneAwareLoadBalancerBase::chooseHost calls chooseHostOnce for each host that is turned down.
  test('Envoy draws again, and its cursor goes on, where a host is turned down', () => {
    const random = balancerDrawing([1, 2], 'random', 'a b c');
    expect([0, 1].map((attempt) => idOf(random.pick(NO_KEY, attempt))).join('')).toBe('bc');
    const turns = balancerDrawing([0, 7, 7, 7], 'round-robin', 'a b c');
    expect([0, 1, 0].map((attempt) => idOf(turns.pick(NO_KEY, attempt))).join('')).toBe('abc');
    expect(() => turns.pick(NO_KEY, 1)).toThrow('asked for one more');
  });

  // LoadBalancerBase::chooseHost: hostSourceToUse is given a random number before it finds that nobody is there.
  test('Envoy draws even where nobody can be picked, nginx does not', () => {
    const envoy = balancerDrawing([5], 'random', 'a b');
    fail(envoy, 'a', 'b');
    expect(envoy.pick(NO_KEY, 0)).toBeNull();
    expect(() => envoy.pick(NO_KEY, 0)).toThrow('asked for one more');
    const nginx = balancerDrawing([], 'weighted-round-robin', 'a b');
    fail(nginx, 'a', 'b');
    expect(nginx.pick(NO_KEY, 0)).toBeNull();
  });

  // ClusterEntry makes the policy over a first priority without hosts: ZoneAwareLoadBalancerBase draws where its zones
  // start, then EdfLoadBalancerBase its seed. Each update of a priority draws a start (rebuildLocalityWrrForPriority).
  test.each([
    ['least-request', {}],
    ['weighted-round-robin', { algorithm: 'edf' }],
  ])('%s with weights of zones draws a start, the seed, and a start of each priority with hosts', (name, options) => {
    const balancer = balancerWith({
      strategy: strategy(name, options),
      locality: { kind: 'weighted', weights: {} },
      // The seed of 1 is a pick of b by weights 1 and 2. Then one draw a pick.
      random: scriptedRandom([0, 1, 0, 0, 7, 7, 7]),
    });
    balancer.update([...instances('a'), ...instances('b', { weight: 2 }), ...instances('c2')]);
    expect(sequence(balancer, 3)).toBe('abb');
    expect(() => balancer.pick(NO_KEY, 0)).toThrow('asked for one more');
  });

  test("nginx's round robin draws only where there is a choice to be made", () => {
    const balancer = balancerDrawing([0, 69, 70, 99], 'weighted-round-robin', 'a b c1 d1');
    expect(sequence(balancer, 4)).toBe('abab');
    fail(balancer, 'b');
    expect(sequence(balancer, 4)).toBe('aacd');
    balancer.setHealthy(hostNamed(balancer, 'b'), true);
    expect(sequence(balancer, 2).split('').toSorted().join('')).toBe('ab');
  });
});

describe('host selection', () => {
  test.each(['round-robin', 'weighted-round-robin'])('%s: a host that is turned down has had its turn', (name) => {
    const balancer = balancerWith({ strategy: strategy(name), random: scriptedRandom(Array(9).fill(0)) });
    balancer.update(instances('a b c'));
    const picked = [0, 1, 0, 1, 2, 0].map((attempt) => idOf(balancer.pick(NO_KEY, attempt)));
    expect(picked.join('')).toBe('abcabc');
  });

  test('priorities that were attempted are avoided, even for one that gets no load otherwise', () => {
    const balancer = balancerWith({ strategy: strategy('round-robin') });
    balancer.update(instances('a b c1 d2'));
    const avoiding = (...attempted: boolean[]) =>
      new Set([1, 2, 3, 4].map(() => idOf(balancer.pick(NO_KEY, 0, 0, prioritySet(attempted)))));
    expect(avoiding(true)).toEqual(new Set('c'));
    expect(avoiding(true, true)).toEqual(new Set('d'));
    expect(avoiding(false, true)).toEqual(new Set('ab'));
    expect(balancer.canAvoid(prioritySet([true, true]))).toBe(true);
    expect(balancer.canAvoid(prioritySet([true, true, true]))).toBe(false);
    expect(hostNamed(balancer, 'd').priority).toBe(2);
  });
});

describe('panic', () => {
  test('of a priority whose load would have been for its degraded hosts takes all of them, as in Envoy', () => {
    // b is degraded: 14% of the first priority, which is too few; 70% of the second are not.
    const balancer = balancerWith({ strategy: strategy('round-robin'), panicThreshold: 0.5 });
    const [first, second] = ['a0 b0 c0 d0 e0 f0 g0 h0 i0 j0', 'k1 l1 m1 n1'].map((hosts) => instances(hosts));
    balancer.update([...first, ...second]);
    fail(balancer, ...'acdefghij', 'm', 'n');
    balancer.setHealth(hostNamed(balancer, 'b'), { degraded: true });
    expect(balancer.panic).toBe(true);
    expect(balancer.eligible.map(idOf).join('')).toBe('abcdefghijkl');
    expect(new Set(sequence(balancer, 1000))).toEqual(new Set('abcdefghijkl'));
  });
});

describe('backups', () => {
  const balancer = (backups: 'all' | 'first') => {
    const made = balancerWith({ strategy: strategy('round-robin'), backups });
    made.update(instances('a b! c1! d!'));
    fail(made, 'a');
    return made;
  };

  test('serve all of them, by priority, where nobody else can', () => {
    expect(new Set(sequence(balancer('all'), 50))).toEqual(new Set('bd'));
  });

  test('of which one serves at a time: the first usable, and it takes everything', () => {
    const one = balancer('first');
    expect(new Set(sequence(one, 50))).toEqual(new Set('b'));
    one.setHealth(hostNamed(one, 'b'), { degraded: true });
    expect(new Set(sequence(one, 50))).toEqual(new Set('b'));
    fail(one, 'b');
    expect(new Set(sequence(one, 50))).toEqual(new Set('d'));
    fail(one, 'd');
    expect(new Set(sequence(one, 50))).toEqual(new Set('c'));
    fail(one, 'c');
    expect(one.pick(NO_KEY, 0)).toBeNull();
  });
});

describe('zones by weight', () => {
  const inZone = (zone: string, ids: string): Instance[] => instances(ids, { zone });

  test('get picks by their weight and how much of them is healthy, with overprovisioning', () => {
    const balancer = balancerWith({
      strategy: strategy('round-robin'),
      locality: { kind: 'weighted', weights: { x: 2, y: 1, z: 0 } },
    });
    balancer.update([...inZone('x', 'a b'), ...inZone('y', 'c d e f'), ...inZone('z', 'g h')]);
    fail(balancer, 'c', 'd', 'e');
    // y: 1 x min(1, 1.4 x 1/4) = 0.35.
    const picks = sequence(balancer, 2350);
    const count = (ids: string): number => [...picks].filter((id) => ids.includes(id)).length;
    expect(Math.abs(count('ab') - 2000)).toBeLessThanOrEqual(1);
    expect(Math.abs(count('f') - 350)).toBeLessThanOrEqual(1);
    expect(count('cdegh')).toBe(0);
  });

  test('take turns from the own one on, then by name, whatever the order of the hosts', () => {
    const balancer = balancerWith({
      strategy: strategy('round-robin'),
      locality: { kind: 'weighted', weights: {} },
      place: { zone: 'n', index: 0, count: 1, peersByZone: new Map() },
      random: scriptedRandom(Array(100).fill(0)),
    });
    balancer.update([...inZone('z', 'z'), ...inZone('b', 'b'), ...inZone('n', 'n')]);
    expect(sequence(balancer, 6)).toBe('nbznbz');
  });

  // Envoy's rebuildLocalityWrrForPriority draws where the schedule of zones begins, at each change of hosts.
  test('take their turns from another one on after each change, by one draw', () => {
    const balancer = balancerWith({
      strategy: strategy('weighted-round-robin'),
      locality: { kind: 'weighted', weights: {} },
      // The first is for nobody yet.
      random: scriptedRandom([0, 0, 1, 0, 1]),
    });
    const hosts = [...inZone('x', 'a'), ...inZone('y', 'b')];
    balancer.update(hosts);
    expect(sequence(balancer, 3)).toBe('aba');
    balancer.update([...hosts, ...inZone('y', 'c')]);
    expect(sequence(balancer, 4)).toBe('baca');
    fail(balancer, 'c');
    expect(sequence(balancer, 2)).toBe('ab');
    balancer.setHealthy(hostNamed(balancer, 'c'), true);
    expect('bc').toContain(sequence(balancer, 1));
    expect(() => fail(balancer, 'a')).toThrow('asked for one more');
  });

  test('take their turns without a draw', () => {
    const balancer = balancerWith({
      strategy: strategy('weighted-round-robin'),
      locality: { kind: 'weighted', weights: {} },
      // Two draws: where the schedule of zones starts, of nobody and of these hosts.
      random: scriptedRandom([0, 0]),
    });
    balancer.update([...inZone('x', 'a'), ...inZone('y', 'b')]);
    expect(sequence(balancer, 4)).toBe('abab');
  });

  // RoundRobinLoadBalancer::refreshHostSource: a cursor is that of the i-th zone in order, whichever that is by now.
  test('leave their cursors to those that take their places, and nobody else takes them', () => {
    const balancer = balancerWith({
      strategy: strategy('round-robin'),
      locality: { kind: 'weighted', weights: {} },
      random: scriptedRandom(Array(100).fill(0)),
    });
    const [x, y, z] = [inZone('x', 'a b c'), inZone('y', 'd e f'), inZone('z', 'g h i')];
    balancer.update([...x, ...y, ...z]);
    expect(sequence(balancer, 5)).toBe('adgbe');
    balancer.update([...x, ...z]);
    // Two picks of the second zone and of the first; the schedule of zones begins anew.
    expect(sequence(balancer, 4)).toBe('ciag');
    balancer.update([...x, ...y, ...z]);
    expect(sequence(balancer, 3)).toBe('beh');
  });

  // LocalityWrr: with no weight above 0 there is no schedule, and hostSourceToUse takes all healthy hosts.
  test('are disregarded where none has weight', () => {
    const balancer = balancerWith({
      strategy: strategy('round-robin'),
      locality: { kind: 'weighted', weights: { x: 0, y: 0 } },
      random: scriptedRandom(Array(100).fill(0)),
    });
    balancer.update([...inZone('x', 'a b'), ...inZone('y', 'c')]);
    expect(sequence(balancer, 6)).toBe('abcabc');
    expect(balancer.eligible.map(idOf).join('')).toBe('abc');
  });

  // hostSourceToUse asks for panic before it asks for a zone.
  test('are disregarded in panic', () => {
    const balancer = balancerWith({
      strategy: strategy('round-robin'),
      panicThreshold: 1,
      locality: { kind: 'weighted', weights: { x: 9, y: 0 } },
      random: scriptedRandom(Array(100).fill(0)),
    });
    balancer.update([...inZone('x', 'a b'), ...inZone('y', 'c')]);
    fail(balancer, 'a', 'b', 'c');
    expect(sequence(balancer, 6)).toBe('abcabc');
    expect(balancer.eligible.map(idOf).join('')).toBe('abc');
  });

  test('without weight have no host picked by a policy that hashes, not even in panic', () => {
    const balancer = balancerWith({
      strategy: strategy('rendezvous'),
      panicThreshold: 1,
      locality: { kind: 'weighted', weights: { y: 0 } },
    });
    balancer.update([...inZone('x', 'a b'), ...inZone('y', 'c')]);
    fail(balancer, 'a', 'b', 'c');
    expect(balancer.panic).toBe(true);
    expect(balancer.eligible.map(idOf)).toEqual(['a', 'b']);
  });
});

describe('zone-aware routing', () => {
  const routed = (
    zones: readonly string[],
    peers: Readonly<Record<string, number>>,
    { basis = 'hosts', weights = [] }: { basis?: 'hosts' | 'weight'; weights?: readonly number[] } = {},
  ): string => {
    const balancer = balancerWith({
      strategy: strategy('round-robin'),
      locality: {
        kind: 'zone-aware',
        minClusterSize: 1,
        basis,
        routingEnabledPercent: 100,
        forceLocalZoneMinSize: null,
      },
      place: { zone: 'n', index: 0, count: 1, peersByZone: new Map(Object.entries(peers)) },
    });
    balancer.update(zones.map((zone, i) => ({ ...instance('abcd'[i], weights[i]), zone })));
    // Whoever may be picked is, and nobody else.
    const picked = [...new Set(sequence(balancer, 200))].toSorted().join('');
    expect(balancer.eligible.map(idOf).join('')).toBe(picked);
    return picked;
  };

  test('keeps everything in the own zone where that can take it', () => {
    expect(routed(['n', 'n', 'x'], { n: 1, x: 1 })).toBe('ab');
  });

  test('sends what the own zone cannot take to where there is room', () => {
    expect(routed(['n', 'x', 'x', 'y'], { n: 2, x: 1, y: 1 })).toBe('abc');
  });

  test('sends everything to the zones with room where the own one has nobody', () => {
    expect(routed(['x', 'y'], { n: 2, x: 1 })).toBe('ab');
  });

  // regenerateLocalityRoutingStructures is for the first priority, and hostSourceToUse asks for panic before it.
  test('is for the first priority only, and not while that panics', () => {
    const balancer = balancerWith({
      strategy: strategy('round-robin'),
      panicThreshold: 0.5,
      locality: {
        kind: 'zone-aware',
        minClusterSize: 1,
        basis: 'hosts',
        routingEnabledPercent: 100,
        forceLocalZoneMinSize: null,
      },
      place: { zone: 'n', index: 0, count: 1, peersByZone: new Map(Object.entries({ n: 1, x: 1 })) },
    });
    const zones = ['n', 'x', 'n', 'x'];
    balancer.update(zones.map((zone, i) => ({ ...instance('abcd'[i]), zone, priority: i < 2 ? 0 : 1 })));
    const picked = (): string => {
      const found = [...new Set(sequence(balancer, 200))].toSorted().join('');
      expect(balancer.eligible.map(idOf).join('')).toBe(found);
      return found;
    };
    expect(picked()).toBe('a');
    fail(balancer, 'a', 'b');
    expect(picked()).toBe('cd');
    fail(balancer, 'c', 'd');
    expect(picked()).toBe('abcd');
  });

  // hostSourceToUse: tryChooseLocalLocalityHosts answers for degraded hosts as well.
  test('sends what degraded hosts get to the zones that healthy ones were routed to, though nobody be there', () => {
    const picked = (zones: readonly string[], degraded: string): string => {
      const balancer = balancerWith({
        strategy: strategy('round-robin'),
        locality: {
          kind: 'zone-aware',
          minClusterSize: 1,
          basis: 'hosts',
          routingEnabledPercent: 100,
          forceLocalZoneMinSize: null,
        },
        place: { zone: 'n', index: 0, count: 1, peersByZone: new Map(Object.entries({ n: 1, x: 1 })) },
      });
      balancer.update(zones.map((zone, i) => ({ ...instance('abcd'[i]), zone })));
      for (const id of degraded) balancer.setHealth(hostNamed(balancer, id), { degraded: true });
      const ids = Array.from({ length: 200 }, () => idOf(balancer.pick(NO_KEY, 0)));
      const found = [...new Set(ids)].toSorted().join('');
      expect(balancer.eligible.map(idOf).join('')).toBe(found.replace('-', ''));
      return found;
    };
    // 70% to healthy hosts, 30% to degraded ones.
    expect(picked(['n', 'n', 'x', 'x'], 'bd')).toBe('ab');
    expect(picked(['n', 'x', 'x', 'x'], 'cd')).toBe('-a');
  });

  test("takes what a zone can take by its hosts, or by their weights (Envoy's ZoneAwareUseHostWeight)", () => {
    const lighter = { weights: [1, 3] };
    expect(routed(['n', 'x'], { n: 1, x: 1 }, lighter)).toBe('a');
    expect(routed(['n', 'x'], { n: 1, x: 1 }, { ...lighter, basis: 'weight' })).toBe('ab');
    const heavier = { weights: [3, 1, 1] };
    expect(routed(['n', 'x', 'x'], { n: 1, x: 1 }, heavier)).toBe('abc');
    expect(routed(['n', 'x', 'x'], { n: 1, x: 1 }, { ...heavier, basis: 'weight' })).toBe('a');
  });
});

describe('session affinity', () => {
  const made = (settings: Partial<SessionAffinity>) => {
    const clock = new ManualClock();
    const balancer = balancerWith({
      strategy: strategy('weighted-round-robin', { algorithm: 'fwrr' }),
      sessionAffinity: { ...SESSIONS, ttlMs: 1000, maxSessions: 10, ...settings },
      clock,
    });
    balancer.update(instances('a b c1'));
    return { balancer, clock, pick: (key: number, attempt = 0) => idOf(answeredPick(balancer, key, attempt)) };
  };

  test('keeps a session where it is, until it has been idle for too long', () => {
    const { pick, clock } = made({});
    expect([pick(1), pick(2), pick(1), pick(1), pick(2)].join('')).toBe('abaab');
    clock.advance(999);
    expect(pick(1)).toBe('a');
    clock.advance(999);
    expect(pick(1)).toBe('a');
    clock.advance(1000);
    // A new session, whose turn is a's or b's: b has had none since.
    expect(pick(3)).toBe('a');
    expect(pick(1)).toBe('b');
  });

  test.each([
    { failback: false, later: 'c' },
    // c gets no load any more, so the session moves once more.
    { failback: true, later: 'b' },
  ])('moves a session whose host cannot be picked, also to the next priority; failback: $failback', (each) => {
    const { balancer, pick } = made({ failback: each.failback });
    expect(pick(1)).toBe('a');
    fail(balancer, 'a', 'b');
    expect(pick(1)).toBe('c');
    balancer.setHealthy(hostNamed(balancer, 'b'), true);
    balancer.setHealthy(hostNamed(balancer, 'a'), true);
    expect(pick(1)).toBe(each.later);
  });

  test.each([false, true])('finds a host again that left and came back at its address; strict: %s', (strict) => {
    const { balancer, pick } = made({ strict });
    expect([pick(1), pick(2)].join('')).toBe('ab');
    balancer.update(instances('b c1'));
    if (strict) expect(pick(1)).toBe('-');
    const [a, ...others] = instances('a b c1');
    balancer.update([{ ...a, zone: 'elsewhere' }, ...others]);
    expect(pick(1)).toBe('a');
    balancer.update([{ ...a, address: '10.0.0.9:80' }, ...others]);
    // b's turn: this a is another server, and was the last to come.
    expect(pick(1)).toBe(strict ? '-' : 'b');
  });

  test('strict: fails instead, and finds its host again', () => {
    const { balancer, pick } = made({ strict: true });
    expect(pick(1)).toBe('a');
    fail(balancer, 'a');
    expect([pick(1), pick(2)]).toEqual(['-', 'b']);
    balancer.setHealthy(hostNamed(balancer, 'a'), true);
    expect(pick(1)).toBe('a');
    balancer.update(instances('b c1'));
    expect(pick(1)).toBe('-');
  });

  test('the policy is asked anew where the session has answered and its host is turned down', () => {
    const strategyOf = (attempts: number[]): StrategyFactory => {
      const factory = strategy('round-robin');
      const create = (ports: StrategyPorts): Strategy => {
        const inner = factory.create(ports);
        return {
          rebuild: (members, eligible, weightOf) => inner.rebuild(members, eligible, weightOf),
          pick: (key, attempt, draw) => {
            attempts.push(attempt);
            return inner.pick(key, attempt, draw);
          },
          onStart() {},
          onEnd() {},
        };
      };
      return { ...factory, create };
    };
    const attempts: number[] = [];
    const balancer = balancerWith({ strategy: strategyOf(attempts), sessionAffinity: SESSIONS });
    balancer.update(instances('a b'));
    for (const attempt of [0, 0, 1, 2, 0]) answeredPick(balancer, 1, attempt);
    for (const attempt of [0, 1]) balancer.pick(NO_KEY, attempt);
    for (const attempt of [0, 1, 2]) balancer.pick(2, attempt);
    // The first of key 1 asks, its next one does not until its second selection.
    expect(attempts).toEqual([0, 0, 1, 0, 1, 0, 1, 2]);
  });

  test.each([false, true])(
    'a host that is turned down is another one next, and the session its; strict: %s',
    (strict) => {
      const { pick } = made({ strict });
      expect([pick(1), pick(1, 1), pick(1)].join('')).toBe('abb');
    },
  );
});

describe('workers', () => {
  const made = (workers: number, name = 'round-robin'): Balancer => {
    const balancer = balancerWith({ strategy: strategy(name), workers });
    balancer.update(instances('a b c d e f g h'));
    return balancer;
  };
  const picks = (balancer: Balancer, worker: number, count: number): string =>
    Array.from({ length: count }, () => idOf(balancer.pick(NO_KEY, 0, worker))).join('');

  test('each have a cursor of their own, from a seed of their own on', () => {
    const balancer = made(5);
    const starts = [0, 1, 2, 3, 4].map((worker) => picks(balancer, worker, 1));
    expect(new Set(starts).size).toBeGreaterThan(1);
    for (const worker of [0, 1, 2, 3, 4]) expect(new Set(picks(balancer, worker, 8))).toEqual(new Set('abcdefgh'));
  });

  test.each(['round-robin', 'random'])('%s: pick alike whatever the others do', (name) => {
    const [alone, amongOthers] = [made(3, name), made(3, name)];
    let mixed = '';
    for (let i = 0; i < 20; i++) {
      picks(amongOthers, 0, i % 3);
      mixed += picks(amongOthers, 1, 1);
      picks(amongOthers, 2, i % 2);
    }
    expect(mixed).toBe(picks(alone, 1, 20));
  });

  test('share the hosts, and what is in flight there', () => {
    const balancer = balancerWith({ strategy: strategy('least-request', { algorithm: 'full-scan' }), workers: 2 });
    balancer.update(instances('a b'));
    for (const worker of [0, 1, 0, 1]) {
      const host = balancer.pick(NO_KEY, 0, worker);
      if (host !== null) balancer.acquire(host);
    }
    expect(balancer.members.map((host) => host.inFlight)).toEqual([2, 2]);
  });
});

describe('policies that hash', () => {
  const maglev = strategy('maglev', { tableSize: 101 });

  test('know healthy hosts only: a degraded one gets nothing, as in Envoy', () => {
    const balancer = balancerWith({ strategy: maglev, panicThreshold: 0 });
    balancer.update(instances('a0 b0 c0 d0'));
    for (const id of ['a', 'b', 'c']) balancer.setHealth(hostNamed(balancer, id), { degraded: true });
    const picked = new Set(Array.from({ length: 200 }, (_, key) => idOf(balancer.pick(key, 0))));
    expect(picked).toEqual(new Set('d'));
    expect(balancer.eligible.map(idOf)).toEqual(['d']);
  });

  test('keep the priority of a send without a key while hosts are turned down', () => {
    const balancer = balancerWith({ strategy: maglev, panicThreshold: 0 });
    balancer.update(instances('a0 b0 c0 d0 e1 f1 g1 h1'));
    // Half of the first priority: 70% go there.
    fail(balancer, 'a', 'b');
    const priorities = Array.from({ length: 200 }, () =>
      [0, 1, 2, 3].map((attempt) => balancer.pick(NO_KEY, attempt)?.priority),
    );
    for (const [first, ...others] of priorities) for (const other of others) expect(other).toBe(first);
    expect(new Set(priorities.map(([first]) => first))).toEqual(new Set([0, 1]));
  });

  test('choose the priority of a send by its own key where its session was turned down', () => {
    const [plain, withSessions] = [null, SESSIONS].map((sessions) => {
      const balancer = balancerWith({ strategy: maglev, panicThreshold: 0, sessionAffinity: sessions });
      balancer.update(instances('a0 b0 c0 d0 e1 f1 g1 h1'));
      fail(balancer, 'a', 'b');
      return balancer;
    });
    const keys = Array.from({ length: 200 }, (_, key) => key);
    const priorities = keys.map((key) => plain.pick(key, 0)?.priority);
    for (const key of keys) answeredPick(withSessions, key);
    const others = keys.map((key) => [withSessions.pick(key, 0), withSessions.pick(key, 1)][1]?.priority);
    expect(others).toEqual(priorities);
    expect(new Set(others)).toEqual(new Set([0, 1]));
  });
});

test('a host that has left keeps its priority, whoever has its slot now', () => {
  const balancer = balancerWith({});
  balancer.update(instances('x1 y0'));
  const gone = hostNamed(balancer, 'x');
  balancer.update(instances('y0'));
  balancer.update(instances('y0 z0'));
  expect(hostNamed(balancer, 'z').slot).toBe(gone.slot);
  expect(gone.priority).toBe(1);
});

test('zones leave their places to others: however many came and went, no more strategies hear of attempts', () => {
  let living = 0;
  const learning = strategy('peak-ewma');
  const counted: typeof learning = {
    ...learning,
    create: (ports) => {
      const made = learning.create(ports);
      return {
        ...made,
        rebuild: made.rebuild.bind(made),
        pick: made.pick.bind(made),
        onStart: () => living++,
        onEnd() {},
      };
    },
  };
  const balancer = balancerWith({ strategy: counted, locality: { kind: 'weighted', weights: {} } });
  const heard = (): number => {
    living = 0;
    const host = balancer.pick(NO_KEY, 0);
    if (host === null) throw new Error('nobody');
    balancer.acquire(host);
    return living;
  };
  balancer.update(instances('a0 b0', { zone: 'first' }));
  const before = heard();
  for (let i = 0; i < 10; i++) balancer.update(instances('a0 b0', { zone: `z${i}` }));
  expect(heard()).toBe(before);
});

describe('a subset that follows the load', () => {
  test('is not looked at again for a width it has come back to', () => {
    let rebuilt = 0;
    const plain = strategy('random');
    const counted: typeof plain = {
      ...plain,
      create: (ports) => {
        const made = plain.create(ports);
        const rebuild: typeof made.rebuild = (...told) => {
          rebuilt++;
          made.rebuild(...told);
        };
        return { rebuild, pick: made.pick.bind(made), onStart() {}, onEnd() {}, selector: () => 0 };
      },
    };
    const balancer = balancerWith({
      strategy: counted,
      subsetting: { name: 'random-aperture', options: { smoothWindow: 0 } },
    });
    balancer.update(instances('a0 b0 c0 d0 e0'));
    const [host] = [balancer.pick(NO_KEY, 0)];
    if (host === null) throw new Error('nobody');
    const before = rebuilt;
    for (let i = 0; i < 20; i++) {
      balancer.acquire(host);
      balancer.acquire(host);
      balancer.release(host, 1, 0);
      balancer.release(host, 1, 0);
      balancer.pick(NO_KEY, 0);
    }
    expect(rebuilt).toBe(before);
  });

  test('takes in others at once when the only host in it turns unhealthy', () => {
    const balancer = balancerWith({ subsetting: { name: 'random-aperture', options: {} } });
    balancer.update(instances('a0 b0 c0'));
    const [only] = balancer.eligible;
    expect(balancer.eligible).toHaveLength(1);
    balancer.setHealthy(only, false);
    expect(balancer.members.filter((host) => host.pickable)).toHaveLength(1);
    expect(only.pickable).toBe(false);
  });
});
