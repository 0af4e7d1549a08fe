import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import type { Instance } from '../../../src/core/instance.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { balancerWith, hostNamed, instance, instancesOf, sequence } from '../../helpers/balancing.ts';
import { type GrpcRig, grpcRigOf } from '../../helpers/grpc_rig.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// When gRPC core (C++) and grpc-go build pickers, by their source: see GrpcPicker. What each draws is drawn here.

const SECOND = 1000;
const ROUND_ROBIN = 'round-robin';
const STRIDE = 'weighted-round-robin';

/** What nobody sees: where grpc-go begins to connect, and where the round robin begins that a picker is made from. */
const UNSEEN = 9;

/** What a picker draws whose own start is drawn so, for a list and for a state; and who is picked by the first two starts. grpc-go counts before it looks. */
const systems = [
  {
    name: ROUND_ROBIN,
    options: { system: 'grpc-core' },
    ofList: (start: number) => [start],
    ofState: (start: number) => [start],
    starts: [1, 2],
  },
  {
    name: ROUND_ROBIN,
    options: { system: 'grpc-go' },
    ofList: (start: number) => [UNSEEN, start],
    ofState: (start: number) => [start],
    starts: [0, 1],
  },
  {
    name: STRIDE,
    options: { algorithm: 'static-stride', clamp: false },
    ofList: (start: number) => [UNSEEN, UNSEEN, start],
    ofState: (start: number) => [UNSEEN, start],
    starts: [0, 1],
  },
];

describe.each(systems)('$name $options', ({ name, options, ofList, ofState, starts: [toB, toC] }) => {
  const first = 'bc';
  const second = 'ca';
  const begun = (draws: readonly number[], more = {}): GrpcRig => {
    const rig = grpcRigOf(name, options, [...ofList(toB), ...draws], more);
    expect(sequence(rig.balancer, 2)).toBe(first);
    return rig;
  };

  test('a picker for each list of the registry, the same one too', () => {
    const { balancer } = begun(ofList(toC));
    balancer.update(instancesOf([1, 1, 1]));
    expect(sequence(balancer, 2)).toBe(second);
  });

  test('a first list of nobody: grpc-go draws for the round robin beneath', () => {
    const beneath = options.system === 'grpc-core' ? [] : [UNSEEN, UNSEEN];
    const strategy = strategyNamed(name).withOptions(options);
    const random = scriptedRandom([...beneath, ...ofList(toB)]);
    const balancer = balancerWith({ strategy, random });
    for (const weights of [[], [], [1, 1, 1]]) balancer.update(instancesOf(weights));
    expect(sequence(balancer, 2)).toBe(first);
    expect(() => random.uint32()).toThrow('asked for one more');
  });

  test('a picker for a host that is not well, and another once it is', () => {
    const { balancer, flip } = begun([...ofState(toB), ...ofState(toC)]);
    flip('b', false, true);
    expect(sequence(balancer, 2)).toBe(second);
  });

  test('a picker where somebody joins who is not READY', () => {
    // Before anybody has picked, too.
    const beneath = options.system === 'grpc-core' ? [] : [UNSEEN, UNSEEN];
    const draws = [...beneath, ...ofState(0), ...ofState(0), ...ofState(toB), ...ofList(toC)];
    const { balancer, flip } = grpcRigOf(name, options, draws, { initiallyHealthy: false });
    for (const id of 'abc') flip(id, true);
    expect(sequence(balancer, 2)).toBe(first);
    balancer.update(instancesOf([1, 1, 1, 1]));
    expect(sequence(balancer, 2)).toBe(second);
  });

  test('none for what is none of its endpoints, nor while nothing happens', () => {
    const strategy = strategyNamed(name).withOptions(options);
    const balancer = balancerWith({ strategy, random: scriptedRandom(ofList(toB)), failover: 'all-or-nothing' });
    const [a, b, c] = instancesOf([1, 1, 1]);
    const later: Instance[] = [c, instance('d')].map((each) => ({ ...each, priority: 1 }));
    balancer.update([a, b, ...later]);
    const two = sequence(balancer, 2);
    balancer.setHealthy(hostNamed(balancer, 'd'), false);
    expect(sequence(balancer, 3)).toBe(two + two[0]);
  });

  test('none where a priority gets load again: its policy lived on', () => {
    const strategy = strategyNamed(name).withOptions(options);
    const random = scriptedRandom(Array(20).fill(0));
    const balancer = balancerWith({ strategy, random, failover: 'all-or-nothing' });
    const later = ['x', 'y', 'z'].map((id) => ({ ...instance(id), priority: 1 }));
    balancer.update([instance('a'), ...later]);
    balancer.setHealthy(hostNamed(balancer, 'a'), false);
    const turns = sequence(balancer, 4);
    balancer.setHealthy(hostNamed(balancer, 'a'), true);
    expect(sequence(balancer, 2)).toBe('aa');
    balancer.setHealthy(hostNamed(balancer, 'a'), false);
    expect(sequence(balancer, 2)).toBe(turns.slice(1, 3));
  });

  test('none as slow start moves weights', () => {
    const slowStart = { kind: 'haproxy', windowMs: 20 * SECOND } as const;
    const { balancer, flip, clock } = grpcRigOf(name, options, [...ofList(toB), ...ofState(toB), ...ofState(toC)], {
      slowStart,
    });
    flip('c', false, true);
    const picks = sequence(balancer, 1);
    clock.advance(5 * SECOND);
    expect(picks + sequence(balancer, 1)).toMatch(/^(ab|bc|ca)$/);
  });
});

test('none where nobody is READY: grpc-go draws for the round robin beneath all the same', () => {
  for (const { name, options, ofList, ofState, starts } of systems) {
    const unseen = options.system === 'grpc-core' ? [] : [UNSEEN];
    const draws = [...ofList(starts[0]), ...ofState(0), ...ofState(0), ...unseen, ...ofState(0)];
    const { balancer, flip } = grpcRigOf(name, options, draws, { panicThreshold: 0 });
    sequence(balancer, 1);
    for (const id of 'abc') flip(id, false);
    expect(balancer.pick(NO_KEY, 0)).toBeNull();
    flip('c', true);
    expect(sequence(balancer, 2)).toBe('cc');
    expect(() => flip('b', true)).toThrow('asked for one more');
  }
});

test('grpc-java keeps the order of its hosts as long as they are the same', () => {
  for (const [name, options] of [
    [ROUND_ROBIN, { system: 'grpc-java' }],
    [STRIDE, { algorithm: 'static-stride' }],
    ['client-side-weighted', {}],
  ] as const) {
    const { balancer, flip } = grpcRigOf(name, options, [0]);
    expect(sequence(balancer, 3)).toBe('abc');
    const [a, b, c] = instancesOf([1, 1, 1]);
    balancer.update([c, b, a]);
    expect(sequence(balancer, 3)).toBe('abc');
    flip('b', false, true);
    expect(sequence(balancer, 3)).toBe('cba');
  }
});

test('gRPC core: a list in another order is one of its own', () => {
  const { balancer } = grpcRigOf(ROUND_ROBIN, { system: 'grpc-core' }, [0, 0]);
  expect(sequence(balancer, 2)).toBe('ab');
  balancer.update(instancesOf([1, 1, 1]).toReversed());
  expect(sequence(balancer, 3)).toBe('cba');
});

test('grpc-java: its count goes on, and no host has another turn for a moment of bad health', () => {
  const { balancer, flip } = grpcRigOf(ROUND_ROBIN, { system: 'grpc-java' }, [1]);
  expect(sequence(balancer, 2)).toBe('bc');
  flip('b', false, true);
  balancer.update(instancesOf([1, 1, 1]));
  expect(sequence(balancer, 2)).toBe('ab');
});

describe('least_request', () => {
  const COUNTED = { weights: 'ignore', counted: 'since-ready' };

  // leastrequest.go, UpdateState: another counter once a host is READY again.
  test('grpc-go: what a host was sent before it was ejected counts no more, as it goes on and as it ends', () => {
    // For the list, the pick, both states, and the two picks.
    const draws = [UNSEEN, UNSEEN, 0, 0, UNSEEN, UNSEEN, 1, 0, 1, 0];
    const { balancer, clock } = grpcRigOf('least-request', COUNTED, draws);
    const [a, b] = [hostNamed(balancer, 'a'), hostNamed(balancer, 'b')];
    expect(balancer.pick(NO_KEY, 0)).toBe(a);
    for (const host of [a, a, a, b]) balancer.acquire(host);
    clock.advance(SECOND);
    for (const health of [false, true]) balancer.setHealthy(a, health, 'ejection');
    clock.advance(SECOND);
    balancer.acquire(a);
    clock.advance(SECOND);
    balancer.release(a, SECOND, Outcome.ok, null);
    expect(balancer.pick(NO_KEY, 0)).toBe(a);
    balancer.release(a, 3 * SECOND, Outcome.ok, null, false, a.reweighed, 0);
    expect(balancer.pick(NO_KEY, 0)).toBe(a);
  });

  test('grpc-java: the order of the first list, as long as the hosts are the same', () => {
    const { balancer } = grpcRigOf('least-request', { weights: 'ignore' }, [0, 0, 0, 0]);
    expect(balancer.pick(NO_KEY, 0)?.instance.id).toBe('a');
    balancer.update(instancesOf([1, 1, 1]).reverse());
    expect(balancer.pick(NO_KEY, 0)?.instance.id).toBe('a');
  });

  test('A48: one choice is refused', () => {
    expect(() => strategyNamed('least-request').withOptions({ weights: 'ignore', choiceCount: 1 })).toThrow(
      'choiceCount',
    );
  });
});

test('grpc-go least_request: what is sent as a host comes back is not what was sent before', () => {
  const draws = [0, 0, ...[0, 0], ...[1, 1], 0, 0, ...[0, 0], ...[1, 0]];
  const { balancer, clock, flip } = grpcRigOf('least-request', { weights: 'ignore', counted: 'since-ready' }, draws);
  const sent = (): string => {
    const host = balancer.pick(NO_KEY, 0);
    if (host !== null) balancer.acquire(host);
    return host?.instance.id ?? '';
  };
  expect([sent(), sent()]).toEqual(['a', 'b']);
  clock.advance(5);
  flip('a', false, true);
  expect(sent()).toBe('a');
  balancer.release(hostNamed(balancer, 'a'), 0, Outcome.ok);
  expect(sent()).toBe('a');
});

test('grpc-go least_request: of requests sent at one time, each is known for sent before the host came back or after', () => {
  const draws = [0, 0, ...[0, 0], ...[1, 1], 0, 0, ...[0, 0], ...[1, 0], ...[1, 0]];
  const { balancer, flip } = grpcRigOf('least-request', { weights: 'ignore', counted: 'since-ready' }, draws);
  const [a, b] = [hostNamed(balancer, 'a'), hostNamed(balancer, 'b')];
  const send = (): number => {
    const host = balancer.pick(NO_KEY, 0) as Host;
    balancer.acquire(host);
    return host.forgotten;
  };
  const [before] = [send(), send()];
  expect([a.inFlight, b.inFlight]).toEqual([1, 1]);
  flip('a', false, true);
  const since = send();
  expect(a.inFlight).toBe(2);
  for (const forgotten of [since, before]) {
    balancer.release(a, 0, Outcome.ok, null, false, a.reweighed, forgotten);
    expect(balancer.pick(NO_KEY, 0)).toBe(a);
  }
});

test('grpc-go least_request: who leaves and is back while nobody is READY has the count it had', () => {
  const random = scriptedRandom([9, 9, 9, ...[0, 0], 9, 9, 9, 9, 9, 9, ...[0, 1], ...[0, 1]]);
  const strategy = strategyNamed('least-request').withOptions({ weights: 'ignore', counted: 'since-ready' });
  const balancer = balancerWith({ strategy, random, initiallyHealthy: false });
  const [a, b] = instancesOf([1, 1]);
  balancer.update([a]);
  const first = balancer.members[0];
  balancer.setHealthy(first, true);
  balancer.acquire(balancer.pick(NO_KEY, 0) as Host);
  balancer.update([b]);
  balancer.update([a, b]);
  for (const host of balancer.members) balancer.setHealthy(host, true);
  expect(balancer.pick(NO_KEY, 0)?.instance.id).toBe('b');
  balancer.release(first, 0, Outcome.ok);
  expect(balancer.pick(NO_KEY, 0)?.instance.id).toBe('a');
});
