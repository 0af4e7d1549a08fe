import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import type { BalancerSettings } from '../../../src/balancer/balancer_settings.ts';
import type { LoadBalancerSettings } from '../../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import type { Instance } from '../../../src/core/instance.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { balancerWith, hostNamed, instance, sequence } from '../../helpers/balancing.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { reportOf } from '../../helpers/reporting_hosts.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const SECOND = 1000;
const strategy = strategyNamed('client-side-weighted').withOptions({ flavor: 'envoy', blackoutPeriod: 0 });

interface Service {
  readonly clock: ManualClock;
  readonly balancer: Balancer;
}

function serviceOf(
  instances: readonly Instance[],
  settings: Partial<LoadBalancerSettings & BalancerSettings> = {},
): Service {
  const clock = new ManualClock();
  const balancer = balancerWith({ strategy, clock, random: scriptedRandom(Array(200).fill(0)), ...settings });
  balancer.update(instances);
  return { clock, balancer };
}

function report(balancer: Balancer, weights: Readonly<Record<string, number>>): void {
  for (const [id, weight] of Object.entries(weights)) {
    const host = hostNamed(balancer, id);
    balancer.acquire(host);
    balancer.release(host, 1, Outcome.ok, reportOf(1, weight));
  }
}

const weightsOf = (balancer: Balancer): number[] => balancer.members.map(({ weight }) => weight);
const of = (id: string, more: Partial<Instance>): Instance => ({ ...instance(id), ...more });

// Envoy, updateWeightsOnMainThread and updateWeightsOnHosts.
describe("a host without a weight has the median of its priority's", () => {
  test('whatever their zones, and whoever of them may be picked', () => {
    const { clock, balancer } = serviceOf(
      [
        ...[of('a', { zone: 'x' }), of('b', { zone: 'x' }), of('c', { zone: 'y' }), of('d', { zone: 'y' })],
        ...[of('e', { priority: 1 }), of('f', { priority: 1 })],
      ],
      { locality: { kind: 'weighted', weights: { y: 0 } } },
    );
    report(balancer, { a: 2, c: 8, d: 20, e: 100 });
    clock.advance(SECOND);
    balancer.setHealthy(hostNamed(balancer, 'c'), false);
    expect(weightsOf(balancer)).toEqual([2, 8, 8, 20, 100, 100]);
    // a at 1/2, b at 1/8, 2/8, 3/8, then a at 4/8, before b.
    expect(sequence(balancer, 5)).toBe('bbbab');
  });

  test('of the subset that is balanced over', () => {
    const subset = { selectors: [{ keys: ['stage'] }], match: { stage: 'prod' } };
    const prod = { metadata: { stage: 'prod' } };
    const { clock, balancer } = serviceOf([of('a', prod), of('b', prod), instance('c')], { subset });
    report(balancer, { a: 4, c: 100 });
    clock.advance(SECOND);
    sequence(balancer, 1);
    expect(weightsOf(balancer)).toEqual([4, 4, 1]);
  });
});

// applyWeightsToAllWorkers: refresh for each priority of the worker.
describe('a change of one weight', () => {
  const tiers = [instance('a'), instance('b'), of('c', { priority: 1 }), of('d', { priority: 1 })];

  test.each([
    ['begins the schedules of all priorities anew', 7, 'ba'],
    ['and none does not', 5, 'ab'],
  ])('%s', (_, weight, picks) => {
    const { clock, balancer } = serviceOf(tiers);
    report(balancer, { a: 1, b: 2, c: 5 });
    clock.advance(SECOND);
    // By weights 1 and 2: b a b b a b.
    expect(sequence(balancer, 1)).toBe('b');
    report(balancer, { c: weight });
    clock.advance(SECOND);
    expect(sequence(balancer, 2)).toBe(picks);
  });

  test('those of all workers and zones', () => {
    const zones = { locality: { kind: 'weighted' as const, weights: {} }, workers: 1 };
    const placed = [of('a', { zone: 'x' }), of('b', { zone: 'x' }), of('c', { zone: 'y' }), of('d', { zone: 'y' })];
    const { clock, balancer } = serviceOf(placed, zones);
    report(balancer, { a: 1, b: 2, c: 1, d: 2 });
    clock.advance(SECOND);
    expect(sequence(balancer, 2)).toBe('bd');
    report(balancer, { d: 3 });
    clock.advance(SECOND);
    // The schedule of zones goes on; in x it is b's turn again, in y d's.
    expect(sequence(balancer, 4)).toBe('bdad');
  });

  test('counts what was reported before a zone had a host set of its own', () => {
    const { clock, balancer } = serviceOf(tiers, { panicThreshold: 0 });
    report(balancer, { a: 4, b: 6, c: 2, d: 3 });
    clock.advance(SECOND);
    for (const id of ['a', 'b', 'c', 'd']) balancer.setHealth(hostNamed(balancer, id), { degraded: true });
    expect(weightsOf(balancer)).toEqual([4, 6, 2, 3]);
    balancer.update(tiers.map((one) => ({ ...one, priority: 2 })));
    // Of the registry's list the weights go, and come back at once.
    expect(weightsOf(balancer)).toEqual([4, 6, 2, 3]);
    expect(sequence(balancer, 15).replaceAll('b', '').length).toBe(9);
  });
});

// initialize: no weights are worked out until the timer goes off, or a priority is updated.
test("the registry's weights count until the first update", () => {
  const { clock, balancer } = serviceOf([instance('a', 1), instance('b', 2)]);
  expect(sequence(balancer, 6)).toBe('babbab');
  clock.advance(SECOND - 1);
  expect(sequence(balancer, 1)).toBe('b');
  clock.advance(1);
  expect(sequence(balancer, 4)).toBe('abab');
  expect(weightsOf(balancer)).toEqual([1, 1]);
});

// updateDynamicHostList compares with the weights that are in use, so that it takes any list for a change.
test("the registry's list begins schedules anew where weights in use are not its own", () => {
  const list = [instance('a'), instance('b')];
  const { clock, balancer } = serviceOf(list);
  balancer.update(list);
  report(balancer, { a: 1, b: 2 });
  clock.advance(SECOND);
  expect(sequence(balancer, 1)).toBe('b');
  balancer.update(list);
  expect(weightsOf(balancer)).toEqual([1, 2]);
  expect(sequence(balancer, 3)).toBe('bab');
});

// recalculatePerPriorityState, regenerateLocalityRoutingStructures: host->weight().
test('loads of priorities by weight go by these weights', () => {
  const tiers = [instance('a'), instance('b'), of('c', { priority: 1 })];
  const { clock, balancer } = serviceOf(tiers, {
    weightedPriorityHealth: true,
    overprovisioningPercent: 100,
    random: scriptedRandom([0, ...Array.from({ length: 100 }, (_, i) => i)]),
  });
  report(balancer, { a: 1, b: 3 });
  clock.advance(SECOND);
  balancer.setHealthy(hostNamed(balancer, 'b'), false);
  expect(sequence(balancer, 100).replaceAll('c', '').length).toBe(25);
});

// getRoundRobinConfig: of the cluster's settings there is none for slow start.
test('knows no slow start', () => {
  const { clock, balancer } = serviceOf([instance('a'), instance('b')], {
    slowStart: { kind: 'envoy', windowMs: 60_000, aggression: 1, minWeightShare: 0.1 },
  });
  clock.advance(SECOND);
  balancer.setHealthy(hostNamed(balancer, 'b'), false);
  balancer.setHealthy(hostNamed(balancer, 'b'), true);
  expect(sequence(balancer, 4)).toBe('abab');
  report(balancer, { a: 1, b: 2 });
  clock.advance(SECOND);
  expect(sequence(balancer, 1)).toBe('b');
  clock.advance(SECOND);
  expect(sequence(balancer, 3)).toBe('abb');
});

// updateWeightsOnHosts: an average of two weights is cut down; HostImpl::weight takes 0 for 1, once it was compared.
test('weights are whole numbers, and one below 1 is a change each time', () => {
  const { clock, balancer } = serviceOf([instance('a'), instance('b'), instance('c')]);
  report(balancer, { a: 2, b: 5 });
  clock.advance(SECOND);
  expect(sequence(balancer, 1)).toBe('b');
  expect(weightsOf(balancer)).toEqual([2, 5, 3]);
  clock.advance(SECOND);
  expect(sequence(balancer, 4)).toBe('cbab');
  report(balancer, { a: 0.5 });
  for (let update = 0; update < 3; update++) {
    clock.advance(SECOND);
    expect(sequence(balancer, 2)).toBe('bb');
  }
  expect(weightsOf(balancer)).toEqual([1, 5, 2]);
});

// initialize: the callback of each update of a priority.
describe('weights are worked out with each change of a host set, and not only in time', () => {
  test('of health', () => {
    const { clock, balancer } = serviceOf([instance('a'), instance('b'), instance('c')]);
    clock.advance(SECOND + 1);
    report(balancer, { a: 4, b: 6 });
    expect(weightsOf(balancer)).toEqual([1, 1, 1]);
    balancer.setHealthy(hostNamed(balancer, 'c'), false);
    expect(weightsOf(balancer)).toEqual([4, 6, 5]);
  });

  test('of the list: one that joins begins the schedules of other priorities anew', () => {
    const list = [instance('a', 1), instance('b', 2), { ...instance('c', 5), priority: 1 }];
    const { clock, balancer } = serviceOf(list);
    report(balancer, { a: 1, b: 2, c: 5 });
    clock.advance(SECOND);
    expect(sequence(balancer, 1)).toBe('b');
    balancer.update([...list, { ...instance('d', 5), priority: 1 }]);
    expect(sequence(balancer, 1)).toBe('a');
    balancer.update([...list, { ...instance('d', 5), priority: 1 }, { ...instance('e', 1), priority: 1 }]);
    expect(sequence(balancer, 3)).toBe('bab');
    expect(weightsOf(balancer)).toEqual([1, 2, 5, 5, 5]);
  });
});
