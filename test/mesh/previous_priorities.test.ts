import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { PrioritySet } from '../../src/balancer/routing/priority_set.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { attemptedPriorities } from '../../src/mesh/previous_priorities.ts';
import { PLAIN_REQUEST } from '../../src/mesh/request_policy.ts';
import { Router } from '../../src/mesh/router.ts';
import { balancerWith } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { prioritySet } from '../helpers/priority_set.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';

/** A balancer over hosts of two priorities, the first so many of which are healthy, and one of the hosts of each. */
function twoPriorities(sizes: readonly number[], healthy: readonly number[], draws: readonly number[] = []) {
  const random = draws.length === 0 ? {} : { random: scriptedRandom(draws) };
  const balancer = balancerWith({ strategy: strategyNamed('random').withOptions({}), panicThreshold: 0.5, ...random });
  const numbered = (size: number, priority: number) =>
    Array.from({ length: size }, (_, i) => ({
      id: `${priority}-${i}`,
      address: `${priority}-${i}:80`,
      zone: null,
      weight: 1,
      priority,
    }));
  balancer.update(sizes.flatMap(numbered));
  for (const host of balancer.members) {
    const [priority, i] = host.instance.id.split('-').map(Number);
    balancer.setHealthy(host, i < healthy[priority]);
  }
  const [first, second] = [0, 1].map((priority) => balancer.members.find((host) => host.priority === priority) as Host);
  return { balancer, first, second };
}

// Envoy's previous_priorities.cc, determinePriorityLoad and adjustForAttemptedPriorities.
describe('previous priorities', () => {
  it('are forgotten once none is left, which the retry that finds that out tells from a first attempt', () => {
    const { balancer, first, second } = twoPriorities([1, 1], [1, 1]);
    const tried = [first, second, first, second];
    const avoided = (count: number, updateFrequency: number): PrioritySet | null =>
      attemptedPriorities(tried, 0, count, updateFrequency, balancer);
    expect([1, 2, 3].map((count) => avoided(count, 1))).toEqual([
      prioritySet([true]),
      PrioritySet.none,
      prioritySet([true]),
    ]);
    expect([1, 2, 3, 4].map((count) => avoided(count, 2))).toEqual([null, PrioritySet.none, null, PrioritySet.none]);
  });

  it('in total panic share the load by health then, and not by the number of hosts', () => {
    // Health of 14 and 14 percent, of 10 and 30 hosts: a quarter goes to the first, and half of it in such a retry.
    const { balancer } = twoPriorities([10, 30], [1, 3], [24, 25, 49, 49, 50]);
    const pick = (attempted: PrioritySet | null) =>
      balancer.pick(NO_KEY, 0, 0, attempted, attempted !== null)?.priority;
    expect([pick(null), pick(null), pick(null)]).toEqual([0, 1, 1]);
    expect([pick(PrioritySet.none), pick(PrioritySet.none)]).toEqual([0, 1]);
  });

  it('leave none that cannot take a whole percent', () => {
    const left = (size: number): boolean => twoPriorities([1, size], [1, 1]).balancer.canAvoid(prioritySet([true]));
    expect([left(140), left(141)]).toEqual([true, false]);
  });

  it('are not looked at by further selections of the retry that has forgotten them', () => {
    const { balancer } = twoPriorities([1, 1], [1, 1]);
    const calls = new CallTable(3);
    const router: Router = new Router({
      clock: new ManualClock(),
      balancer,
      transport: { send: () => {}, abandon: () => {} },
      request: {
        ...PLAIN_REQUEST,
        retries: 2,
        retryOn: ['5xx'],
        hostSelection: { retries: 2, exhausted: 'last', updateFrequency: 1 },
      },
      calls,
      observer: { onSend: () => {}, onAttemptEnd: () => {} },
      onDone: () => {},
    });
    const picks = vi.spyOn(balancer, 'pick');
    const call = calls.open();
    router.start(call, NO_KEY);
    router.settle(call, Outcome.error);
    router.settle(call, Outcome.error);
    const asked = picks.mock.calls.map(([, attempt, , attempted]) => [attempt, attempted]);
    expect(asked).toEqual([
      [0, undefined],
      [0, prioritySet([true])],
      [0, PrioritySet.none],
      [1, null],
      [2, null],
    ]);
  });
});
