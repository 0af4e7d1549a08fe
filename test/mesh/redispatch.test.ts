import { describe, expect, it, vi } from 'vitest';
import type { BalancerSettings } from '../../src/balancer/balancer_settings.ts';
import type { LoadBalancerSettings } from '../../src/balancer/load_balancer.ts';
import { strategyNamed } from '../../src/balancer/strategies/index.ts';
import { type Key, NO_KEY } from '../../src/core/key.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST, type RequestPolicy } from '../../src/mesh/request_policy.ts';
import { type AttemptObserver, Router } from '../../src/mesh/router.ts';
import { balancerOf, hostNamed, instancesOf } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';
import { scriptedRandom } from '../helpers/scripted_random.ts';
import { SESSIONS } from '../helpers/sessions.ts';

const { error, refused, reset, ok, timedOut } = Outcome;

/** Requests over hosts a, b, c, ... in turn. The log: `a` is sent to, `0` is the time, `ok` the answer. */
function rigOf(
  weights: readonly number[],
  redispatch: number,
  request: Partial<RequestPolicy> = {},
  settings: Partial<LoadBalancerSettings & BalancerSettings> = {},
  name = 'weighted-round-robin',
) {
  const clock = new ManualClock();
  const options = name === 'weighted-round-robin' ? { algorithm: 'fwrr' } : {};
  const strategy = strategyNamed(name).withOptions(options);
  const balancer = balancerOf(strategy, weights, { clock, keyText: String, ...settings });
  const calls = new CallTable(4);
  const log: string[] = [];
  const told = vi.fn<AttemptObserver['onAttemptEnd']>();
  const router = new Router({
    clock,
    balancer,
    transport: {
      send: (_call, host) => void log.push(`${clock.now()} ${host.instance.id}`),
      abandon: () => void log.push('abandon'),
    },
    request: { ...PLAIN_REQUEST, retries: 3, retryOn: ['connect-failure', 'reset'], redispatch, ...request },
    calls,
    observer: { onSend: () => {}, onAttemptEnd: told },
    onDone: (call, outcome) =>
      void log.push(`${clock.now()} ${outcomeNames[outcome]} #${calls.attemptsSent(call) - 1}`),
  });
  const start = (key: Key = NO_KEY): number => {
    const call = calls.open();
    router.start(call, key);
    return call;
  };
  return { clock, balancer, router, calls, start, told, taken: () => log.splice(0).join(', ') };
}

describe('option redispatch', () => {
  it.each([
    [{}, 1000],
    [{ connectTimeoutMs: 250 }, 250],
    [{ connectTimeoutMs: 5000 }, 1000],
  ])('of 0: the same host, after a turn-around of a second or a shorter connect timeout, %j', (request, waitMs) => {
    const { clock, balancer, router, start, taken } = rigOf([1, 1], 0, request);
    const call = start();
    router.settle(call, refused);
    clock.advance(waitMs - 1);
    expect(taken()).toBe('0 a');
    expect(hostNamed(balancer, 'a').inFlight).toBe(1);
    clock.advance(1);
    expect(taken()).toBe(`${waitMs} a`);
    router.settle(call, ok);
    expect(taken()).toBe(`${waitMs} ok #1`);
    expect(hostNamed(balancer, 'a').inFlight).toBe(0);
  });

  it('of 0: at once where the connection was there, or was waited for in vain', () => {
    const { clock, router, start, taken } = rigOf([1, 1], 0, { connectTimeoutMs: 100 });
    const call = start();
    router.settle(call, reset);
    clock.advance(100);
    expect(taken()).toBe('0 a, 0 a, abandon, 100 a');
  });

  it.each([
    [1, 'ab ca'],
    [2, 'ab ca'],
    [-1, 'ab ca'],
  ])('of %i: each retry elsewhere, and at once, where the policy does not hash', (interval, paths) => {
    const { router, start, taken } = rigOf([1, 1, 1], interval);
    const path = (): string => {
      const call = start();
      router.settle(call, refused);
      router.settle(call, ok);
      return taken().replaceAll(/ok|[^abc]/g, '');
    };
    expect(`${path()} ${path()}`).toBe(paths);
  });

  it('waits where nobody else is up, and then looks for a host', () => {
    const { clock, balancer, router, start, taken } = rigOf([1, 1], 1);
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    router.settle(start(), refused);
    expect([taken(), hostNamed(balancer, 'a').inFlight]).toEqual(['0 a', 0]);
    balancer.setHealthy(hostNamed(balancer, 'b'), true);
    clock.advance(1000);
    expect(taken()).toBe('1000 b');
  });

  it('counts backups for nobody', () => {
    const { balancer, router, start, taken } = rigOf([], -1);
    balancer.update(instancesOf([1, 1]).map((one, i) => ({ ...one, backup: i === 1 })));
    const redispatch = vi.spyOn(balancer, 'redispatch');
    router.settle(start(), reset);
    expect(taken()).toBe('0 a, 0 a');
    expect(redispatch).not.toHaveBeenCalled();
  });

  it('leaves a host that is down at any retry', () => {
    const { balancer, router, start, taken } = rigOf([1, 1], -1, {}, {}, 'modulo-hash');
    // '7' is byte 55, and 55 modulo 2 the slot of b.
    const call = start(7);
    router.settle(call, reset);
    expect(taken()).toBe('0 b, 0 b');
    balancer.setHealthy(hostNamed(balancer, 'b'), false);
    router.settle(call, reset);
    expect(taken()).toBe('0 a');
  });

  // health_adjust comes before stream_choose_redispatch.
  it('leaves a host that the failure itself took down', () => {
    const { balancer, router, start, told, taken } = rigOf([1, 1, 1], -1, {}, {}, 'modulo-hash');
    told.mockImplementation((_call, host) => balancer.setHealthy(host, false));
    router.settle(start(7), refused);
    expect(taken()).toBe('0 b, 0 c');
  });

  it('leaves a host that is eased in at any retry', () => {
    const slowStart = { kind: 'haproxy', windowMs: 10_000 } as const;
    const { clock, balancer, router, start, taken } = rigOf([1, 1], -1, {}, { slowStart }, 'modulo-hash');
    for (const host of balancer.members) balancer.setHealthy(host, false);
    for (const host of balancer.members) balancer.setHealthy(host, true);
    const redispatch = vi.spyOn(balancer, 'redispatch');
    clock.advance(9_999);
    router.settle(start(7), reset);
    expect(redispatch).toHaveBeenCalledTimes(1);
    clock.advance(1);
    router.settle(start(7), reset);
    expect(redispatch).toHaveBeenCalledTimes(1);
    expect(taken()).toBe('9999 b, 9999 b, 10000 b, 10000 b');
  });

  it('gives up while it waits when the time is over, with what was sent', () => {
    const { clock, balancer, router, start, taken } = rigOf([1, 1], 0, { timeoutMs: 500 });
    router.settle(start(), refused);
    clock.advance(500);
    expect(taken()).toBe('0 a, 500 timedOut #0');
    expect(hostNamed(balancer, 'a').inFlight).toBe(0);
    clock.advance(1000);
    expect(taken()).toBe('');
  });

  it('goes elsewhere when the host has left the view meanwhile', () => {
    const { clock, balancer, router, start, taken } = rigOf([1, 1], 0);
    router.settle(start(), refused);
    const a = hostNamed(balancer, 'a');
    balancer.update(instancesOf([1, 1]).slice(1));
    clock.advance(1000);
    expect(taken()).toBe('0 a, 1000 b');
    expect(a.inFlight).toBe(0);
  });

  it("keeps to a session's host until the retry of the interval, which moves the session", () => {
    const { router, start, taken } = rigOf([1, 1, 1], -1, {}, { sessionAffinity: SESSIONS });
    // A new session is free to go where the policy leads it.
    const fresh = start(5);
    router.settle(fresh, reset);
    router.settle(fresh, ok);
    expect(taken()).toBe('0 a, 0 b, 0 ok #1');
    const known = start(5);
    for (let i = 0; i < 3; i++) router.settle(known, reset);
    expect(taken()).toBe('0 b, 0 b, 0 b, 0 c');
    router.settle(known, ok);
    taken();
    start(5);
    expect(taken()).toBe('0 c');
  });

  it('has no session before its host has answered, nor after a request that nobody answered', () => {
    const { router, start, taken } = rigOf([1, 1, 1], -1, {}, { sessionAffinity: SESSIONS });
    const [first, second] = [start(5), start(5)];
    router.settle(first, timedOut);
    start(5);
    router.settle(second, error);
    start(5);
    start(5);
    // a and b are asked before anybody has answered, and so is c; then b has, with an error.
    expect(taken()).toBe('0 a, 0 b, 0 timedOut #0, 0 c, 0 error #0, 0 b, 0 b');
  });

  it("moves a session once: it is the policy's afterwards", () => {
    const { router, start, taken } = rigOf([1, 1, 1], 2, {}, { sessionAffinity: SESSIONS });
    router.settle(start(5), ok);
    taken();
    const known = start(5);
    for (let i = 0; i < 3; i++) router.settle(known, reset);
    expect(taken()).toBe('0 a, 0 a, 0 b, 0 c');
  });

  it('has no session without a key, whoever was last', () => {
    const { router, start, taken } = rigOf([1, 1, 1], -1, {}, { sessionAffinity: SESSIONS });
    router.settle(start(5), ok);
    router.settle(start(5), ok);
    taken();
    router.settle(start(), reset);
    expect(taken()).toBe('0 b, 0 c');
  });

  it('asks a policy of others six times, and then takes the first other host', () => {
    const random = scriptedRandom([0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    const { router, start, taken } = rigOf([1, 1, 1], 1, {}, { random }, 'random');
    router.settle(start(), reset);
    router.settle(start(), reset);
    expect(taken()).toBe('0 a, 0 c, 0 a, 0 b');
    expect(() => random.uint32()).toThrow('asked for one more');
  });
});
