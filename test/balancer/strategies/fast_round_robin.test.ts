import fc from 'fast-check';
import { expect, test } from 'vitest';
import { weightedRoundRobin } from '../../../src/balancer/strategies/weighted_round_robin.ts';
import type { Strategy } from '../../../src/balancer/strategy.ts';
import { balancerOf, instance, sequence } from '../../helpers/balancing.ts';
import { hostsOf, pickOf } from '../../helpers/hosts.ts';
import { ports } from '../../helpers/ports.ts';
import { scriptedRandom } from '../../helpers/scripted_random.ts';

const fwrr = (): Strategy =>
  weightedRoundRobin.create({ options: { algorithm: 'fwrr' }, ...ports({ random: scriptedRandom([]) }) });

// The first is what HAProxy's reg-tests/balance/balance-rr.vtc expects; the weights of the third are those of its
// tests/conf/test-fwrr.cfg. All sequences were measured on HAProxy 3.5-dev5's lb_fwrr.c.
test.each([
  [[1, 1, 1, 1], 'abcda', 'abcdabcd'],
  [[5, 1, 1], 'aaabaac', 'aaabaacaaabaac'],
  [[10, 20, 30, 40], 'dcdbcdadcb', 'dcdbcdadcbdcdbcdadcb'],
  [[3, 2, 1], 'abacab', 'abacababacab'],
  [[1, 3, 3, 7], 'dbdcdbdcdadbdc', 'dbdcdbdcdadbdcdbdcdbdcdadbdc'],
])('HAProxy gives weights %j the sequence %s...', (weights, start, picks) => {
  expect(sequence(balancerOf(fwrr(), weights), picks.length)).toBe(picks);
  expect(picks.startsWith(start)).toBe(true);
});

/** HAProxy's `set server` commands, and picks: `up 0`, `down 0`, `weight 0 7`, `pick 12`. */
type Step =
  | { readonly kind: 'up' | 'down'; readonly host: number }
  | { readonly kind: 'weight'; readonly host: number; readonly weight: number }
  | { readonly kind: 'pick'; readonly count: number };

interface Start {
  readonly weight: number;
  readonly up: boolean;
}

/** Plays the steps; the slots picked, joined, for each `pick`. */
function play(start: readonly Start[], steps: readonly Step[], strategy: Strategy): string[] {
  const hosts = hostsOf(start);
  for (const host of hosts) host.healthy = start[host.slot].up;
  const rebuild = (): void => {
    const eligible = hosts.filter((host) => host.healthy);
    strategy.rebuild(hosts, eligible, (host) => host.weight);
  };
  rebuild();
  const picks: string[] = [];
  for (const step of steps) {
    if (step.kind === 'pick') {
      if (!hosts.some((host) => host.healthy)) continue;
      picks.push(Array.from({ length: step.count }, () => pickOf(strategy).slot).join(''));
      continue;
    }
    if (step.kind === 'weight') hosts[step.host].weight = step.weight;
    else hosts[step.host].healthy = step.kind === 'up';
    rebuild();
  }
  return picks;
}

// Measured on lb_fwrr.c as above.
test('servers go down, come up and change weight between picks as in HAProxy', () => {
  const start = [
    { weight: 3, up: true },
    { weight: 2, up: true },
    { weight: 1, up: true },
    { weight: 4, up: false },
  ];
  const picks = play(
    start,
    [
      { kind: 'pick', count: 5 },
      { kind: 'down', host: 0 },
      { kind: 'pick', count: 6 },
      { kind: 'up', host: 0 },
      { kind: 'pick', count: 6 },
      { kind: 'weight', host: 1, weight: 7 },
      { kind: 'pick', count: 12 },
      { kind: 'up', host: 3 },
      { kind: 'pick', count: 12 },
      { kind: 'weight', host: 3, weight: 1 },
      { kind: 'weight', host: 0, weight: 9 },
      { kind: 'pick', count: 30 },
    ],
    fwrr(),
  );
  expect(picks).toEqual([
    '01020',
    '111121',
    '102010',
    '102110110111',
    '021310131103',
    '100120101031001010100120101013',
  ]);
});

// Measured likewise. So late in the window of the heavy server b is beyond it, and waits for the next.
test('a change of weight after a great loss of weight puts a server into the next window', () => {
  const start = [256, 1, 1].map((weight) => ({ weight, up: true }));
  const [, picks] = play(
    start,
    [
      { kind: 'pick', count: 4000 },
      { kind: 'down', host: 0 },
      { kind: 'weight', host: 1, weight: 2 },
      { kind: 'pick', count: 12 },
    ],
    fwrr(),
  );
  expect(picks).toBe('211211211211');
});

interface Server {
  readonly slot: number;
  weight: number;
  npos: number;
  rest: number;
  key: number;
  tree: Server[] | null;
}

/** HAProxy's rule with sorted lists for trees, each step as it comes. */
class NaiveHaproxy {
  private readonly servers: Server[];
  private readonly current: Server[] = [];
  private init: Server[] = [];
  private next: Server[] = [];
  private total = 0;
  private window: number;
  private position: number;

  constructor(start: readonly Start[]) {
    this.servers = start.map(({ weight }, slot) => ({
      slot,
      weight: 16 * weight,
      npos: 0,
      rest: 0,
      key: 0,
      tree: null,
    }));
    for (const server of this.servers) {
      if (!start[server.slot].up) continue;
      this.total += server.weight;
      this.put(this.init, server, 4096 - server.weight);
    }
    this.window = this.total;
    this.position = this.total;
  }

  get anybody(): boolean {
    return this.servers.some((server) => server.tree !== null);
  }

  down(slot: number): void {
    const server = this.servers[slot];
    if (server.tree === null) return;
    this.total -= server.weight;
    this.drop(server);
    server.tree = null;
  }

  up(slot: number): void {
    const server = this.servers[slot];
    if (server.tree !== null) return;
    this.total += server.weight;
    this.place(server);
  }

  weigh(slot: number, weight: number): void {
    const server = this.servers[slot];
    const before = server.weight;
    if (16 * weight === before) return;
    server.weight = 16 * weight;
    if (server.tree === null) return;
    this.total += server.weight - before;
    this.drop(server);
    if (server.tree === this.init) server.rest = 0;
    this.place(server);
  }

  pick(): number {
    let server = this.candidate();
    if (server === undefined) {
      [this.init, this.next] = [this.next, this.init];
      this.position = this.window = this.total;
      server = this.candidate();
    }
    if (server === undefined) throw new Error('nobody');
    if (server.npos === 0) server.npos = this.position;
    server.npos += Math.floor(this.total / server.weight);
    server.rest += this.total % server.weight;
    if (server.rest >= server.weight) {
      server.rest -= server.weight;
      server.npos++;
    }
    this.drop(server);
    this.position++;
    this.queue(server);
    return server.slot;
  }

  private candidate(): Server | undefined {
    const first = this.current[0];
    if (first && first.npos <= this.position) return first;
    const fresh = this.init[0];
    if (fresh === undefined) return first;
    fresh.npos = fresh.rest = 0;
    return fresh;
  }

  private place(server: Server): void {
    const left = this.total + this.window - this.position;
    // Negative numbers are huge ones in C's unsigned division.
    server.npos = this.position + Math.floor((left < 0 ? left + 2 ** 32 : left) / server.weight);
    this.queue(server);
  }

  private queue(server: Server): void {
    if (server.npos >= 2 * this.window || server.npos >= this.window + this.total) {
      server.npos -= this.window;
      this.put(this.next, server, 4096 - server.weight);
    } else {
      this.put(this.current, server, 256 * server.npos + Math.floor((4096 + server.rest - server.weight) / 16));
    }
  }

  private put(tree: Server[], server: Server, key: number): void {
    server.key = key;
    server.tree = tree;
    const later = tree.findIndex((other) => other.key > key);
    tree.splice(later < 0 ? tree.length : later, 0, server);
  }

  private drop(server: Server): void {
    server.tree?.splice(server.tree.indexOf(server), 1);
  }
}

function playNaively(start: readonly Start[], steps: readonly Step[]): string[] {
  const naive = new NaiveHaproxy(start);
  const picks: string[] = [];
  for (const step of steps) {
    if (step.kind === 'up') naive.up(step.host);
    else if (step.kind === 'down') naive.down(step.host);
    else if (step.kind === 'weight') naive.weigh(step.host, step.weight);
    else if (step.kind === 'pick' && naive.anybody)
      picks.push(Array.from({ length: step.count }, () => naive.pick()).join(''));
  }
  return picks;
}

test('is what sorted lists give, through ups, downs and changes of weight', () => {
  const HOSTS = 6;
  const weight = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 256 }));
  const host = fc.nat(HOSTS - 1);
  // A window lasts about 16 picks for each unit of weight, and what matters most happens where one ends.
  const count = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 }));
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constantFrom('up' as const, 'down' as const), host }),
    fc.record({ kind: fc.constant('weight' as const), host, weight }),
    fc.record({ kind: fc.constant('pick' as const), count }),
  );
  const server = fc.record({ weight, up: fc.boolean() });
  // One at least is up from the start: the first host ever there starts as HAProxy itself does.
  const start = fc
    .array(server, { minLength: HOSTS, maxLength: HOSTS })
    .map(([first, ...others]) => [{ ...first, up: true }, ...others]);
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 60 }), (servers, steps) => {
      expect(play(servers, steps, fwrr())).toEqual(playNaively(servers, steps));
    }),
    { numRuns: 300 },
  );
});

test('weights count in sixteenths, and are scaled down where one is above 256', () => {
  const picks = (weights: readonly number[]): string => sequence(balancerOf(fwrr(), weights), 40);
  expect(picks([0.5, 0.25])).toBe(picks([2, 1]));
  expect(picks([768, 256])).toBe(picks([256, 256 / 3]));
  expect(picks([5000, 1])).toBe('a'.repeat(40));
  expect(picks([1.5e308, 0.5e308])).toBe(picks([768, 256]));
});

test('a host that takes over the slot of one that left comes up like any other', () => {
  const balancer = balancerOf(fwrr(), [1, 1]);
  expect(sequence(balancer, 3)).toBe('aba');
  balancer.update([instance('b')]);
  expect(sequence(balancer, 2)).toBe('bb');
  balancer.update([instance('c'), instance('b')]);
  const picks = sequence(balancer, 6);
  expect([...picks].filter((id) => id === 'c')).toHaveLength(3);
});
