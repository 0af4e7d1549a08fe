import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { SmoothRoundRobin } from '../../../src/balancer/strategies/smooth_round_robin.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { watchedStrategies } from '../../../src/run/replay/watched_strategy.ts';
import { hostsOf } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

interface Peer {
  readonly weight: number;
  readonly isUp: boolean;
  current: number;
  effective: number;
}

/** ngx_http_upstream_get_peer as written; `sticky` is the place of the peer that a session names, which is up; -1: none. */
function naivePick(peers: readonly Peer[], sticky: number): number {
  if (sticky >= 0) {
    const others = peers.filter((_, i) => i !== sticky).reduce((sum, { weight }) => sum + weight, 0);
    if (peers[sticky].current <= -others) return sticky;
  }
  let best = -1;
  let total = 0;
  peers.forEach((peer, i) => {
    if (!peer.isUp) return;
    peer.current += peer.effective;
    total += peer.effective;
    if (peer.effective < peer.weight) peer.effective++;
    if (best === -1 || peer.current > peers[best].current) best = i;
  });
  if (sticky >= 0) best = sticky;
  peers[best].current -= total;
  return best;
}

const step = fc.record({ kind: fc.constantFrom('pick', 'pick', 'session', 'fails'), at: fc.nat(9) });

test('sessions are rounds that their host wins, as in nginx', () => {
  const peer = fc.record({ weight: fc.integer({ min: 1, max: 5 }), isUp: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(peer, { minLength: 2, maxLength: 6 }).filter((peers) => peers.some(({ isUp }) => isUp)),
      fc.array(step, { maxLength: 60 }),
      (given, steps) => {
        const peers = given.map((each) => ({ ...each, current: 0, effective: each.weight }));
        const hosts = hostsOf(given.map(({ weight }) => ({ weight })));
        const up = hosts.filter((_, i) => given[i].isUp);
        const strategy = new SmoothRoundRobin(1, false);
        strategy.rebuild(hosts, up, (host) => host.weight);
        for (const { kind, at } of steps) {
          const host = up[at % up.length];
          const place = hosts.indexOf(host);
          if (kind === 'pick') expect(hosts.indexOf(strategy.pick())).toBe(naivePick(peers, -1));
          else if (kind === 'session') {
            strategy.onSession(host);
            naivePick(peers, place);
          } else {
            strategy.onEnd(host, 1, Outcome.refused, null);
            peers[place].effective = 0;
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a replay counts them, too', () => {
  const watcher = { wanted: false, note: () => {} };
  const factory = watchedStrategies(strategyNamed('weighted-round-robin').withOptions({}), 'doc', watcher);
  const hosts = hostsOf([{ weight: 3 }, {}]);
  const strategy = factory.create(ports({}));
  strategy.rebuild(hosts, hosts, (host) => host.weight);
  strategy.onSession?.(hosts[1]);
  const picks = Array.from({ length: 4 }, () => hosts.indexOf(strategy.pick(NO_KEY, 0, 0)));
  // 3 and -3 after it: the first has three rounds until they are even, and the next one, which it begins.
  expect(picks).toEqual([0, 0, 0, 0]);
});

// With its weight as it was, which total_weight still counts, but out of the rounds.
test('one that drains owes what the others gain, as much as they weigh and no more', () => {
  const [a, b, c] = hostsOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
  const strategy = new SmoothRoundRobin(1, false);
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
  const strategy = new SmoothRoundRobin(1, false);
  strategy.rebuild([a, b], [a, b], (host) => host.weight);
  strategy.onSession(other);
  expect([strategy.pick(), strategy.pick(), strategy.pick(), strategy.pick()]).toEqual([a, a, b, a]);
});
