import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { Host } from '../../../src/balancer/host.ts';
import { strategyNamed } from '../../../src/balancer/strategies/index.ts';
import { NO_KEY } from '../../../src/core/key.ts';
import { Outcome } from '../../../src/core/outcome.ts';
import { hostsOf, pickOf } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';

interface Peer {
  readonly host: Host;
  current: number;
  effective: number;
}

/**
 * A round as in ngx_http_upstream_get_peer, and among those that tie in get_least_conn_peer; null: of nobody. `sticky`: whose
 * it is, whatever it has.
 */
function round(peers: readonly Peer[], sticky: Peer | null = null): Peer | null {
  let best: Peer | null = null;
  let total = 0;
  for (const peer of peers) {
    peer.current += peer.effective;
    total += peer.effective;
    if (peer.effective < peer.host.weight) peer.effective++;
    if (best === null || peer.current > best.current) best = peer;
  }
  const winner = sticky ?? best;
  if (winner !== null) winner.current -= total;
  return winner;
}

const load = ({ host }: Peer): number => host.inFlight / host.weight;

const models = {
  'weighted-round-robin': (peers: readonly Peer[]): Peer | null => round(peers),
  'least-request': (peers: readonly Peer[]): Peer | null => {
    const tied = peers.filter((peer) => load(peer) === Math.min(...peers.map(load)));
    // Who is alone at that takes part in no round, so that nothing of its weight comes back.
    return tied.length === 1 ? tied[0] : round(tied);
  },
};

const written = { 'weighted-round-robin': {}, 'least-request': { algorithm: 'nginx-least-conn' } };

const step = fc.record({
  kind: fc.constantFrom('pick', 'pick', 'pick', 'retry', 'fails', 'ends', 'health', 'members', 'session'),
  at: fc.nat(99),
});

test.prop(
  [
    fc.constantFrom('weighted-round-robin' as const, 'least-request' as const),
    // Weights by which no load is a fraction that rounding could take for another.
    fc.array(fc.constantFrom(1, 2, 4), { minLength: 1, maxLength: 5 }),
    fc.array(step, { maxLength: 60 }),
  ],
  { numRuns: 300 },
)('rounds are those of nginx, whatever fails, is tried, goes down, comes or leaves', (name, weights, steps) => {
  const peers = hostsOf(weights.map((weight) => ({ weight }))).map(
    (host): Peer => ({ host, current: 0, effective: host.weight }),
  );
  const strategy = strategyNamed(name).create({ options: written[name], ...ports() });
  let members = peers;
  const up = (): Peer[] => members.filter(({ host }) => host.healthy);
  const tell = (): void => {
    const hosts = members.map(({ host }) => host);
    strategy.rebuild(
      hosts,
      up().map(({ host }) => host),
      (host) => host.weight,
    );
  };
  tell();
  for (const { kind, at } of steps) {
    const peer = peers[at % peers.length];
    const others = up().filter((_, i) => (at & (1 << i)) === 0);
    const mark = (tried: boolean): void => {
      for (const each of up()) each.host.tried = tried && !others.includes(each);
    };
    if (kind === 'pick' && up().length > 0) {
      const host = pickOf(strategy);
      expect(host).toBe(models[name](up())?.host);
      if (at % 2 === 0) host.inFlight++;
    } else if (kind === 'retry' && up().length > 0) {
      mark(true);
      expect(strategy.pickAnother?.(NO_KEY, 0, 0)).toBe(models[name](others)?.host ?? null);
      mark(false);
    } else if (kind === 'fails') {
      strategy.onEnd(peer.host, 1, Outcome.refused, null, peer.host.reweighed);
      // Of the only server nothing is noted.
      if (members.length > 1) peer.effective = 0;
    } else if (kind === 'ends') peer.host.inFlight = Math.max(0, peer.host.inFlight - 1);
    else if (kind === 'health') {
      peer.host.healthy = !peer.host.healthy;
      tell();
    } else if (kind === 'members') {
      members = peers.slice(0, 1 + (at % peers.length));
      tell();
    } else if (kind === 'session' && up().length > 0 && strategy.onSession !== undefined) {
      const known = up()[at % up().length];
      mark(true);
      strategy.onSession(known.host);
      mark(false);
      // get_rr_peer_by_sid finds nobody who was tried; low_limit.
      const rest = members.reduce((sum, { host }) => sum + host.weight, 0) - known.host.weight;
      if (others.includes(known) && known.current > -rest) round(others, known);
    }
  }
});
