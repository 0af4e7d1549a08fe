import { describe, expect, test } from 'vitest';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { balancerOf, instancesOf } from '../../helpers/balancing.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

describe('an attempt that ends', () => {
  test.each<[string, WrittenOptions]>([
    ['least-request', { algorithm: 'finagle-aperture' }],
    ['peak-ewma', { weighted: true }],
  ])('is of the node it was sent to, whichever ends first: %s, %j', (name, options) => {
    const clock = new ManualClock();
    // Two columns, each all its own: a pick draws a first, then b.
    const random = scriptedRandom([0, 1, 0, 1, 0, 1]);
    const balancer = balancerOf(strategyNamed(name).withOptions(options), [1, 1], { clock, random });
    const [a, b] = balancer.members;
    expect(balancer.pick(NO_KEY, 0)).toBe(a);
    balancer.acquire(a);
    clock.advance(10);
    balancer.update(instancesOf([2, 1]));
    balancer.update(instancesOf([2, 2]));
    balancer.acquire(b);
    clock.advance(50);
    balancer.release(b, 50, Outcome.ok);
    expect(balancer.pick(NO_KEY, 0)).toBe(a);
    balancer.acquire(a);
    clock.advance(9);
    // The new node's, while the one before has its attempt still.
    balancer.release(a, 9, Outcome.ok);
    expect(balancer.pick(NO_KEY, 0)).toBe(a);
  });
});
