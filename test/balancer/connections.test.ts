import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/balancer/host.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { type ConnectionSettings, Connectivity, GRPC_CONNECTIONS } from '../../src/core/connectivity.ts';
import type { Instance } from '../../src/core/instance.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { balancerWith, instance } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { answeredPick, SESSIONS } from '../helpers/sessions.ts';

const states = {
  i: Connectivity.idle,
  c: Connectivity.connecting,
  r: Connectivity.ready,
  f: Connectivity.transientFailure,
};
type Letter = keyof typeof states;

/** A balancer over hosts whose connections are as the test says; it only asks for them. */
function rig(
  strategy: string,
  options: WrittenOptions,
  instances: readonly Instance[],
  written: Partial<ConnectionSettings> = {},
  sessions = false,
) {
  const clock = new ManualClock();
  const asked: string[] = [];
  let turns = 0;
  const lazily = strategyNamed(strategy).variantOf(options).traits.connectsLazily === true;
  const balancer = balancerWith({
    strategy: strategyNamed(strategy).withOptions(options),
    clock,
    initiallyHealthy: lazily,
    failover: 'all-or-nothing',
    connections: { ...GRPC_CONNECTIONS, ...written },
    sessionAffinity: sessions ? SESSIONS : null,
    connectionPorts: {
      clock,
      connect: ({ instance: { id } }) => void asked.push(id),
      disconnect: () => {},
      onTurn: () => void turns++,
    },
  });
  const host = (id: string): Host => balancer.members.find((other) => other.instance.id === id) as Host;
  const is = (id: string, letter: Letter): void => {
    const connection = states[letter];
    const healthy = lazily ? letter !== 'f' : letter === 'r';
    balancer.setHealth(host(id), { healthy, connection }, 'connection');
  };
  balancer.update(instances);
  return {
    ...{ balancer, clock, is, host },
    turns: () => turns,
    taken: () => asked.splice(0),
    /** Whom it picks, or whether the request `waits` or `fails`. */
    pick: (key: Key = NO_KEY): string => {
      balancer.request.waitsFor = null;
      const picked = answeredPick(balancer, key);
      if (picked !== null) return picked.instance.id;
      return balancer.request.waitsFor === null ? 'fails' : 'waits';
    },
  };
}

const two = [instance('a'), instance('b')];

/** Two hosts in the order in which a key meets them. */
function onRing(letters: string, key: Key): ReturnType<typeof rig> & { readonly order: readonly string[] } {
  const ring = rig('ring-hash', { system: 'grpc' }, two);
  for (const id of ['a', 'b']) ring.is(id, 'r');
  const first = ring.pick(key);
  const order = first === 'a' ? ['a', 'b'] : ['b', 'a'];
  // Those that fail last, so that nobody is connected to on the way.
  for (const [i, id] of order.entries()) if (letters[i] !== 'f') ring.is(id, letters[i] as Letter);
  for (const [i, id] of order.entries()) if (letters[i] === 'f') ring.is(id, 'f');
  ring.taken();
  return { ...ring, order };
}

describe('gRPC ring_hash over connections', () => {
  // grpc-go, balancer/ringhash/picker_test.go, TestPickerPickFirstTwo: whom it picks of the two met, and whom it connects.
  it.each([
    ['ri', 0, null],
    ['ci', 'waits', null],
    ['ii', 'waits', 0],
    ['fr', 1, null],
    ['fc', 'waits', null],
    ['fi', 'waits', 1],
    ['ff', 'fails', null],
  ] as const)('of %s: %s, connecting %s', (letters, picked, connected) => {
    for (const key of [1, 2, 3, 4]) {
      const { pick, taken, order } = onRing(letters, key);
      expect(pick(key)).toBe(typeof picked === 'number' ? order[picked] : picked);
      expect(taken()).toEqual(connected === null ? [] : [order[connected]]);
    }
  });

  // TestPickerRandomHash there: without a key, from any point of the ring on.
  it.each([
    ['ri', 'ready', 'one at most'],
    ['ci', 'waits', 'nobody'],
    ['fi', 'waits', 'one'],
    ['ff', 'fails', 'nobody'],
    ['ii', 'waits', 'one'],
    ['cc', 'waits', 'nobody'],
  ] as const)('without a key, of %s: %s, connecting %s', (letters, picked, connected) => {
    const counts = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const { pick, taken, order } = onRing(letters, 1);
      for (let skipped = 0; skipped < i; skipped++) pick();
      taken();
      expect(pick()).toBe(picked === 'ready' ? order[0] : picked);
      counts.add(taken().length);
    }
    const expected = { 'one at most': [0, 1], one: [1], nobody: [0] }[connected];
    expect([...counts].sort()).toEqual(expected);
  });

  it('connects to nobody unasked, but to one more with each that fails while none is ready (A61)', () => {
    const ids = ['a', 'b', 'c', 'd'];
    const { is, taken, pick } = rig(
      'ring-hash',
      { system: 'grpc' },
      ids.map((id) => instance(id)),
    );
    expect(taken()).toEqual([]);
    expect(pick(1)).toBe('waits');
    const [first] = taken();
    is(first, 'c');
    is(first, 'f');
    const next = ids.find((id) => id !== first) as string;
    expect(taken()).toEqual([next]);
    is(next, 'c');
    expect(taken()).toEqual([]);
    is(next, 'f');
    const third = ids.find((id) => id !== first && id !== next) as string;
    expect(taken()).toEqual([third]);
    is(third, 'r');
    is(first, 'f');
    expect(taken()).toEqual([]);
  });

  test.prop([
    fc.array(fc.constantFrom<Letter>('i', 'c', 'r', 'f'), { minLength: 1, maxLength: 5 }),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 }),
  ])('moves only the keys of hosts that fail', (letters, keys) => {
    const hosts = letters.map((_, i) => instance(`h${i}`));
    const ring = rig('ring-hash', { system: 'grpc' }, hosts);
    for (const { id } of hosts) ring.is(id, 'r');
    const owners = keys.map((key) => ring.pick(key));
    letters.forEach((letter, i) => void ring.is(`h${i}`, letter));
    ring.taken();
    keys.forEach((key, k) => {
      const state = letters[Number(owners[k].slice(1))];
      const picked = ring.pick(key);
      if (state === 'r') expect(picked).toBe(owners[k]);
      if (state === 'i' || state === 'c') expect(picked).toBe('waits');
      expect(ring.taken().filter((id) => letters[Number(id.slice(1))] !== 'i')).toEqual([]);
      if (letters.every((letter) => letter === 'f')) expect(picked).toBe('fails');
      else expect(picked).not.toBe('fails');
    });
  });
});

describe.each([
  ['round-robin', { system: 'grpc-go' }],
  ['round-robin', { system: 'grpc-java' }],
  ['round-robin', { system: 'grpc-core' }],
  ['least-request', { system: 'grpc' }],
] as const)('%s %o over connections', (strategy, options) => {
  const known = Object.hasOwn(strategyNamed(strategy).options, 'system');
  const made = (instances: readonly Instance[], written = {}, sessions = false) =>
    rig(strategy, known ? options : {}, instances, written, sessions);

  it('connects to all at once, and to who has lost his connection', () => {
    const { taken, is, balancer } = made(two);
    expect(taken()).toEqual(['a', 'b']);
    is('a', 'c');
    is('b', 'c');
    is('a', 'r');
    expect(taken().filter((id) => id === 'a')).toEqual([]);
    is('a', 'i');
    expect(taken()).toEqual(['a']);
    balancer.update([...two, instance('c')]);
    expect(taken()).toContain('c');
  });

  it('waits while nobody is ready and somebody connects, and fails where all fail', () => {
    const { pick, is } = made(two);
    expect(pick()).toBe('waits');
    is('a', 'c');
    is('b', 'f');
    expect(pick()).toBe('waits');
    is('a', 'f');
    expect(pick()).toBe('fails');
    is('b', 'c');
    is('b', 'r');
    expect([pick(), pick(), pick()]).toEqual(['b', 'b', 'b']);
    is('b', 'i');
    expect(pick()).toBe('waits');
  });

  it('waits even so where it is to wait until somebody is ready', () => {
    const { pick, is } = made(two, { waitForReady: true });
    for (const { id } of two) is(id, 'f');
    expect(pick()).toBe('waits');
  });

  it('begins with the second priority once the first has failed, or had its time', () => {
    const instances = [instance('a'), { ...instance('b'), priority: 1 }];
    const { pick, is, taken, clock, turns } = made(instances);
    expect(taken()).toEqual(['a']);
    is('a', 'c');
    clock.advance(9_999);
    expect([turns(), taken(), pick()]).toEqual([0, [], 'waits']);
    clock.advance(1);
    expect([turns(), taken(), pick()]).toEqual([1, ['b'], 'waits']);
    is('b', 'c');
    is('b', 'r');
    expect(pick()).toBe('b');
    is('a', 'r');
    expect(pick()).toBe('a');
    // It has its time again, and nobody fails over meanwhile.
    is('a', 'i');
    is('a', 'c');
    expect(pick()).toBe('waits');
    is('a', 'f');
    expect(pick()).toBe('b');
  });

  it('waits for a connection to the host of a session (A55)', () => {
    const { pick, is } = made(two, {}, true);
    for (const { id } of two) is(id, 'r');
    const own = pick(7);
    const other = own === 'a' ? 'b' : 'a';
    is(own, 'i');
    is(own, 'c');
    expect(pick(7)).toBe('waits');
    is(own, 'f');
    expect(pick(7)).toBe(other);
    // The session has moved.
    is(own, 'c');
    is(own, 'r');
    expect(pick(7)).toBe(other);
  });
});

it('tells policies of each word of a connection, be it what was said before', () => {
  const told: string[] = [];
  const inner = strategyNamed('round-robin').withOptions({ system: 'grpc-go' });
  const clock = new ManualClock();
  const balancer = balancerWith({
    strategy: {
      traits: inner.traits,
      create: (ports) =>
        Object.assign(inner.create(ports), {
          onNews: (host: Host | null, reconnected: boolean) => {
            if (host !== null) told.push(`${host.connection}${reconnected ? ' again' : ''}`);
          },
        }),
    },
    ...{ clock, initiallyHealthy: false, connections: GRPC_CONNECTIONS },
    connectionPorts: { clock, connect: () => {}, disconnect: () => {}, onTurn: () => {} },
  });
  balancer.update(two);
  const [host] = balancer.members;
  const is = (healthy: boolean, connection: Connectivity): void =>
    balancer.setHealth(host, { healthy, connection }, 'connection');
  is(true, states.r);
  for (const connection of [states.i, states.c, states.f, states.f, states.c]) is(false, connection);
  is(true, states.r);
  expect(told).toEqual(['2 again', '0', '1', '3', '3', '1', '2 again']);
  told.length = 0;
  // Its connection stands all through an ejection: no weights begin anew.
  balancer.setHealth(host, { healthy: false, connection: states.f }, 'ejection');
  balancer.setHealth(host, { healthy: true, connection: states.r }, 'ejection');
  expect(told).toEqual(['3', '2']);
});

it('waits before anything is known of any host, and fails once it is known that there is none', () => {
  const clock = new ManualClock();
  const ports = { clock, connect: () => {}, disconnect: () => {}, onTurn: () => {} };
  const balancer = balancerWith({ connections: GRPC_CONNECTIONS, connectionPorts: ports, clock });
  expect([balancer.pick(NO_KEY, 0), balancer.request.waitsFor]).toEqual([null, 'anyone']);
  balancer.request.waitsFor = null;
  balancer.update([]);
  expect([balancer.pick(NO_KEY, 0), balancer.request.waitsFor]).toEqual([null, null]);
});
