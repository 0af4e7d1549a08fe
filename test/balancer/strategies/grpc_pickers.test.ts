import { describe, expect, test } from 'vitest';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import type { Instance } from '../../../src/core/instance.ts';
import { balancerWith, hostNamed, instance, instancesOf, sequence } from '../../helpers/balancing.ts';
import { type GrpcRig, grpcRigOf } from '../../helpers/grpc_rig.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

// When gRPC core (C++) and grpc-go build pickers, by their source: see GrpcPicker. Each draws a number here.

const SECOND = 1000;
const ROUND_ROBIN = 'round-robin';
const STRIDE = 'weighted-round-robin';

/** Each has its first draw for the first picker, and the second for the next. grpc-go counts before it looks. */
const systems = [
  { name: ROUND_ROBIN, options: { system: 'grpc-core' }, draws: [1, 2], picks: ['bc', 'ca'] },
  { name: ROUND_ROBIN, options: { system: 'grpc-go' }, draws: [0, 1], picks: ['bc', 'ca'] },
  { name: STRIDE, options: { algorithm: 'static-stride', clamp: false }, draws: [0, 1], picks: ['bc', 'ca'] },
];

describe.each(systems)('$name $options', ({ name, options, draws, picks: [first, second] }) => {
  const begun = (more = {}): GrpcRig => {
    const rig = grpcRigOf(name, options, draws, more);
    expect(sequence(rig.balancer, 2)).toBe(first);
    return rig;
  };

  test('a picker for each list of the registry, the same one too', () => {
    const { balancer } = begun();
    balancer.update(instancesOf([1, 1, 1]));
    expect(sequence(balancer, 2)).toBe(second);
  });

  test('a picker for a host that was not well for a moment', () => {
    const { balancer, flip } = begun();
    flip('b', false, true);
    expect(sequence(balancer, 2)).toBe(second);
  });

  test('a picker where somebody joins who is not READY', () => {
    const { balancer, flip } = grpcRigOf(name, options, draws, { initiallyHealthy: false });
    for (const id of 'abc') flip(id, true);
    expect(sequence(balancer, 2)).toBe(first);
    balancer.update(instancesOf([1, 1, 1, 1]));
    expect(sequence(balancer, 2)).toBe(second);
  });

  test('none for what is none of its endpoints, nor while nothing happens', () => {
    const strategy = strategyNamed(name).withOptions(options);
    const balancer = balancerWith({ strategy, random: scriptedRandom(draws), failover: 'all-or-nothing' });
    const [a, b, c] = instancesOf([1, 1, 1]);
    const later: Instance[] = [c, instance('d')].map((each) => ({ ...each, priority: 1 }));
    balancer.update([a, b, ...later]);
    const two = sequence(balancer, 2);
    balancer.setHealthy(hostNamed(balancer, 'd'), false);
    expect(sequence(balancer, 3)).toBe(two + two[0]);
  });

  test('none where a priority gets load again: its policy lived on', () => {
    const strategy = strategyNamed(name).withOptions(options);
    const random = scriptedRandom([0, 0, 0, 0, 0]);
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
    const { balancer, flip, clock } = grpcRigOf(name, options, draws, { slowStart });
    flip('c', false, true);
    const picks = sequence(balancer, 1);
    clock.advance(5 * SECOND);
    expect(picks + sequence(balancer, 1)).toMatch(/^(ab|bc|ca)$/);
  });
});

test('grpc-java: its count goes on, and no host has another turn for a moment of bad health', () => {
  const { balancer, flip } = grpcRigOf(ROUND_ROBIN, { system: 'grpc-java' }, [1]);
  expect(sequence(balancer, 2)).toBe('bc');
  flip('b', false, true);
  balancer.update(instancesOf([1, 1, 1]));
  expect(sequence(balancer, 2)).toBe('ab');
});
