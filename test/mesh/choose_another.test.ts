import { expect, it } from 'vitest';
import type { Balancer } from '../../src/balancer/balancer.ts';
import { Connectivity } from '../../src/core/connectivity.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { chooseAnother } from '../../src/mesh/choose_another.ts';
import { UNTRIED_HOSTS } from '../../src/mesh/request_policy.ts';
import { hostsOf } from '../helpers/hosts.ts';

it('passes on to the first host not tried whose connection stands, be others as pickable', () => {
  const members = hostsOf([{ id: 'tried' }, { id: 'idle' }, { id: 'ready' }]);
  const [tried, idle, ready] = members;
  idle.connection = Connectivity.idle;
  const calls = new CallTable(2);
  const call = calls.open();
  calls.hosts[call * calls.maxAttempts] = tried;
  calls.attempt[call] = 1;
  // A policy that knows but one.
  const balancer = { members, pick: () => tried } as unknown as Balancer;
  expect(chooseAnother(calls, call, UNTRIED_HOSTS, balancer)).toBe(ready);
});
