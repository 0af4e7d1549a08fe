import { describe, expect, test } from 'vitest';
import type { Balancer } from '../../../src/balancer/balancer.ts';
import type { Host } from '../../../src/balancer/host.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { balancerOf, hostNamed, sequence } from '../../helpers/balancing.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

/** Where a retry goes of a request that was sent to these, nothing drawn in vain so far. */
function retried(balancer: Balancer, tried: string): string | undefined {
  const hosts: Host[] = [...tried].map((id) => hostNamed(balancer, id));
  balancer.request.memory = 0;
  for (const host of hosts) host.tried = true;
  const picked = balancer.pick(NO_KEY, 0, 0, null, true);
  for (const host of hosts) host.tried = false;
  return picked?.instance.id;
}

// Worked through by hand: ngx_http_upstream_get_peer, ngx_http_upstream_get_least_conn_peer,
// ngx_http_upstream_get_random_peer and ngx_http_upstream_get_random2_peer, `rrp->tried`.
describe('a retry passes those by that were tried', () => {
  test('smooth: they take no part in its round', () => {
    const balancer = balancerOf(strategyNamed('weighted-round-robin').withOptions({}), [5, 1, 1]);
    // a 5 b 1 c 1: a, and -2 1 1.
    expect(sequence(balancer, 1)).toBe('a');
    // b 2 c 2, of 2: b, and a -2 b 0 c 2.
    expect(retried(balancer, 'a')).toBe('b');
    // c 3, of 1: c, and c 2.
    expect(retried(balancer, 'ab')).toBe('c');
    // a 3 b 1 c 3: a, -4 1 3; 1 2 4: c; 6 3 -2: a.
    expect(sequence(balancer, 3)).toBe('aca');
  });

  test('smooth: where all were tried nobody is left, and it is no round', () => {
    const balancer = balancerOf(strategyNamed('weighted-round-robin').withOptions({}), [1, 1]);
    expect([retried(balancer, 'ab'), retried(balancer, 'ab')]).toEqual([undefined, undefined]);
    expect(sequence(balancer, 2)).toBe('ab');
  });

  test('least_conn: the least loaded of the others, in turn among equals', () => {
    const leastConn = strategyNamed('least-request').withOptions({ algorithm: 'nginx-least-conn' });
    const balancer = balancerOf(leastConn, [1, 1, 1, 1]);
    balancer.acquire(hostNamed(balancer, 'd'));
    // Of a and c, which are left with a -1 c 1.
    expect(retried(balancer, 'b')).toBe('a');
    // a 0 b 1 c 2 of 3.
    expect(sequence(balancer, 1)).toBe('c');
    balancer.acquire(hostNamed(balancer, 'a'));
    expect(retried(balancer, 'bc')).not.toBe('c');
    balancer.acquire(hostNamed(balancer, 'b'));
    expect(retried(balancer, 'c')).not.toBe('c');
    expect(retried(balancer, 'abc')).toBe('d');
    expect(retried(balancer, 'abcd')).toBe(undefined);
  });

  test('random: a draw of one is in vain', () => {
    const random = scriptedRandom([0, 0, 2, ...Array<number>(21).fill(0)]);
    const balancer = balancerOf(strategyNamed('random').withOptions({ weighted: true }), [1, 1, 1], { random });
    expect(retried(balancer, 'a')).toBe('c');
    // After 21 of them it is a round of the others.
    expect(retried(balancer, 'a')).toBe('b');
    expect(() => random.uint32()).toThrow('asked for one more');
  });

  test('random two: so it is there', () => {
    const random = scriptedRandom([1, 0, 2, ...Array<number>(21).fill(0)]);
    const options = { algorithm: 'nginx-random-two' };
    const balancer = balancerOf(strategyNamed('least-request').withOptions(options), [1, 1, 1], { random });
    expect(retried(balancer, 'a')).toBe('c');
    expect(retried(balancer, 'a')).toBe('b');
    expect(() => random.uint32()).toThrow('asked for one more');
  });
});

// Worked through by hand: ngx_http_upstream_get_peer and free_round_robin_peer_locked, max_fails=1.
test.each([
  ['random', { weighted: true }],
  ['least-request', { algorithm: 'nginx-random-two' }],
])('%s %j: failures lower a host in the rounds after draws in vain', (name, options) => {
  // All of a, which is down.
  const random = scriptedRandom(Array<number>(5 * 21).fill(0));
  const balancer = balancerOf(strategyNamed(name).withOptions(options), [1, 2, 2], { random });
  balancer.setHealthy(hostNamed(balancer, 'a'), false);
  // b -2, c 2; it has 0 now: c, 2; b -1 c 4: c, 1; b 1 c 3: c, -1; b 3 c 1: b.
  expect(sequence(balancer, 1)).toBe('b');
  const b = hostNamed(balancer, 'b');
  balancer.acquire(b);
  balancer.release(b, 0, Outcome.reset);
  expect(sequence(balancer, 4)).toBe('cccb');
});
