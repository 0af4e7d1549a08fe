import { expect, test } from 'vitest';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { SmoothRoundRobin } from '../../../src/balancer/strategies/smooth_round_robin.ts';
import { watchedStrategies } from '../../../src/run/replay/watched_strategy.ts';
import { hostsOf, pickOf } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

test('a replay counts them, too', () => {
  const watcher = { wanted: false, note: () => {} };
  const factory = watchedStrategies(strategyNamed('weighted-round-robin').withOptions({}), 'doc', watcher);
  const hosts = hostsOf([{ weight: 3 }, {}]);
  const strategy = factory.create(ports({}));
  strategy.rebuild(hosts, hosts, (host) => host.weight);
  strategy.onSession?.(hosts[1]);
  const picks = Array.from({ length: 4 }, () => hosts.indexOf(pickOf(strategy)));
  // 3 and -3 after it: the first has three rounds until they are even, and the next one, which it begins.
  expect(picks).toEqual([0, 0, 0, 0]);
});

// With its weight as it was, which total_weight still counts, but out of the rounds.
test('one that drains owes what the others gain, as much as they weigh and no more', () => {
  const [a, b, c] = hostsOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
  const strategy = new SmoothRoundRobin();
  strategy.rebuild([a, b, c], [a, b, c], (host) => host.weight);
  a.weight = 0;
  strategy.rebuild([b, c], [b, c], (host) => host.weight);
  strategy.onSession(a);
  // b and c have 1 each and a owes 2: b, c, and they are as they were.
  expect([strategy.pick(), strategy.pick(), strategy.pick()]).toEqual([b, c, b]);
  // It owes no more.
  strategy.onSession(a);
  a.weight = 1;
  strategy.rebuild([a, b, c], [a, b, c], (host) => host.weight);
  expect([strategy.pick(), strategy.pick(), strategy.pick(), strategy.pick()]).toEqual([c, b, c, a]);
});

test('a host of another set, such as a backup, has no turn here', () => {
  const [a, b, other] = hostsOf([{ weight: 3 }, {}, {}]);
  const strategy = new SmoothRoundRobin();
  strategy.rebuild([a, b], [a, b], (host) => host.weight);
  strategy.onSession(other);
  expect([strategy.pick(), strategy.pick(), strategy.pick(), strategy.pick()]).toEqual([a, a, b, a]);
});
