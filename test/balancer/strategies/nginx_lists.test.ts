import { expect, test } from 'vitest';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import type { WrittenOptions } from '../../../src/core/options.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { CallTable } from '../../../src/mesh/calls.ts';
import { PLAIN_REQUEST } from '../../../src/mesh/request_policy.ts';
import { Router } from '../../../src/mesh/router.ts';
import { balancerOf, balancerWith, hostNamed, instance, instancesOf, sequence } from '../../helpers/balancing.ts';
import { ManualClock } from '../../helpers/manual_clock.ts';

// `peers->config && rrp->config != *peers->config` of ngx_http_upstream_get_round_robin_peer, ..._get_least_conn_peer,
// ..._get_hash_peer, ..._get_chash_peer and both of `random`: NGX_BUSY, whoever could be picked.
// Measured: its own functions of 1.31.5 (commit 3f6f7824), over three servers, one a backup; a retry finds the next one, but nobody, without a
// draw, once the generation of its peers is another.

const policies: [string, WrittenOptions, key: number][] = [
  ['weighted-round-robin', {}, NO_KEY],
  ['least-request', { algorithm: 'nginx-least-conn' }, NO_KEY],
  ['least-request', { algorithm: 'nginx-random-two' }, NO_KEY],
  ['random', { weighted: true }, NO_KEY],
  ['modulo-hash', { system: 'nginx' }, 1],
  ['ring-hash', { system: 'nginx' }, 1],
];

test.each(policies)(
  '%s %j: no other host has a request amid whose tries the list has changed',
  (name, options, key) => {
    for (const [after, goesOn] of [
      [[1, 1, 1], true],
      [[1, 1, 1, 1], false],
      [[1, 1], false],
      [[1, 1, 2], false],
    ] as const) {
      const balancer = balancerWith({ strategy: strategyNamed(name).withOptions(options) });
      balancer.update(instancesOf([1, 1, 1]));
      const first = balancer.pick(key, 0);
      balancer.setHealthy(hostNamed(balancer, 'c'), false);
      balancer.setHealthy(hostNamed(balancer, 'c'), true);
      balancer.update(instancesOf(after));
      if (first !== null) first.tried = true;
      expect(balancer.pick(key, 0, 0, null, true) !== null).toBe(goesOn);
      if (first !== null) first.tried = false;
      // A new request knows the new list.
      expect(balancer.pick(key, 0)).not.toBe(null);
      expect(balancer.pick(key, 0, 0, null, true)).not.toBe(null);
    }
  },
);

// ngx_http_upstream_zone_resolve_handler takes out a peer whose address is given with another weight, and appends new ones. By hand:
// a had the first turn and owes 2; a c B of weights 1 1 2 and with -2 1 0 then: -1 2 2 is c's, 0 -1 4 B's, 1 0 2 B's, 2 1 0 a's.
test('another weight makes another server, which comes last and has saved up nothing', () => {
  const balancer = balancerWith({ strategy: strategyNamed('weighted-round-robin').withOptions({}) });
  balancer.update(instancesOf([1, 1, 1]));
  const b = hostNamed(balancer, 'b');
  expect(sequence(balancer, 1)).toBe('a');
  balancer.update(instancesOf([1, 2, 1]));
  expect(hostNamed(balancer, 'b')).not.toBe(b);
  expect(balancer.members.map(({ instance: { id } }) => id).join('')).toBe('acb');
  expect(sequence(balancer, 4)).toBe('cbba');
});

test('whoever is new comes last, wherever the list has him', () => {
  const balancer = balancerWith({ strategy: strategyNamed('weighted-round-robin').withOptions({}) });
  balancer.update([instance('m'), instance('z')]);
  balancer.update([instance('a'), instance('z'), instance('m')]);
  expect(sequence(balancer, 3)).toBe('mza');
  balancer.update([{ ...instance('m'), backup: true }, instance('a'), instance('z')]);
  expect(balancer.members.map(({ instance: { id } }) => id).join('')).toBe('zam');
});

test("other systems' retries go on with the new list", () => {
  const balancer = balancerWith({ strategy: strategyNamed('round-robin').withOptions({}) });
  balancer.update(instancesOf([1, 1, 1]));
  balancer.pick(NO_KEY, 0);
  balancer.update(instancesOf([1, 1]));
  expect(balancer.pick(NO_KEY, 0, 0, null, true)).not.toBe(null);
});

test('each request has the list it began with', () => {
  const clock = new ManualClock();
  const balancer = balancerOf(strategyNamed('weighted-round-robin').withOptions({}), [1, 1], { clock });
  const calls = new CallTable(3);
  const sent: number[] = [];
  const done: [number, Outcome][] = [];
  const router = new Router({
    ...{ clock, balancer, calls },
    transport: { send: (call) => void sent.push(call), abandon: () => {} },
    request: { ...PLAIN_REQUEST, retries: 2, retryOn: ['reset'] },
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: (call, outcome) => void done.push([call, outcome]),
  });
  const start = (): number => {
    const call = calls.open();
    router.start(call, NO_KEY);
    return call;
  };
  const before = start();
  balancer.update(instancesOf([1, 1, 1]));
  const after = start();
  router.settle(before, Outcome.reset);
  router.settle(after, Outcome.reset);
  expect(sent).toEqual([before, after, after]);
  expect(done.map(([call]) => call)).toEqual([before]);
});
