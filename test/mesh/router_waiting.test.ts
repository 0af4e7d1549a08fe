import { describe, expect, it } from 'vitest';
import { roundRobin } from '../../src/balancer/strategies/round_robin.ts';
import type { StrategyFactory } from '../../src/balancer/strategy.ts';
import { NO_KEY } from '../../src/core/key.ts';
import { Outcome, outcomeNames } from '../../src/core/outcome.ts';
import { CallTable } from '../../src/mesh/calls.ts';
import { PLAIN_REQUEST, type RequestPolicy } from '../../src/mesh/request_policy.ts';
import { Router } from '../../src/mesh/router.ts';
import { balancerOf, hostNamed } from '../helpers/balancing.ts';
import { ManualClock } from '../helpers/manual_clock.ts';

/** Round robin whose requests wait while there is nobody, as long as `patient` says so. */
function rigOf(request: Partial<RequestPolicy> = {}) {
  const clock = new ManualClock();
  const ring = roundRobin.withOptions({});
  const rig = { patient: true, answerAtOnce: null as Outcome | null, pickAgainAtOnce: false };
  const strategy: StrategyFactory = {
    traits: ring.traits,
    create: (ports) =>
      Object.assign(ring.create(ports), {
        nobody: () => {
          if (rig.patient) ports.request.waitsFor = 'anyone';
        },
      }),
  };
  const balancer = balancerOf(strategy, [1, 1], { clock });
  const calls = new CallTable(4);
  const log: string[] = [];
  const router: Router = new Router({
    clock,
    balancer,
    transport: {
      send: (call, host) => {
        log.push(`${clock.now()} ${call}>${host.instance.id}`);
        if (rig.pickAgainAtOnce) router.waiting.pickAgain();
        if (rig.answerAtOnce !== null) router.settle(call, rig.answerAtOnce);
      },
      abandon: (call) => void log.push(`abandon ${call}`),
    },
    request: { ...PLAIN_REQUEST, retryOn: ['reset'], ...request },
    calls,
    observer: { onSend: () => {}, onAttemptEnd: () => {} },
    onDone: (call, outcome) => void log.push(`${clock.now()} ${call} ${outcomeNames[outcome]}`),
  });
  const start = (): number => {
    const call = calls.open();
    router.start(call, NO_KEY);
    return call;
  };
  const setHealthy = (id: string, healthy: boolean): void => {
    balancer.setHealthy(hostNamed(balancer, id), healthy);
    router.waiting.pickAgain();
  };
  const allDown = (): void => {
    setHealthy('a', false);
    setHealthy('b', false);
  };
  return { rig, clock, balancer, router, calls, start, setHealthy, allDown, taken: () => log.splice(0).join(', ') };
}

describe('requests that may wait', () => {
  it('go out in their order once somebody can be picked', () => {
    const { clock, start, setHealthy, allDown, taken } = rigOf();
    allDown();
    start();
    clock.advance(10);
    start();
    expect(taken()).toBe('');
    clock.advance(20);
    setHealthy('b', true);
    expect(taken()).toBe('30 0>b, 30 1>b');
    // They wait no more.
    setHealthy('a', true);
    expect(taken()).toBe('');
  });

  it('go on waiting while there is nobody, and fail once they are not to wait', () => {
    const { rig, start, setHealthy, allDown, taken, router, calls } = rigOf();
    allDown();
    start();
    router.waiting.pickAgain();
    expect(taken()).toBe('');
    rig.patient = false;
    router.waiting.pickAgain();
    expect(taken()).toBe('0 0 noHost');
    expect(calls.size).toBe(0);
    setHealthy('a', true);
    expect(taken()).toBe('');
  });

  it('fail without a host after the queue timeout, counted from their entry', () => {
    const { clock, start, setHealthy, allDown, taken } = rigOf({ queueTimeoutMs: 50, timeoutMs: 80 });
    allDown();
    start();
    clock.advance(20);
    start();
    clock.advance(29);
    expect(taken()).toBe('');
    clock.advance(1);
    expect(taken()).toBe('50 0 noHost');
    clock.advance(10);
    setHealthy('a', true);
    expect(taken()).toBe('60 1>a');
    // The queue timeout of a request that was sent is off, the overall one is not.
    clock.advance(20);
    expect(taken()).toBe('');
    clock.advance(20);
    expect(taken()).toBe('abandon 1, 100 1 timedOut');
  });

  it('time out while they wait, with nothing sent that could be abandoned', () => {
    const { clock, start, setHealthy, allDown, taken, calls } = rigOf({ timeoutMs: 40 });
    allDown();
    start();
    clock.advance(40);
    expect(taken()).toBe('40 0 timedOut');
    expect(calls.size).toBe(0);
    setHealthy('a', true);
    expect(taken()).toBe('');
  });

  it('wait for a retry as well', () => {
    const { clock, start, setHealthy, router, taken } = rigOf({ retries: 2, timeoutMs: 100 });
    setHealthy('b', false);
    const call = start();
    const other = start();
    setHealthy('a', false);
    expect(taken()).toBe('0 0>a, 0 1>a');
    router.settle(call, Outcome.reset);
    router.settle(other, Outcome.reset);
    clock.advance(30);
    setHealthy('b', true);
    expect(taken()).toBe('30 0>b, 30 1>b');
    router.settle(call, Outcome.ok);
    setHealthy('b', false);
    router.settle(other, Outcome.reset);
    clock.advance(70);
    expect(taken()).toBe('30 0 ok, 100 1 timedOut');
  });

  it('are each sent once, also where one that is sent has all be picked for again', () => {
    const { rig, start, balancer, router, taken, allDown } = rigOf({ retries: 1 });
    allDown();
    start();
    start();
    balancer.setHealthy(hostNamed(balancer, 'a'), true);
    rig.answerAtOnce = Outcome.ok;
    rig.pickAgainAtOnce = true;
    router.waiting.pickAgain();
    expect(taken()).toBe('0 0>a, 0 1>a, 0 1 ok, 0 0 ok');
  });

  it('count nothing in flight while they wait', () => {
    const { start, balancer, allDown, setHealthy } = rigOf();
    allDown();
    start();
    expect(balancer.members.map((host) => host.inFlight)).toStrictEqual([0, 0]);
    setHealthy('b', true);
    expect(balancer.members.map((host) => host.inFlight)).toStrictEqual([0, 1]);
  });
});
