import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { LoadBalancerSettings } from '../../src/balancer/load_balancer.ts';
import { strategies, strategyNamed } from '../../src/balancer/strategies/index.ts';
import type { StrategyFactory } from '../../src/balancer/strategy.ts';
import type { Instance } from '../../src/core/instance.ts';
import { NO_KEY } from '../../src/core/key.ts';
import type { WrittenOptions } from '../../src/core/options.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST, type RequestPolicy } from '../../src/mesh/request_policy.ts';
import { Router } from '../../src/mesh/router.ts';
import { balancerWith, hostNamed, instance } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

interface Given {
  readonly strategy: StrategyFactory;
  readonly instances: readonly Instance[];
  readonly request?: Partial<RequestPolicy>;
  readonly settings?: Partial<LoadBalancerSettings>;
}

/** A caller whose servers hold requests until they are told to answer. */
function rigOf({ strategy, instances, request = {}, settings = {} }: Given) {
  const clock = new ManualClock();
  const redispatches = (request.redispatch ?? 0) !== 0;
  const balancer = balancerWith({ strategy, clock, ...settings, redispatches });
  balancer.update(instances);
  const calls = new CallTable((request.retries ?? 0) + 1);
  const held: { readonly call: number; readonly id: string }[] = [];
  const log: string[] = [];
  const router = new Router({
    ...{ clock, balancer, calls, request: { ...PLAIN_REQUEST, retryOn: ['reset'], ...request } },
    transport: {
      send: (call, { instance: { id } }) => {
        held.push({ call, id });
        log.push(`${call}${id}`);
      },
      abandon: (call) => {
        held.splice(
          held.findIndex((one) => one.call === call),
          1,
        );
      },
    },
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: (call, outcome) => {
      if (outcome !== Outcome.ok) log.push(`${call} ${outcomeNames[outcome]}`);
    },
  });
  const said = (): string => log.splice(0).join(' ');
  return {
    ...{ clock, balancer, calls, router, held, said },
    ask: (key = NO_KEY): string => {
      router.start(calls.open(), key);
      return said();
    },
    answer: (id: string, outcome: Outcome = Outcome.ok): string => {
      const at = held.findIndex((one) => one.id === id);
      if (at >= 0) router.settle(held.splice(at, 1)[0].call, outcome);
      return said();
    },
    turn: (id: string, healthy: boolean): string => {
      const host = hostNamed(balancer, id);
      if (host.healthy !== healthy) {
        balancer.setHealthy(host, healthy);
        router.waiting.line.turned(host);
      }
      return said();
    },
    list: (given: readonly Instance[]): string => {
      const before = balancer.members;
      balancer.update(given);
      router.waiting.line.membersChanged(before.filter((host) => !host.present));
      return said();
    },
  };
}

const limited = (id: string, maxConnections: number, more: Partial<Instance> = {}): Instance => ({
  ...instance(id),
  maxConnections,
  ...more,
});
const haproxy = (algorithm: string): StrategyFactory =>
  strategyNamed('weighted-round-robin').withOptions({ algorithm });
const leastconn = strategyNamed('least-request').withOptions({ algorithm: 'haproxy-leastconn' });
const hash = strategyNamed('modulo-hash').withOptions({});

const bounded: [string, WrittenOptions][] = strategies.flatMap(({ name, variants }) =>
  variants
    .filter(({ traits }) => traits.limits !== undefined)
    .map(({ when }): [string, WrittenOptions] => [name, when]),
);

describe.each(bounded)('%s %o', (name, options) => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('ask' as const), key: fc.integer({ min: NO_KEY, max: 9 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('answer' as const),
        id: fc.constantFrom(...'abcd'),
        outcome: fc.constantFrom<Outcome>(Outcome.ok, Outcome.ok, Outcome.reset),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('turn' as const),
        id: fc.constantFrom(...'abcd'),
        healthy: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 }) }) },
  );
  const story = fc.record({
    steps: fc.array(step, { maxLength: 80 }),
    most: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
    weights: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
    redispatch: fc.constantFrom(-1, 0, 1),
    backups: fc.constantFrom<LoadBalancerSettings['backups']>('all', 'first'),
    queueTimeoutMs: fc.constantFrom(20, Infinity),
    easeMs: fc.constantFrom(0, 2000),
  });

  test.prop([story])('nobody has more than it may, and whoever waits is counted and goes in the end', (told) => {
    const { steps, most, weights, redispatch, backups, queueTimeoutMs, easeMs } = told;
    const strategy = strategyNamed(name).withOptions(options);
    const isHaproxy = strategy.traits.limits === 'queues';
    const rig = rigOf({
      strategy,
      instances: most.map((limit, i) => limited('abcd'[i], limit, { weight: weights[i], backup: i === 3 })),
      request: { retries: 2, queueTimeoutMs, ...(isHaproxy && { redispatch }) },
      settings: { backups, panicThreshold: 0, ...(easeMs > 0 && { slowStart: { kind: 'haproxy', windowMs: easeMs } }) },
    });
    const { balancer, calls } = rig;
    const check = (): void => {
      const { members, room } = balancer;
      for (const { inFlight, limit } of members) expect(inFlight).toBeLessThanOrEqual(limit);
      // With `option redispatch` a server that fails gets all who wait for it.
      const placeless = members.reduce((sum, host) => sum + host.placeless, 0);
      expect(placeless).toBe(room.placeless);
      if (redispatch === 0) expect(placeless).toBe(0);
      expect(members.reduce((sum, { inFlight }) => sum + inFlight, placeless)).toBe(balancer.attempts);
      const inLine = members.reduce((sum, { queued }) => sum + queued, 0);
      expect(room.waiting).toBe(room.forAnyone + inLine);
      const turning = calls.size - room.waiting - rig.held.length;
      expect(room.between).toBe(calls.size - room.waiting - balancer.attempts);
      if (isHaproxy) expect(turning).toBeGreaterThanOrEqual(0);
      else expect([turning, room.waiting]).toEqual([0, 0]);
    };
    for (const each of steps) {
      if (each.kind === 'ask') rig.ask(each.key);
      else if (each.kind === 'answer') rig.answer(each.id, each.outcome);
      else if (each.kind === 'turn') rig.turn(each.id, each.healthy);
      else rig.clock.advance(each.ms);
      check();
    }
    for (const id of 'abcd') rig.turn(id, true);
    for (let i = 0; i < 400 && calls.size > 0; i++) {
      for (const id of 'abcd') rig.answer(id);
      rig.clock.advance(1000);
    }
    const { waiting, between, placeless } = balancer.room;
    expect([calls.size, waiting, between, placeless]).toEqual([0, 0, 0, 0]);
  });
});

describe("HAProxy's queues", () => {
  it('end a request whose time to wait is over, without a host', () => {
    const rig = rigOf({ strategy: hash, instances: [limited('a', 1)], request: { queueTimeoutMs: 50 } });
    expect([rig.ask(), rig.ask()]).toEqual(['0a', '']);
    rig.clock.advance(50);
    expect(rig.said()).toBe('1 noHost');
    expect(rig.answer('a')).toBe('');
  });

  it('end one that the overall timeout ends', () => {
    const rig = rigOf({ strategy: hash, instances: [limited('a', 1)], request: { timeoutMs: 50 } });
    expect(rig.ask()).toBe('0a');
    rig.clock.advance(10);
    expect([rig.ask(), rig.ask()]).toEqual(['', '']);
    rig.clock.advance(40);
    expect(rig.said()).toBe('1a 0 timedOut');
    rig.clock.advance(10);
    expect(rig.said()).toBe('2a 1 timedOut 2 timedOut');
    expect([rig.calls.size, rig.balancer.room.waiting]).toEqual([0, 0]);
  });

  // src/queue.c, pendconn_redistribute. Of a server taken out amid `option redispatch` HAProxy 3.5-dev5 did the same: two that waited
  // for it were sent to it beside the one that it held, of `maxconn 1`.
  it.each([
    [undefined, ['', '1a', '']],
    [1, ['1a', '', '']],
  ])('keep those who wait for a server that fails, with redispatch %s: %j', (redispatch, went) => {
    const request = redispatch === undefined ? {} : { redispatch };
    const rig = rigOf({ strategy: hash, instances: [limited('a', 1), limited('b', 1)], request });
    const first = rig.ask(0);
    const id = first.slice(-1);
    const other = id === 'a' ? 'b' : 'a';
    expect([first, rig.ask(0)]).toEqual([`0${id}`, '']);
    const words = [rig.turn(id, false), rig.answer(id), rig.turn(id, true)];
    expect(words).toEqual(went.map((word) => word.replace('a', 'x').replace('b', other).replace('x', id)));
  });

  it('let those go whose server has left, and those who wait for anyone once there is nobody', () => {
    const rig = rigOf({ strategy: hash, instances: [limited('a', 1), limited('b', 1)] });
    const id = rig.ask(0).slice(-1);
    const other = id === 'a' ? 'b' : 'a';
    expect(rig.ask(0)).toBe('');
    expect(rig.list([limited(other, 1)])).toBe(`1${other}`);
    const all = rigOf({ strategy: haproxy('fwrr'), instances: [limited('a', 1)] });
    expect([all.ask(), all.ask()]).toEqual(['0a', '']);
    expect(all.turn('a', false)).toBe('1 noHost');
  });

  it('give a server that comes up, or may have more, as many as it takes', () => {
    const rig = rigOf({ strategy: haproxy('fwrr'), instances: [limited('a', 1), limited('b', 2)] });
    rig.turn('b', false);
    expect([rig.ask(), rig.ask(), rig.ask(), rig.ask(), rig.ask()]).toEqual(['0a', '', '', '', '']);
    expect(rig.turn('b', true)).toBe('1b 2b');
    expect(rig.list([limited('a', 3), limited('b', 2)])).toBe('3a 4a');
  });

  // HAProxy 3.5-dev5 did so: eight that waited saw `set server b/b weight 1` of a server of `weight 0`, which got none of them, and then
  // `add server b/c`, enabled at once, which did. Its slow start of 3 s began then, each second for one, two and four of its 4.
  it('give a server that is new what it takes, and none to one that now weighs something', () => {
    const [a, b, c] = [limited('a', 1), limited('b', 2), limited('c', 4)];
    const slowStart = { kind: 'haproxy' as const, windowMs: 3000 };
    const rig = rigOf({ strategy: haproxy('fwrr'), instances: [], settings: { slowStart } });
    rig.list([a, { ...b, weight: 0 }]);
    expect(Array.from({ length: 9 }, () => rig.ask())).toEqual(['0a', ...Array(8).fill('')]);
    expect(rig.list([a, b])).toBe('');
    expect(rig.list([a, b, c])).toBe('1c');
    const grown = [1, 2, 3].map(() => {
      rig.clock.advance(1000);
      return rig.said();
    });
    expect(grown).toEqual(['', '2c', '3c 4c']);
    expect(rig.answer('a')).toBe('5a');
  });

  // It did so where another came: of those that waited for a server in its slow start none was sent when it might have two of its ten,
  // and the first when the next one came. Of one that waits no longer: src/stream.c, stream_free.
  it('give a server that may have more what it takes once another waits for it, or waits no longer', () => {
    const slowStart = { kind: 'haproxy' as const, windowMs: 10_000 };
    const said = [{}, { queueTimeoutMs: 700 }].map((request) => {
      const rig = rigOf({ strategy: hash, instances: [], settings: { slowStart }, request });
      rig.list([limited('a', 10)]);
      rig.clock.advance(1900);
      rig.turn('a', false);
      rig.turn('a', true);
      rig.clock.advance(1000);
      // By its clock it is 2.9 s; at 3 s it may have two of its ten.
      expect([rig.ask(1), rig.ask(1), rig.ask(1)]).toEqual(['0a', '', '']);
      rig.clock.advance(500);
      expect(rig.said()).toBe('');
      if (!('queueTimeoutMs' in request)) return rig.ask(1);
      rig.clock.advance(200);
      return rig.said();
    });
    expect(said).toEqual(['1a', '2a 1 noHost']);
  });

  // It did so too: `maxconn 1`, and `served` was 1 while it had three.
  it('send those who wait for a server that fails without a place of theirs, with `option redispatch`', () => {
    const rig = rigOf({ strategy: hash, instances: [limited('a', 1)], request: { redispatch: 1 } });
    expect([rig.ask(0), rig.ask(0), rig.ask(0)]).toEqual(['0a', '', '']);
    expect([rig.turn('a', false), rig.turn('a', true)]).toEqual(['1a 2a', '']);
    // One more is sent at once, and none that waits as long as there are as many connections as it may have, or more.
    expect([rig.answer('a'), rig.ask(0), rig.ask(0)]).toEqual(['', '0a', '']);
    expect([rig.answer('a'), rig.answer('a'), rig.answer('a')]).toEqual(['', '', '3a']);
  });

  it('turn a session away from a server for which too many wait, with `option redispatch`', () => {
    const settings = {
      sessionAffinity: {
        ...{ ttlMs: Infinity, renew: true, maxSessions: 9, failback: false, strict: false },
        retries: 'session' as const,
      },
      queue: { timeoutMs: null, maxPerHost: 1, fullConnections: Infinity },
    };
    const went = [0, 1].map((redispatch) => {
      const rig = rigOf({
        strategy: haproxy('fwrr'),
        instances: [limited('a', 1), limited('b', 1)],
        request: { redispatch },
        settings,
      });
      return [rig.ask(7), rig.answer('a'), rig.ask(7), rig.ask(7), rig.ask(7)];
    });
    expect(went).toEqual([
      ['0a', '', '0a', '', '2 noHost'],
      ['0a', '', '0a', '', '2b'],
    ]);
  });

  // src/queue.c, srv_dynamic_maxconn, worked through by hand: of 4 at 10 under way, 1 at least, (under way * 4) / 10.
  it('let a server have a part of its limit while few requests are under way', () => {
    const rig = rigOf({
      strategy: leastconn,
      instances: [limited('a', 4, { minConnections: 1 })],
      settings: { queue: { timeoutMs: null, maxPerHost: Infinity, fullConnections: 10 } },
    });
    const asked = Array.from({ length: 10 }, () => rig.ask());
    // The second is one of 2 under way: 0, so 1; the fifth one of 5: 2; the eighth one of 8: 3; the tenth: all 4.
    expect(asked).toEqual(['0a', '', '', '', '4a', '', '', '7a', '', '9a']);
    expect(rig.answer('a')).toBe('1a');
  });

  // The same; slow start of 10 s, 4 connections: 10 % of them after 1 s is 1 at least, 50 % after 5 s is 2.
  it('let a server have a part of its limit in slow start', () => {
    const rig = rigOf({
      strategy: haproxy('static-rr'),
      instances: [limited('a', 4)],
      settings: { slowStart: { kind: 'haproxy', windowMs: 10_000 } },
    });
    rig.turn('a', false);
    rig.clock.advance(500);
    rig.turn('a', true);
    expect([rig.ask(), rig.ask()]).toEqual(['0a', '']);
    rig.clock.advance(4600);
    expect(rig.answer('a')).toBe('1a');
    rig.clock.advance(400);
    expect([rig.ask(), rig.ask()]).toEqual(['0a', '']);
  });
});

describe('nginx', () => {
  const roundRobin = strategyNamed('weighted-round-robin').withOptions({ maxFails: 0 });

  it('tries each host once for a request, which ends as the last try did', () => {
    const rig = rigOf({ strategy: roundRobin, instances: [instance('a'), instance('b')], request: { retries: 5 } });
    expect([rig.ask(), rig.answer('a', Outcome.reset), rig.answer('b', Outcome.reset)]).toEqual([
      '0a',
      '0b',
      '0 reset',
    ]);
  });

  it('ends a request without a host where those not tried are full', () => {
    const instances = [instance('a'), limited('b', 1)];
    const rig = rigOf({ strategy: roundRobin, instances, request: { retries: 5 } });
    expect([rig.ask(), rig.ask()]).toEqual(['0a', '1b']);
    expect(rig.answer('a', Outcome.reset)).toBe('0 noHost');
  });

  it('stays with the backups for the rest of a request', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ ...instance(id), backup: id !== 'a' }));
    const rig = rigOf({
      strategy: roundRobin,
      instances: [{ ...a, maxConnections: 1 }, b, c],
      request: { retries: 5 },
    });
    expect([rig.ask(), rig.ask()]).toEqual(['0a', '1b']);
    expect(rig.answer('a')).toBe('');
    expect(rig.answer('b', Outcome.reset)).toBe('1c');
    expect(rig.answer('c', Outcome.reset)).toBe('1 noHost');
    expect(rig.ask()).toMatch(/a$/);
  });

  it('takes no session to a host that is full', () => {
    const sessionAffinity = {
      ...{ ttlMs: Infinity, renew: true, maxSessions: 9, failback: true, strict: false },
      retries: 'session' as const,
    };
    const rig = rigOf({
      strategy: strategyNamed('least-request').withOptions({ algorithm: 'nginx-least-conn' }),
      instances: [limited('a', 1), instance('b')],
      settings: { sessionAffinity },
    });
    expect([rig.ask(3), rig.answer('a'), rig.ask(3), rig.ask(3)]).toEqual(['0a', '', '0a', '1b']);
  });
});
